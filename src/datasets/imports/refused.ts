import { existsSync } from 'node:fs';
import { inTransaction } from '#storage/transaction.js';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import { refusals, refusesFile } from '../examples/refusals.js';
import { getImport, type Import, type ImportFile, moveFile, settingsOfImport } from './import.js';
import { ImportSettings } from './plan.js';
import { queueImport } from './start.js';
import { removeUploads } from './uploads.js';

const distrusting = Object.keys(refusals).filter(refusesFile);

/**
 * Files of an import that were refused for nothing but invalid rows, and whose uploads are still
 * there: their valid rows can be imported.
 */
export async function refusedForRows(db: Db, entry: Import): Promise<ImportFile[]> {
  if (settingsOfImport(entry).goodRows) return [];
  const files = await db
    .selectFrom('import_file')
    .innerJoin('dataset', 'dataset.id', 'import_file.dataset_id')
    .selectAll('import_file')
    .where('import_file.import_id', '=', entry.id)
    .where('import_file.state', '=', 'failed')
    .where('dataset.state', '=', 'deleted')
    .where('dataset.rejected_count', '>', 0)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('rejected_row')
            .select('rejected_row.id')
            .whereRef('rejected_row.dataset_id', '=', 'dataset.id')
            .where('rejected_row.code', 'in', distrusting),
        ),
      ),
    )
    .orderBy('import_file.id')
    .execute();
  return files.filter(({ stored_path: path }) => path !== null && existsSync(path));
}

/** For how many days the uploads of refused files stay, so that their valid rows can be imported. */
export const keptDays = 7;

/** Removes the uploads of refused files for which nobody has asked in all that time. */
export async function removeUnanswered({
  db,
  now,
}: Pick<Application, 'db' | 'now'>): Promise<void> {
  const old = await db
    .selectFrom('import')
    .selectAll()
    .where('state', 'in', ['done', 'failed'])
    .where('finished_at', '<', now() - keptDays * 24 * 3_600_000)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('import_file')
          .select('import_file.id')
          .whereRef('import_file.import_id', '=', 'import.id')
          .where('import_file.state', '=', 'failed'),
      ),
    )
    .execute();
  for (const entry of old) await removeUploads(await refusedForRows(db, entry));
}

const refusal = (state: Import['state']): Problem =>
  state === 'cancelled'
    ? new Problem(
        409,
        'import_cancelled',
        'This import was cancelled.',
        'Nothing was imported. Upload the files again.',
      )
    : new Problem(
        409,
        'import_started',
        'This import is running already.',
        'Open it to see how it goes.',
      );

/**
 * Imports the valid rows of these refused files. Throws a 409 `Problem` where somebody was first, or
 * where the import was cancelled.
 */
export async function importValidRows(
  application: Application,
  entry: Import,
  options: { files: readonly ImportFile[]; accountId: number | null },
): Promise<void> {
  const { files, accountId } = options;
  await inTransaction(application.db, async (trx) => {
    const moved = await trx
      .updateTable('import')
      .set({
        state: 'running',
        finished_at: null,
        settings: JSON.stringify(
          ImportSettings.parse({ ...settingsOfImport(entry), goodRows: true }),
        ),
      })
      .where('id', '=', entry.id)
      .where('state', 'in', ['done', 'failed'])
      .returning('id')
      .executeTakeFirst();
    if (moved === undefined) throw refusal((await getImport(trx, entry.id)).state);
    for (const file of files)
      await moveFile(trx, file.id, ['failed'], { state: 'queued', message: null });
    await queueImport(application, trx, { entry, files, accountId });
  });
  void application.jobs.look();
}
