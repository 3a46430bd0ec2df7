import type { Db } from '#storage/database.js';
import { readJson, writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import { DatasetTexts, PairTexts, type StudyTexts, textsVersion } from './measures.js';

/**
 * What a measure is of: a dataset, or a generated one (`datasetId`) and its human-written
 * counterpart.
 */
export interface MeasuredKey {
  readonly datasetId: number;
  readonly counterpartId: number | null;
}

export const sameKey = (one: MeasuredKey, other: MeasuredKey): boolean =>
  one.datasetId === other.datasetId && one.counterpartId === other.counterpartId;

/** Keeps a measure; one of the same version and embedding gives way to it. */
export async function storeMeasure(
  db: Db,
  key: MeasuredKey,
  measured: { measure: DatasetTexts | PairTexts; embedding: string; sampled: number; now: number },
): Promise<void> {
  const content =
    key.counterpartId === null
      ? writeJson(DatasetTexts, measured.measure as DatasetTexts)
      : writeJson(PairTexts, measured.measure as PairTexts);
  await inTransaction(db, async (trx) => {
    await trx
      .deleteFrom('text_measure')
      .where('dataset_id', '=', key.datasetId)
      .where('counterpart_id', 'is not distinct from', key.counterpartId)
      .where('version', '=', textsVersion)
      .where('embedding', '=', measured.embedding)
      .execute();
    await trx
      .insertInto('text_measure')
      .values({
        dataset_id: key.datasetId,
        counterpart_id: key.counterpartId,
        version: textsVersion,
        embedding: measured.embedding,
        sampled: measured.sampled,
        content,
        computed_at: measured.now,
      })
      .execute();
  });
}

/** A kept measure without its content. */
interface KeptMeasure extends MeasuredKey {
  readonly id: number;
}

/**
 * The newest measures of these datasets and of pairs of them, by this version, whatever their
 * embedding.
 */
export async function keptMeasures(db: Db, datasets: readonly number[]): Promise<KeptMeasure[]> {
  if (datasets.length === 0) return [];
  const rows = await db
    .selectFrom('text_measure')
    .select(['id', 'dataset_id', 'counterpart_id'])
    .where('version', '=', textsVersion)
    .where('dataset_id', 'in', datasets)
    .where((eb) => eb.or([eb('counterpart_id', 'is', null), eb('counterpart_id', 'in', datasets)]))
    .orderBy('computed_at')
    .orderBy('id')
    .execute();
  return [
    ...new Map(
      rows.map((row) => [
        `${row.dataset_id} ${row.counterpart_id ?? ''}`,
        { id: row.id, datasetId: row.dataset_id, counterpartId: row.counterpart_id },
      ]),
    ).values(),
  ];
}

/** What is known of the texts of a study's datasets, given by their ids in its order. */
export async function readTexts(db: Db, datasets: readonly number[]): Promise<StudyTexts> {
  const kept = await keptMeasures(db, datasets);
  const texts: StudyTexts = { datasets: datasets.map(() => null), pairs: [] };
  if (kept.length === 0) return texts;
  const rows = await db
    .selectFrom('text_measure')
    .select(['id', 'content'])
    .where(
      'id',
      'in',
      kept.map(({ id }) => id),
    )
    .execute();
  const contents = new Map(rows.map((row) => [row.id, row.content]));
  const indexOf = new Map(datasets.map((id, index) => [id, index]));
  for (const { id, datasetId, counterpartId } of kept.toSorted(
    (one, other) =>
      (indexOf.get(one.datasetId) ?? 0) - (indexOf.get(other.datasetId) ?? 0) ||
      (one.counterpartId ?? 0) - (other.counterpartId ?? 0),
  )) {
    const content = contents.get(id) ?? '';
    const index = indexOf.get(datasetId) ?? 0;
    if (counterpartId === null)
      texts.datasets[index] = readJson(DatasetTexts, content, 'text_measure.content');
    else
      texts.pairs.push({
        generated: index,
        human: indexOf.get(counterpartId) ?? 0,
        measure: readJson(PairTexts, content, 'text_measure.content'),
      });
  }
  return texts;
}
