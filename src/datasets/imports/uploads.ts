import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Db } from '#storage/database.js';
import { filesOf, type ImportFile } from './import.js';

/**
 * Removes the uploaded copies of these files, with what was unpacked beside them, and their folder
 * once it is empty.
 */
export async function removeUploads(files: readonly ImportFile[]): Promise<void> {
  const names = new Map<string, string[]>();
  for (const { stored_path: path } of files)
    if (path !== null && /[/\\]uploads[/\\]/.test(path))
      names.set(dirname(path), [...(names.get(dirname(path)) ?? []), basename(path)]);
  for (const [folder, uploaded] of names) {
    const gone = new Set(uploaded);
    const entries = await readdir(folder).catch(() => []);
    for (const entry of entries)
      if (gone.has(entry.split('.')[0] ?? '')) await rm(join(folder, entry), { force: true });
    await rmdir(folder).catch(() => undefined);
  }
}

/** The reviews of files that were uploaded together with those of this import, and still wait. */
export async function waitingBeside(
  db: Db,
  importId: number,
): Promise<{ publicId: string; files: number }[]> {
  const [first] = await filesOf(db, importId);
  if (first?.stored_path == null) return [];
  const folder = join(dirname(first.stored_path), '/');
  const rows = await db
    .selectFrom('import')
    .innerJoin('import_file', 'import_file.import_id', 'import.id')
    .select((eb) => ['import.public_id', eb.fn.countAll<number>().as('files')])
    .where('import.state', '=', 'reviewing')
    .where('import.id', '<>', importId)
    .where((eb) =>
      eb(
        eb.fn<string>('substr', ['import_file.stored_path', eb.val(1), eb.val(folder.length)]),
        '=',
        folder,
      ),
    )
    .groupBy('import.public_id')
    .execute();
  return rows.map((row) => ({ publicId: row.public_id, files: row.files }));
}
