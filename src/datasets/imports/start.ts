import { addJob } from '#jobs/queue.js';
import type { Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { FieldFault } from '#web/problem.js';
import { Problem } from '#web/problem.js';
import {
  filesOf,
  type Import,
  type ImportFile,
  importStarted,
  insertImport,
  planOf,
  setFileState,
  settingsOfImport,
  understoodOf,
} from './import.js';
import { importJobFor } from './importJob.js';
import { lookAnew } from './lookAnew.js';
import { unfinishedIn } from './unfinished.js';

/** The most bytes that an uploaded file may unpack to. */
export const unpackedLimitOf = (config: Application['config']): number =>
  8 * config.uploadLimitBytes;

/** What is still to be decided about a file that is reviewed before it can be imported. */
export function openQuestions(file: ImportFile): FieldFault[] {
  const plan = planOf(file);
  if (file.state !== 'reviewing' || plan.leaveOut) return [];
  const { path } = file;
  // A row of the review is ticked to be left out: its role is what can be gone to.
  return unfinishedIn({ path, plan, understood: understoodOf(file) }).map(({ field, message }) => ({
    field: `${file.public_id}.${field === 'leaveOut' ? 'role' : field}`,
    message,
  }));
}

/** The files that an import would read as they are planned now. */
export const readyFiles = (files: readonly ImportFile[]): ImportFile[] =>
  files.filter(
    (file) =>
      file.state === 'reviewing' && !planOf(file).leaveOut && openQuestions(file).length === 0,
  );

/**
 * What keeps files from being imported as they are planned: one fault each; none where the import
 * can start.
 */
export function unfinishedPlans(files: readonly ImportFile[]): FieldFault[] {
  const wanted = files.filter((file) => file.state === 'reviewing' && !planOf(file).leaveOut);
  return wanted.length > 0
    ? wanted.flatMap(openQuestions)
    : [
        {
          field: 'all',
          message: 'There is no file to import: every one is left out or not a dataset.',
        },
      ];
}

/** Puts the job that reads these files into the queue. */
export async function queueImport(
  application: Pick<Application, 'config' | 'now'>,
  trx: Trx,
  options: { entry: Import; files: readonly ImportFile[]; accountId: number | null },
): Promise<void> {
  const { entry, files, accountId } = options;
  const job = await addJob(trx, {
    kind: importJobFor(files.reduce((sum, file) => sum + file.byte_count, 0)),
    payload: { importId: entry.id, unpackedLimit: unpackedLimitOf(application.config) },
    accountId,
    now: application.now(),
  });
  await trx.updateTable('import').set({ job_id: job.id }).where('id', '=', entry.id).execute();
}

/** Moves files about which something is undecided into a review of their own. */
async function keepWaiting(
  trx: Trx,
  entry: Import,
  options: { files: readonly ImportFile[]; now: number },
): Promise<void> {
  if (options.files.length === 0) return;
  const rest = await insertImport(trx, {
    settings: settingsOfImport(entry),
    accountId: entry.account_id,
    now: options.now,
  });
  await trx
    .updateTable('import_file')
    .set({ import_id: rest.id })
    .where(
      'id',
      'in',
      options.files.map(({ id }) => id),
    )
    .where('import_id', '=', entry.id)
    .execute();
}

/**
 * Puts the files of a reviewed import that are decided into the queue; the others go on waiting in a
 * review of their own. Throws a 409 `Problem` where it was started already, and a 422 one where files
 * that an earlier version looked at leave something open by the rules of today.
 */
export async function startImport(
  application: Application,
  entry: Import,
  accountId: number | null,
): Promise<void> {
  const { db } = application;
  if (await lookAnew(db, await filesOf(db, entry.id))) {
    const faults = unfinishedPlans(await filesOf(db, entry.id));
    if (faults.length > 0)
      throw new Problem(
        422,
        'looked_anew',
        `Assay was upgraded while this import waited, and reads its files more carefully now. ${faults.map(({ message }) => message).join(' ')}`,
        'Nothing was imported. Open the import again: its review asks what is open.',
        faults,
      );
  }
  await inTransaction(db, async (trx) => {
    const moved = await trx
      .updateTable('import')
      .set({ state: 'running' })
      .where('id', '=', entry.id)
      .where('state', '=', 'reviewing')
      .returning('id')
      .executeTakeFirst();
    if (moved === undefined) throw importStarted();
    const files = await filesOf(trx, entry.id);
    const ready = readyFiles(files);
    const open = files.filter((file) => openQuestions(file).length > 0);
    await keepWaiting(trx, entry, { files: open, now: application.now() });
    for (const file of files) {
      if (file.state !== 'reviewing' || open.includes(file)) continue;
      const state = ready.includes(file) ? 'queued' : 'left-out';
      await setFileState(trx, file.id, { state });
    }
    await queueImport(application, trx, { entry, files: ready, accountId });
  });
  void application.jobs.look();
}
