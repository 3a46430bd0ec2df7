import type { Db } from '#storage/database.js';

/**
 * The newest version that a file of an import made, whatever became of it; null where it made none.
 */
export async function newestDatasetOf(db: Db, importFileId: number): Promise<number | null> {
  const row = await db
    .selectFrom('dataset')
    .select('id')
    .where('import_file_id', '=', importFileId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}
