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

/** A rater's cursor in each dataset; where there is none yet, one that starts at a seeded item. */
export async function cursorsOf(
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

/**
 * The order in which datasets are tried: the behaviour of the rater's block while it lasts, then
 * the behaviours that this rater has seen least of, ties by the rater's own seed; within a
 * behaviour as its sources are drawn.
 */
export function* datasetsInOrder(
  rating: StudyForRating,
  rater: Rater,
  cursors: ReadonlyMap<number, Cursor>,
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
  const inBlock = (id: number): boolean =>
    id === rater.block_behaviour_id && rater.block_count < rating.settings.blockLength;
  const tie = (id: number): number => shareOf(rater, `behaviour ${id}`);
  const inOrder = [...behaviours.values()].toSorted(
    (left, right) =>
      Number(inBlock(right.id)) - Number(inBlock(left.id)) ||
      left.seen - right.seen ||
      tie(left.id) - tie(right.id),
  );
  for (const { datasets } of inOrder) yield* turnsOfBehaviour(rater, datasets, seen);
}
