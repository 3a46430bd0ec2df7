import type { Rater } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import { type CheckItem, checksDue, checksOf, checksToCome } from './checkSchedule.js';
import { leaseItem } from './lease.js';
import type { StudyForRating } from './studyForRating.js';
import type { Supply } from './supply.js';

const workOfRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select((eb) => [
      eb.fn.countAll<number>().as('had'),
      eb.fn.countAll<number>().filterWhere('role', '<>', 'validation').as('checks'),
    ])
    .where('rater_id', '=', value('rater')),
);
const checksOfRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select('item_id')
    .where('rater_id', '=', value('rater'))
    .where('role', '<>', 'validation'),
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
  const schedule = { seed: rater.seed, checks, over: rating.settings.checksOver };
  return checksToCome(schedule, { ...(await workHad(db, rater.id)), others });
}

/**
 * The items beside the sample, which hold no places: at moments of the rater's own among the
 * others. Nobody holds one for others, so nothing is waited for.
 */
export const checkSupply: Supply = {
  async atOnce(trx, { rating, rater, slot, now }) {
    if (rating.checkItems.length === 0) return undefined;
    const checks = checksFor(rating, rater);
    const { had, checksHad } = await workHad(trx, rater.id);
    const schedule = {
      seed: rater.seed,
      checks: checks.length,
      over: rating.settings.checksOver,
    };
    if (checks.length <= checksHad || checksDue(schedule, had) <= checksHad) return undefined;
    const known = new Set(
      (await checksOfRater(trx, { rater: rater.id })).rows.map((row) => row.item_id),
    );
    const next = checks.find(({ id }) => !known.has(id));
    if (next === undefined) return undefined;
    const item = { ...next, overlap: 0 };
    return leaseItem(trx, { rating, rater, item, place: null, slot, now });
  },

  async afterWaiting() {
    return undefined;
  },
};
