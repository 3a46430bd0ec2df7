import type { Selectable } from 'kysely';
import type { Rater } from '#raters/rater.js';
import type { Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import type { RaterCursorTable } from '#storage/raterTables.js';
import { type Arm, seededShare, sourcesInOrder } from './sources.js';
import type { RatedDataset, StudyForRating } from './studyForRating.js';

/** Where a rater is in a dataset: the item that they got last, and how many they got. */
export type Cursor = Selectable<RaterCursorTable>;

const sharesKept = 20_000;
const shares = new Map<string, number>();

/**
 * A number in [0, 1) that is this rater's own for this text: seeded ties and starting points
 * without state.
 */
function shareOf(rater: Rater, text: string): number {
  const name = `${rater.seed} ${text}`;
  const known = shares.get(name);
  if (known !== undefined) return known;
  const share = seededShare(name);
  if (shares.size >= sharesKept) shares.clear();
  shares.set(name, share);
  return share;
}

const cursorsOfRater = prepared<{ rater: number }>()((db, value) =>
  db.selectFrom('rater_cursor').selectAll().where('rater_id', '=', value('rater')),
);

const checksOfRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select('item_id')
    .where('rater_id', '=', value('rater'))
    .where('role', '<>', 'validation'),
);

/** The items beside the sample that a rater had, answered or not. */
export const checksHadBy = async (trx: Trx, raterId: number): Promise<ReadonlySet<number>> =>
  new Set((await checksOfRater(trx, { rater: raterId })).rows.map((row) => row.item_id));

/** A rater's cursor in each dataset; where there is none yet, one that starts at a seeded item. */
async function cursorsOf(
  trx: Trx,
  rating: StudyForRating,
  rater: Rater,
): Promise<Map<number, Cursor>> {
  const { rows } = await cursorsOfRater(trx, { rater: rater.id });
  const cursors = new Map(rows.map((row) => [row.dataset_id, row]));
  for (const dataset of rating.datasets) {
    if (cursors.has(dataset.datasetId)) continue;
    const last = await trx
      .selectFrom('item')
      .select('position')
      .where('study_id', '=', rating.study.id)
      .where('dataset_id', '=', dataset.datasetId)
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    const start =
      Math.floor(shareOf(rater, `start ${dataset.datasetId}`) * ((last?.position ?? -1) + 1)) - 1;
    const row = {
      rater_id: rater.id,
      dataset_id: dataset.datasetId,
      rank: 0,
      position: start,
      start_rank: 0,
      start_position: start,
      wrapped: 0,
      seen: 0,
    };
    await trx.insertInto('rater_cursor').values(row).execute();
    cursors.set(dataset.datasetId, row);
  }
  return cursors;
}

/** A dataset whose turn it is; `forced` where no other source may be taken while it has an item. */
interface Turn {
  readonly dataset: RatedDataset;
  readonly forced: boolean;
}

/**
 * The datasets of one behaviour: the source that is drawn first, and of each source the dataset
 * seen least.
 */
function* turnsOfBehaviour(
  rater: Rater,
  datasets: readonly RatedDataset[],
  seen: (dataset: RatedDataset) => number,
): Generator<Turn> {
  const ofSource = new Map<Arm, RatedDataset[]>();
  for (const dataset of datasets)
    ofSource.set(dataset.arm, [...(ofSource.get(dataset.arm) ?? []), dataset]);
  const counts = new Map(
    [...ofSource].map(([source, own]) => [
      source,
      own.reduce((sum, dataset) => sum + seen(dataset), 0),
    ]),
  );
  const { order, forced } = sourcesInOrder({
    seed: rater.seed,
    behaviourId: datasets[0]?.behaviourId ?? 0,
    seen: counts,
  });
  for (const [index, source] of order.entries()) {
    const own = ofSource.get(source) ?? [];
    const tie = (dataset: RatedDataset): number => shareOf(rater, `dataset ${dataset.datasetId}`);
    const sorted = own.toSorted(
      (left, right) => seen(left) - seen(right) || tie(left) - tie(right),
    );
    for (const dataset of sorted) yield { dataset, forced: forced && index === 0 };
  }
}

const moveBlock = prepared<{ rater: number; behaviour: number | null; count: number }>()(
  (db, value) =>
    db
      .updateTable('rater')
      .set({ block_behaviour_id: value('behaviour'), block_count: value('count') })
      .where('id', '=', value('rater')),
);

/** Whether a rater's present block, of this behaviour, goes on. */
const isInBlock = (rating: StudyForRating, rater: Rater, behaviourId: number): boolean =>
  behaviourId === rater.block_behaviour_id && rater.block_count < rating.settings.blockLength;

/** Notes that a rater gets an item of this behaviour: the next one of the block, or of a new one. */
export async function moveBlockOn(
  trx: Trx,
  given: { rating: StudyForRating; rater: Rater; behaviourId: number },
): Promise<void> {
  const { rating, rater, behaviourId } = given;
  const count = isInBlock(rating, rater, behaviourId) ? rater.block_count + 1 : 1;
  await moveBlock(trx, { rater: rater.id, behaviour: behaviourId, count });
}

/**
 * The order in which datasets are tried: the behaviour of the rater's block while it lasts, then
 * the behaviours that this rater has seen least of, ties by the rater's own seed; within a
 * behaviour as its sources are drawn. What was seen beside the sample counts too, or a behaviour
 * would come twice after a block that held much of it.
 */
function* datasetsInOrder(
  rating: StudyForRating,
  rater: Rater,
  { cursors, checksHad }: { cursors: ReadonlyMap<number, Cursor>; checksHad: ReadonlySet<number> },
): Generator<Turn> {
  const seen = (dataset: RatedDataset): number => cursors.get(dataset.datasetId)?.seen ?? 0;
  const behaviours = new Map<number, { id: number; seen: number; datasets: RatedDataset[] }>();
  for (const dataset of rating.datasets) {
    const behaviour = behaviours.get(dataset.behaviourId) ?? {
      id: dataset.behaviourId,
      seen: 0,
      datasets: [],
    };
    behaviour.datasets.push(dataset);
    behaviours.set(dataset.behaviourId, { ...behaviour, seen: behaviour.seen + seen(dataset) });
  }
  for (const { id, behaviourId } of rating.checkItems) {
    const behaviour = behaviours.get(behaviourId);
    if (behaviour !== undefined && checksHad.has(id)) behaviour.seen += 1;
  }
  const inBlock = (id: number): boolean => isInBlock(rating, rater, id);
  const tie = (id: number): number => shareOf(rater, `behaviour ${id}`);
  const inOrder = [...behaviours.values()].toSorted(
    (left, right) =>
      Number(inBlock(right.id)) - Number(inBlock(left.id)) ||
      left.seen - right.seen ||
      tie(left.id) - tie(right.id),
  );
  for (const { datasets } of inOrder) yield* turnsOfBehaviour(rater, datasets, seen);
}

/** Where a rater is, and the datasets in the order in which they are tried for the next item. */
export async function turnsOf(
  trx: Trx,
  rating: StudyForRating,
  rater: Rater,
): Promise<{ cursors: ReadonlyMap<number, Cursor>; turns: Iterable<Turn> }> {
  const cursors = await cursorsOf(trx, rating, rater);
  const checksHad =
    rating.checkItems.length === 0 ? new Set<number>() : await checksHadBy(trx, rater.id);
  return { cursors, turns: datasetsInOrder(rating, rater, { cursors, checksHad }) };
}
