import { type Database, engineOf, type Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import type { Rater } from '#raters/rater.js';
import type { ItemWithPlaces } from './places.js';
import type { RatedDataset, StudyForRating } from './studyForRating.js';
import type { Cursor } from './turns.js';

/**
 * The next item of a dataset with a free place that this rater never had, among those of one rank
 * behind a position, and not locked by anybody. `rank` and `position` are bound values and
 * `free_places <> 0` is literal: only so do both engines seek in the partial index instead of
 * walking it.
 */
const freeItemsAfter = (engine: Database['engine']) =>
  prepared<{ study: number; dataset: number; rater: number; rank: number; after: number }>()(
    (db, value) =>
      db
        .selectFrom('item')
        .select([
          'item.id',
          'item.dataset_id',
          'item.position',
          'item.rank',
          'item.free_places',
          'item.overlap',
          'item.role',
          'item.example_id',
        ])
        .where('item.study_id', '=', value('study'))
        .where('item.dataset_id', '=', value('dataset'))
        .where('item.rank', '=', value('rank'))
        .where('item.position', '>', value('after'))
        .where((eb) => eb('item.free_places', '<>', eb.lit(0)))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('assignment')
                .select('assignment.id')
                .whereRef('assignment.item_id', '=', 'item.id')
                .where('assignment.rater_id', '=', value('rater')),
            ),
          ),
        )
        .orderBy('item.rank')
        .orderBy('item.position')
        .limit(1)
        .$if(engine === 'postgres', (query) => query.forUpdate().skipLocked()),
  );
const freeItemAfter = {
  sqlite: freeItemsAfter('sqlite'),
  postgres: freeItemsAfter('postgres'),
} as const;

/**
 * An item of a dataset with a free place that this rater never had, locked or not, whatever its
 * rank.
 */
export const anyFreeItem = prepared<{ study: number; dataset: number; rater: number }>()(
  (db, value) =>
    db
      .selectFrom('item')
      .select('item.id')
      .where('item.study_id', '=', value('study'))
      .where('item.dataset_id', '=', value('dataset'))
      .where((eb) => eb('item.free_places', '<>', eb.lit(0)))
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('assignment')
              .select('assignment.id')
              .whereRef('assignment.item_id', '=', 'item.id')
              .where('assignment.rater_id', '=', value('rater')),
          ),
        ),
      )
      .orderBy('item.rank')
      .orderBy('item.position')
      .limit(1),
);

const rankAbove = prepared<{ study: number; dataset: number; rank: number }>()((db, value) =>
  db
    .selectFrom('item')
    .select('rank')
    .where('study_id', '=', value('study'))
    .where('dataset_id', '=', value('dataset'))
    .where('rank', '>', value('rank'))
    .where((eb) => eb('free_places', '<>', eb.lit(0)))
    .orderBy('rank')
    .limit(1),
);

/** Below every rank: an item has 30 places at most. */
const belowAll = -31;

/**
 * The ranks that a dataset's items with a free place have, in the order of the strategy: `fill`
 * takes those with most places taken first.
 */
async function* ranksInOrder(
  trx: Trx,
  rating: StudyForRating,
  dataset: RatedDataset,
): AsyncGenerator<number> {
  if (rating.settings.strategy === 'random') {
    yield 0;
    return;
  }
  for (let rank = belowAll; ;) {
    const [next] = (
      await rankAbove(trx, { study: rating.study.id, dataset: dataset.datasetId, rank })
    ).rows;
    if (next === undefined) return;
    rank = next.rank;
    yield rank;
  }
}

/**
 * The next item of a dataset, behind the rater's cursor and then from the beginning, that has a
 * free place, that this rater never had and that nobody holds locked; it is locked then.
 */
export async function findFreeItem(
  trx: Trx,
  rating: StudyForRating,
  rater: Rater,
  dataset: RatedDataset,
  cursor: Cursor,
): Promise<ItemWithPlaces | undefined> {
  const starts = cursor.position < 0 ? [-1] : [cursor.position, -1];
  for (const after of starts) {
    for await (const rank of ranksInOrder(trx, rating, dataset)) {
      const [item] = (
        await freeItemAfter[engineOf(trx)](trx, {
          study: rating.study.id,
          dataset: dataset.datasetId,
          rater: rater.id,
          rank,
          after,
        })
      ).rows;
      if (item !== undefined) return item;
    }
  }
  return undefined;
}
