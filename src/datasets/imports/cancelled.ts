import type { Db } from '#storage/database.js';
import { filesOf } from './import.js';
import { removeUploads } from './uploads.js';

/** Writes that an import, and what was still to be read of it, was cancelled. */
export async function storeCancelled(db: Db, importId: number, now: number): Promise<void> {
  await db
    .updateTable('import_file')
    .set({ state: 'cancelled' })
    .where('import_id', '=', importId)
    .where('state', 'in', ['queued', 'running'])
    .execute();
  await db
    .updateTable('import')
    .set({ state: 'cancelled', finished_at: now })
    .where('id', '=', importId)
    .execute();
}

/** Ends a started import as cancelled: the files that were not done, and all of its uploads. */
export async function endCancelled(db: Db, importId: number, now: number): Promise<void> {
  await storeCancelled(db, importId, now);
  await removeUploads(await filesOf(db, importId));
}
