import type { Db } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import { healthOf } from '../dataset.js';
import { doubtfulFindings } from '../findingWords.js';
import { Health } from '../health.js';

/** Counts a dataset's findings anew; the rest of its health check stays as it was. */
export async function countFindings(
  db: Db,
  datasetId: number,
  examples: number,
): Promise<Pick<Health, 'clean' | 'doubtful' | 'findings'>> {
  const rows = await db
    .selectFrom('example_finding')
    .select((eb) => ['finding', eb.fn.countAll<number>().as('count')])
    .where('dataset_id', '=', datasetId)
    .groupBy('finding')
    .orderBy('finding')
    .execute();
  const touched = await db
    .selectFrom('example_finding')
    .select((eb) => eb.fn.count<number>('example_id').distinct().as('count'))
    .where('dataset_id', '=', datasetId)
    .executeTakeFirstOrThrow();
  const doubtful = await db
    .selectFrom('example_finding')
    .select((eb) => eb.fn.count<number>('example_id').distinct().as('count'))
    .where('dataset_id', '=', datasetId)
    .where('finding', 'in', [...doubtfulFindings])
    .executeTakeFirstOrThrow();
  return {
    clean: examples - touched.count,
    doubtful: doubtful.count,
    findings: Object.fromEntries(rows.map((row) => [row.finding, row.count])),
  };
}

/**
 * Refreshes the stored health check of a visible dataset, after a counterpart came and brought
 * findings.
 */
export async function recountHealth(db: Db, datasetId: number): Promise<void> {
  const dataset = await db
    .selectFrom('dataset')
    .select(['health', 'example_count'])
    .where('id', '=', datasetId)
    .executeTakeFirstOrThrow();
  const health: Health = {
    ...healthOf(dataset),
    ...(await countFindings(db, datasetId, dataset.example_count)),
  };
  await db
    .updateTable('dataset')
    .set({ health: writeJson(Health, health) })
    .where('id', '=', datasetId)
    .execute();
}
