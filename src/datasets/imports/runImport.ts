import type { Database } from '#storage/database.js';
import { plural } from '#web/format.js';
import { endCancelled } from './cancelled.js';
import { markCounterpartsAgain } from './counterparts.js';
import { retireDeadImports } from './discard.js';
import {
  filesOf,
  getImport,
  type ImportFile,
  moveFile,
  planOf,
  setFileState,
  settingsOfImport,
} from './import.js';
import { type FileProgress, importFile } from './importFile.js';
import { newestDatasetOf } from './outcome.js';
import { isComplete, isGuess } from './plan.js';
import { refusedForRows } from './refused.js';
import { removeUploads } from './uploads.js';

/** How far an import of several files is; `at` and `startedAt` are UTC milliseconds. */
export interface ImportProgress extends FileProgress {
  readonly path: string;
  /** From 1. */
  readonly file: number;
  readonly files: number;
  /** Of all files together. */
  readonly allBytes: number;
  readonly allTotalBytes: number;
  readonly startedAt: number;
  readonly at: number;
}

interface RunContext {
  readonly now: () => number;
  readonly signal: AbortSignal;
  report(progress: ImportProgress): void;
  /** Most bytes that a file may unpack to. */
  readonly unpackedLimit?: number | undefined;
}

/** What became of the files of an import. */
export interface ImportSummary {
  readonly imported: number;
  readonly refused: number;
  readonly examples: number;
  readonly rejected: number;
}

const refusedMessage = (rejected: number): string =>
  `${plural(rejected, 'row was', 'rows were')} rejected, so nothing of this file was imported. Fix the rows, or import only the valid ones.`;

/**
 * Imports the files of a started import one after the other, each all or nothing for itself. A file
 * that fails is recorded with its reason, and the next one is taken. Started again after a stop, it
 * goes on with the file that was interrupted. Throws when `signal` aborts.
 */
export async function runImport(
  database: Database,
  importId: number,
  context: RunContext,
): Promise<ImportSummary> {
  const { db } = database;
  const { now, signal } = context;
  await retireDeadImports(db);
  const entry = await getImport(db, importId);
  const settings = settingsOfImport(entry);
  const all = await filesOf(db, importId);
  // Only an import that runs again has files that are done: the last of them may have died before
  // its counterparts were marked.
  const last = all.findLast((file) => file.state === 'done');
  const files = all.filter((file) => file.state === 'queued' || file.state === 'running');
  const allTotalBytes = files.reduce((sum, file) => sum + file.byte_count, 0);
  const startedAt = now();
  const summary = { imported: 0, refused: 0, examples: 0, rejected: 0 };
  const cancelled = async (): Promise<boolean> => {
    const { job_id: jobId } = await getImport(db, importId);
    if (jobId === null) return true;
    const job = await db
      .selectFrom('job')
      .select('cancel_requested_at')
      .where('id', '=', jobId)
      .executeTakeFirst();
    return job?.cancel_requested_at !== null;
  };
  let before = 0;
  try {
    if (last?.dataset_id != null)
      await setFileState(db, last.id, {
        state: 'done',
        message: await markCounterpartsAgain(db, last.dataset_id, { now, signal }),
      });
    for (const [index, file] of files.entries()) {
      signal.throwIfAborted();
      if (!(await moveFile(db, file.id, ['queued', 'running'], { state: 'running' }))) continue;
      const report = (progress: FileProgress): void => {
        context.report({
          ...progress,
          path: file.path,
          file: index + 1,
          files: files.length,
          allBytes: before + progress.bytes,
          allTotalBytes,
          startedAt,
          at: now(),
        });
      };
      await importOne(file, report);
      before += file.byte_count;
    }
  } catch (error) {
    if (signal.aborted && (await cancelled())) await endCancelled(db, importId, now());
    throw error;
  }
  // The valid rows of a refused file can be imported without another upload. Nobody can ask for that
  // before the import is done, so that nothing is removed that has been asked for.
  const kept = new Set((await refusedForRows(db, entry)).map((file) => file.id));
  await removeUploads(all.filter((file) => !kept.has(file.id)));
  const states = new Set((await filesOf(db, importId)).map((file) => file.state));
  await db
    .updateTable('import')
    .set({
      state: states.has('failed') && !states.has('done') ? 'failed' : 'done',
      finished_at: now(),
    })
    .where('id', '=', importId)
    .where('state', '<>', 'cancelled')
    .execute();
  return summary;

  async function importOne(
    file: ImportFile,
    report: (progress: FileProgress) => void,
  ): Promise<void> {
    const plan = planOf(file);
    const refuse = async (why: { message: string; dataset_id?: number | null }): Promise<void> => {
      if (await moveFile(db, file.id, ['running'], { state: 'failed', ...why }))
        summary.refused += 1;
    };
    if (file.stored_path === null || !isComplete(plan)) {
      await refuse({
        message: 'The upload is gone, or it was not said what its source is. Upload it again.',
      });
      return;
    }
    if (isGuess(plan)) {
      await refuse({
        message:
          'Nobody has confirmed which column is what. Upload the file again, and confirm it.',
      });
      return;
    }
    try {
      const result = await importFile(
        database,
        {
          path: file.path,
          storedPath: file.stored_path,
          byteCount: file.byte_count,
          plan,
          settings,
          importFileId: file.id,
          accountId: entry.account_id,
        },
        { now, signal, report, shouldDiscard: cancelled, unpackedLimit: context.unpackedLimit },
      );
      summary.rejected += result.rejected;
      if (result.outcome === 'imported') {
        summary.imported += 1;
        summary.examples += result.examples;
        if (result.message !== null)
          await setFileState(db, file.id, { state: 'done', message: result.message });
        return;
      }
      await refuse({
        dataset_id: result.datasetId,
        message:
          result.message ??
          (result.outcome === 'empty'
            ? 'There is no example in this file.'
            : refusedMessage(result.rejected)),
      });
    } catch (error) {
      if (signal.aborted) throw error;
      await refuse({
        dataset_id: await newestDatasetOf(db, file.id),
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
