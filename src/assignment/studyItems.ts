import type { Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import { anyFreeItem, findFreeItem } from './freeItems.js';
import { leaseItem } from './lease.js';
import { type ItemWithPlaces, lockItem, takeFreePlace } from './places.js';
import type { RatedDataset } from './studyForRating.js';
import type { Search, Supply } from './supply.js';
import type { Assignment } from './transitions.js';
import { type Cursor, moveBlockOn, turnsOf } from './turns.js';

const moveCursor = prepared<{
  rater: number;
  dataset: number;
  rank: number;
  position: number;
  wrapped: number;
  seen: number;
}>()((db, value) =>
  db
    .updateTable('rater_cursor')
    .set({
      rank: value('rank'),
      position: value('position'),
      wrapped: value('wrapped'),
      seen: value('seen'),
    })
    .where('rater_id', '=', value('rater'))
    .where('dataset_id', '=', value('dataset')),
);

/**
 * Leases an item that was read under its lock, and moves the rater's cursor and block on; undefined
 * where it has no place.
 */
async function leaseInTurn(
  trx: Trx,
  search: Search,
  found: { dataset: RatedDataset; cursor: Cursor; item: ItemWithPlaces },
): Promise<Assignment | undefined> {
  const { rating, rater, slot, now } = search;
  const { dataset, cursor, item } = found;
  const place =
    item.role === 'validation' ? await takeFreePlace(trx, item, rating.settings.strategy) : null;
  if (place === undefined) return undefined;
  const assignment = await leaseItem(trx, { rating, rater, item, place, slot, now });
  const wrapped = item.position <= cursor.position ? cursor.wrapped + 1 : cursor.wrapped;
  await moveCursor(trx, {
    rater: rater.id,
    dataset: dataset.datasetId,
    rank: item.rank,
    position: item.position,
    wrapped,
    seen: cursor.seen + 1,
  });
  await moveBlockOn(trx, { rating, rater, behaviourId: dataset.behaviourId });
  return assignment;
}

/** An item of a dataset with a free place for this rater, locked or not. */
const freeItemOf = async (
  trx: Trx,
  { rating, rater }: Search,
  dataset: RatedDataset,
): Promise<{ id: number } | undefined> =>
  (await anyFreeItem(trx, { study: rating.study.id, dataset: dataset.datasetId, rater: rater.id }))
    .rows[0];

/** The items that a study has sampled, by block, source and strategy. */
export const studyItems: Supply = {
  async atOnce(trx, search) {
    const { rating, rater } = search;
    const { cursors, turns } = await turnsOf(trx, rating, rater);
    for (const { dataset, forced } of turns) {
      const cursor = cursors.get(dataset.datasetId);
      if (cursor === undefined) continue;
      // An item whose mask was wrong has no place after all; its mask is right now, and the next
      // look passes it over.
      for (
        let item = await findFreeItem(trx, rating, rater, dataset, cursor);
        item !== undefined;
        item = await findFreeItem(trx, rating, rater, dataset, cursor)
      ) {
        const assignment = await leaseInTurn(trx, search, { dataset, cursor, item });
        if (assignment !== undefined) return assignment;
      }
      // What is only locked at this moment is waited for rather than the other source taken out of
      // turn.
      if (forced && (await freeItemOf(trx, search, dataset)) !== undefined) return 'locked';
    }
    return undefined;
  },

  async afterWaiting(trx, search) {
    const { rating, rater } = search;
    const { cursors, turns } = await turnsOf(trx, rating, rater);
    for (const { dataset } of turns) {
      const cursor = cursors.get(dataset.datasetId);
      const free = await freeItemOf(trx, search, dataset);
      if (cursor === undefined || free === undefined) continue;
      const item = await lockItem(trx, free.id);
      return (await leaseInTurn(trx, search, { dataset, cursor, item })) ?? 'taken';
    }
    return undefined;
  },
};
