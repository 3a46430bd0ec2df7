import { databaseTime } from '#storage/clock.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { discardJob } from './discardJob.js';
import { type Pace, paceFor } from './pace.js';

/** An import without a sign of life for this long has died. */
export const deadAfter = 60_000;

/**
 * Removes the rows of a dataset that nobody sees any more, in short steps; `keepRejections` leaves
 * the list of rejected rows.
 */
export async function discardRows(
  db: Db,
  datasetId: number,
  options: { keepRejections: boolean; pace: Pace; signal?: AbortSignal },
): Promise<void> {
  const { pace, signal } = options;
  for (;;) {
    signal?.throwIfAborted();
    const size = Math.min(pace.step.rows, 1000);
    const removed = await inTransaction(db, async (trx) => {
      const rows = await trx
        .selectFrom('example')
        .select('id')
        .where('dataset_id', '=', datasetId)
        .orderBy('line_number')
        .limit(size)
        .execute();
      const ids = rows.map((row) => row.id);
      if (ids.length === 0) return 0;
      await trx.deleteFrom('example_finding').where('example_id', 'in', ids).execute();
      await trx.deleteFrom('known_answer').where('example_id', 'in', ids).execute();
      await trx.deleteFrom('example').where('id', 'in', ids).execute();
      return ids.length;
    });
    if (removed === 0) break;
    await pace.breathe();
  }
  if (options.keepRejections) return;
  for (;;) {
    signal?.throwIfAborted();
    const rows = await db
      .selectFrom('rejected_row')
      .select('id')
      .where('dataset_id', '=', datasetId)
      .limit(Math.min(pace.step.rows, 1000))
      .execute();
    if (rows.length === 0) break;
    await db
      .deleteFrom('rejected_row')
      .where(
        'id',
        'in',
        rows.map((row) => row.id),
      )
      .execute();
    await pace.breathe();
  }
}

/**
 * Takes a version whose import failed out of sight; its rows are removed in short steps afterwards.
 * False where it has become visible, and stays.
 */
export async function retireDataset(db: Db, datasetId: number): Promise<boolean> {
  await db
    .updateTable('dataset')
    .set({ state: 'deleted' })
    .where('id', '=', datasetId)
    .where('state', '=', 'importing')
    .execute();
  const { state } = await db
    .selectFrom('dataset')
    .select('state')
    .where('id', '=', datasetId)
    .executeTakeFirstOrThrow();
  return state === 'deleted';
}

/**
 * Takes versions out of sight whose import died: no sign of life for a minute, or its job does not
 * run any more; their rows stay for a sweep. Gives how many had died.
 */
export async function retireDeadImports(db: Db): Promise<number> {
  const importing = await db
    .selectFrom('dataset')
    .leftJoin('import_file', 'import_file.id', 'dataset.import_file_id')
    .leftJoin('import', 'import.id', 'import_file.import_id')
    .leftJoin('job', 'job.id', 'import.job_id')
    .select(['dataset.id', 'job.id as job_id', 'job.state as job_state'])
    .select((eb) => eb(databaseTime(db), '-', eb.ref('dataset.alive_at')).as('silent_ms'))
    .where('dataset.state', '=', 'importing')
    .execute();
  const dead = importing.filter(
    (row) =>
      row.silent_ms === null ||
      row.silent_ms > deadAfter ||
      (row.job_id !== null && row.job_state !== 'running'),
  );
  for (const row of dead) await retireDataset(db, row.id);
  return dead.length;
}

/** Versions that were retired before all of their rows were gone. */
export async function leftovers(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('dataset')
    .select('id')
    .where('state', '=', 'deleted')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('example')
          .select('example.id')
          .whereRef('example.dataset_id', '=', 'dataset.id'),
      ),
    )
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Sweeps what dead imports left, rows and all: before a command imports. Gives how many had died.
 * Throws once the signal is aborted.
 */
export async function sweepImports(
  db: Db,
  options: { now: () => number; signal: AbortSignal },
): Promise<number> {
  const dead = await retireDeadImports(db);
  for (const id of await leftovers(db))
    await discardRows(db, id, {
      keepRejections: true,
      pace: paceFor(db, options.now),
      signal: options.signal,
    });
  return dead;
}

/** The same in a server: the rows go in jobs, off the thread that serves. */
export async function sweepImportsByJobs({
  db,
  jobs,
}: Pick<Application, 'db' | 'jobs'>): Promise<void> {
  await retireDeadImports(db);
  for (const datasetId of await leftovers(db)) {
    const payload = { datasetId, keepRejections: true };
    const waiting = await db
      .selectFrom('job')
      .select('id')
      .where('kind', '=', discardJob.kind)
      .where('payload', '=', JSON.stringify(payload))
      .where('state', 'in', ['queued', 'running'])
      .executeTakeFirst();
    if (waiting === undefined) await jobs.add(discardJob.kind, payload, null);
  }
}
