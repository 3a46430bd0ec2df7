import type { Rater } from '#raters/rater.js';
import type { Db, Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import { checksSpreadOver } from '#studies/settings.js';
import { type CheckItem, checksDue, checksOf, checksToCome } from './checkSchedule.js';
import { leaseItem } from './lease.js';
import type { StudyForRating } from './studyForRating.js';
import type { Search, Supply } from './supply.js';
import type { Assignment } from './transitions.js';
import { checksHadBy, moveBlockOn, turnsOf } from './turns.js';

const workOfRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select((eb) => [
      eb.fn.countAll<number>().as('had'),
      eb.fn.countAll<number>().filterWhere('role', '<>', 'validation').as('checks'),
    ])
    .where('rater_id', '=', value('rater')),
);
/** How many items a rater had, answered or not, and how many of them stand beside the sample. */
async function workHad(db: Db, raterId: number): Promise<{ had: number; checksHad: number }> {
  const row = (await workOfRater(db, { rater: raterId })).rows[0];
  return { had: row?.had ?? 0, checksHad: row?.checks ?? 0 };
}

const checksFor = (rating: StudyForRating, rater: Pick<Rater, 'seed'>): CheckItem[] =>
  checksOf({ checkItems: rating.checkItems, goldItems: rating.settings.goldItems }, rater.seed);

/** How many items beside the sample still come for a rater who gets `others` more of the sample. */
export async function checksLeft(
  db: Db,
  given: { rating: StudyForRating; rater: Pick<Rater, 'id' | 'seed'>; others: number },
): Promise<number> {
  const { rating, rater, others } = given;
  const checks = checksFor(rating, rater).length;
  const schedule = { seed: rater.seed, checks, over: checksSpreadOver(rating.settings) };
  return checksToCome(schedule, { ...(await workHad(db, rater.id)), others });
}

/** The checks that are due for a rater and that they never had, in their order, and how many are. */
async function dueChecks(
  trx: Trx,
  { rating, rater }: Search,
): Promise<{ due: number; had: number; never: readonly CheckItem[] }> {
  if (rating.checkItems.length === 0) return { due: 0, had: 0, never: [] };
  const checks = checksFor(rating, rater);
  const { had, checksHad } = await workHad(trx, rater.id);
  const schedule = {
    seed: rater.seed,
    checks: checks.length,
    over: checksSpreadOver(rating.settings),
  };
  const due = Math.min(checks.length, checksDue(schedule, had)) - checksHad;
  if (due <= 0) return { due: 0, had, never: [] };
  const known = await checksHadBy(trx, rater.id);
  return { due, had, never: checks.filter(({ id }) => !known.has(id)) };
}

async function leaseCheck(
  trx: Trx,
  { rating, rater, slot, now }: Search,
  check: CheckItem | undefined,
): Promise<Assignment | undefined> {
  if (check === undefined) return undefined;
  const item = { ...check, overlap: 0 };
  const leased = await leaseItem(trx, { rating, rater, item, place: null, slot, now });
  await moveBlockOn(trx, { rating, rater, behaviourId: check.behaviourId });
  return leased;
}

const nothingWaits = (): Promise<undefined> => Promise.resolve(undefined);

/**
 * The items beside the sample, which hold no places: at moments of the rater's own among the
 * others, each in a block of its own behaviour, where it looks like all of them; so one can come
 * some items later than it is due. Nobody holds one for others, so nothing is waited for.
 */
export const checkSupply: Supply = {
  async atOnce(trx, search) {
    const { rating, rater } = search;
    const { due, had, never } = await dueChecks(trx, search);
    if (due === 0) return undefined;
    const { raterLimit } = rating.settings;
    // Before the last items of a rater those that are due come whatever the block.
    if (raterLimit !== null && raterLimit - had <= due) return leaseCheck(trx, search, never[0]);
    const [turn] = (await turnsOf(trx, rating, rater)).turns;
    const inTurn = never.find(({ behaviourId }) => behaviourId === turn?.dataset.behaviourId);
    return leaseCheck(trx, search, inTurn);
  },
  afterWaiting: nothingWaits,
};

/** The checks that are due once nothing of the sample is left. */
export const lateChecks: Supply = {
  async atOnce(trx, search) {
    return leaseCheck(trx, search, (await dueChecks(trx, search)).never[0]);
  },
  afterWaiting: nothingWaits,
};
