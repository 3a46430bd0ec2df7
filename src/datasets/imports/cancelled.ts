import type { Db } from '#storage/database.js';
import { filesOf } from './import.js';
import { removeUploads } from './uploads.js';

/** Ends a started import as cancelled: the files that were not done, and all of its uploads. */
export async function endCancelled(db: Db, importId: number, now: number): Promise<void> {
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
  await removeUploads(await filesOf(db, importId));
}
