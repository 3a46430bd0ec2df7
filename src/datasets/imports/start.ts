import { addJob } from '#jobs/queue.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { FieldFault } from '#web/problem.js';
import { Problem } from '#web/problem.js';
import {
  filesOf,
  type Import,
  type ImportFile,
  planOf,
  setFileState,
  understoodOf,
} from './import.js';
import { importJobFor } from './importJob.js';
import { lookAnew } from './lookAnew.js';
import { unfinishedIn } from './unfinished.js';

/** The most bytes that an uploaded file may unpack to. */
export const unpackedLimitOf = (config: Application['config']): number =>
  8 * config.uploadLimitBytes;

/**
 * What keeps files from being imported as they are planned: one fault each; none where the import
 * can start.
 */
export function unfinishedPlans(files: readonly ImportFile[]): FieldFault[] {
  const wanted = files.filter((file) => file.state === 'reviewing' && !planOf(file).leaveOut);
  if (wanted.length === 0)
    return [
      {
        field: 'all',
        message: 'There is no file to import: every one is left out or not a dataset.',
      },
    ];
  return wanted.flatMap((file) =>
    unfinishedIn({ path: file.path, plan: planOf(file), understood: understoodOf(file) }).map(
      ({ field, message }) => ({ field: `${file.public_id}.${field}`, message }),
    ),
  );
}

/**
 * Puts a reviewed import into the queue. Throws a 409 `Problem` where it was started already, and a
 * 422 one where files that an earlier version looked at leave something open by the rules of today.
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
    if (moved === undefined)
      throw new Problem(
        409,
        'import_started',
        'This import was started already.',
        'Open it to see how it goes.',
      );
    let wanted = 0;
    for (const file of await filesOf(trx, entry.id)) {
      if (file.state !== 'reviewing') continue;
      const { leaveOut } = planOf(file);
      await setFileState(trx, file.id, { state: leaveOut ? 'left-out' : 'queued' });
      if (!leaveOut) wanted += file.byte_count;
    }
    const job = await addJob(trx, {
      kind: importJobFor(wanted),
      payload: { importId: entry.id, unpackedLimit: unpackedLimitOf(application.config) },
      accountId,
      now: application.now(),
    });
    await trx.updateTable('import').set({ job_id: job.id }).where('id', '=', entry.id).execute();
  });
  void application.jobs.look();
}
