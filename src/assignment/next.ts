import type { Rater } from '#raters/rater.js';
import type { Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import { checkSupply, lateChecks } from './checkSupply.js';
import { leaseAgain } from './lease.js';
import type { StudyForRating } from './studyForRating.js';
import { studyItems } from './studyItems.js';
import type { Search, Supply } from './supply.js';
import type { Assignment } from './transitions.js';

/** Where the next item comes from, in the order in which each is asked. */
const supplies: readonly Supply[] = [checkSupply, studyItems, lateChecks];

/** Work that this rater let lapse, oldest first, whose item has a free place or needs none. */
const lapsedWork = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .selectAll('assignment')
    .where('assignment.rater_id', '=', value('rater'))
    .where('assignment.submitted_at', 'is', null)
    .where('assignment.state', '=', 'expired')
    .where((eb) =>
      eb.or([eb('item.free_places', '<>', eb.lit(0)), eb('item.role', '<>', 'validation')]),
    )
    .orderBy('assignment.id')
    .limit(5),
);
/**
 * How many items this rater has answered or holds now: what the limit of a rater is compared with.
 */
const workOf = async (trx: Trx, raterId: number): Promise<number> =>
  (
    await trx
      .selectFrom('assignment')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('rater_id', '=', raterId)
      .where('state', 'in', ['leased', 'submitted'])
      .executeTakeFirstOrThrow()
  ).count;

/** Whether this rater has had as many items as one person may. */
export const atLimit = async (trx: Trx, rating: StudyForRating, rater: Rater): Promise<boolean> => {
  const limit = rating.settings.raterLimit;
  return limit !== null && (await workOf(trx, rater.id)) >= limit;
};

const day = 24 * 3_600_000;

/** When the day of this moment ends, by UTC. */
const endOfDay = (now: number): number => (Math.floor(now / day) + 1) * day;

/**
 * When this rater may be shown a further example, where they had as many as a study shows one
 * person in a day of UTC; null where they may now. What was shown counts, answered or not, and what
 * is held for them and will be shown. The limit is for people: simulated raters have none.
 */
export async function nextDay(
  trx: Trx,
  { rating, rater, now }: { rating: StudyForRating; rater: Rater; now: number },
): Promise<number | null> {
  const limit = rating.settings.dailyLimit;
  if (limit === null || rater.origin === 'simulated') return null;
  const until = endOfDay(now);
  const { shown } = await trx
    .selectFrom('assignment')
    .select((eb) => eb.fn.countAll<number>().as('shown'))
    .where('rater_id', '=', rater.id)
    .where((eb) =>
      eb.or([
        eb('shown_at', '>=', until - day),
        eb.and([eb('shown_at', 'is', null), eb('state', '=', 'leased')]),
      ]),
    )
    .executeTakeFirstOrThrow();
  return shown >= limit ? until : null;
}

/** Whether this rater may have a further item now, as far as limits go. */
const mayHaveMore = async (trx: Trx, search: Search): Promise<boolean> =>
  !(await atLimit(trx, search.rating, search.rater)) && (await nextDay(trx, search)) === null;

/**
 * Leases the next item to a rater: one whose lease lapsed, else a new one of the supplies. Runs
 * inside its caller's transaction; the caller has checked that study and rater may work and that
 * the slot is empty, and knows whether any of their work lapsed. Undefined where nothing is to be
 * had at once: items that others hold locked at this moment were passed over, so that it is no
 * reason to send anybody away.
 */
export async function leaseNextItem(
  trx: Trx,
  options: Search & { lapsed: boolean },
): Promise<Assignment | undefined> {
  const { rating, rater, slot, now } = options;
  if (!(await mayHaveMore(trx, options))) return undefined;
  const lapsedOnes = options.lapsed ? (await lapsedWork(trx, { rater: rater.id })).rows : [];
  for (const lapsed of lapsedOnes) {
    const again = await leaseAgain(trx, { rating, assignment: lapsed, slot, now, cause: 'again' });
    if (again !== undefined) return again;
  }
  for (const supply of supplies) {
    const leased = await supply.atOnce(trx, options);
    if (leased === 'locked') return undefined;
    if (leased !== undefined) return leased;
  }
  return undefined;
}

/**
 * Leases an item that others hold locked, waiting for them: for a rater who found nothing at once.
 * `taken` where its last place went to them; the caller then ends the transaction, which lets the
 * item go, and looks again from the beginning. Undefined where no item has a free place for this
 * rater.
 */
export async function leaseAfterWaiting(
  trx: Trx,
  search: Search,
): Promise<Assignment | 'taken' | undefined> {
  if (!(await mayHaveMore(trx, search))) return undefined;
  for (const supply of supplies) {
    const leased = await supply.afterWaiting(trx, search);
    if (leased !== undefined) return leased;
  }
  return undefined;
}
