import type { Selectable } from 'kysely';
import type { Db, Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { readJson, writeJson } from '#storage/json.js';
import type { ImportFileTable, ImportTable } from '#storage/datasetTables.js';
import { notFound, Problem } from '#web/problem.js';
import { FilePlan, ImportSettings, Understood } from './plan.js';

export type Import = Selectable<ImportTable>;
export type ImportFile = Selectable<ImportFileTable>;

/** An import by its public id. Throws 404 where there is none. */
export async function requireImport(db: Db, publicId: string): Promise<Import> {
  const found = await db
    .selectFrom('import')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('import');
  return found;
}

export const getImport = (db: Db, id: number): Promise<Import> =>
  db.selectFrom('import').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** The newest imports with how many files each has. */
export async function listImports(
  db: Db,
  limit: number,
): Promise<(Import & { file_count: number })[]> {
  const rows = await db
    .selectFrom('import')
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom('import_file')
        .select(eb.fn.countAll<number>().as('count'))
        .whereRef('import_file.import_id', '=', 'import.id')
        .as('file_count'),
    )
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, file_count: row.file_count ?? 0 }));
}

/** The files of an import in the order in which they were sent. */
export const filesOf = (db: Db, importId: number): Promise<ImportFile[]> =>
  db
    .selectFrom('import_file')
    .selectAll()
    .where('import_id', '=', importId)
    .orderBy('id')
    .execute();

/** A file of an import by its public id. Throws 404 where there is none. */
export async function requireImportFile(db: Db, publicId: string): Promise<ImportFile> {
  const found = await db
    .selectFrom('import_file')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('file of an import');
  return found;
}

export const understoodOf = (file: Pick<ImportFile, 'understood'>): Understood =>
  readJson(Understood, file.understood, 'import_file.understood');
export const planOf = (file: Pick<ImportFile, 'plan'>): FilePlan =>
  readJson(FilePlan, file.plan, 'import_file.plan');
export const settingsOfImport = (entry: Pick<Import, 'settings'>): ImportSettings =>
  readJson(ImportSettings, entry.settings, 'import.settings');

/** An uploaded file, with what was understood of it and what is planned. */
export interface InspectedFile {
  readonly path: string;
  readonly storedPath: string;
  readonly byteCount: number;
  readonly understood: Understood;
  readonly plan: FilePlan;
  /** Columns that somebody said and that no row has. */
  readonly unknownColumns: readonly string[];
}

/** Begins an import that waits for review; it has no file yet. */
export const insertImport = (
  trx: Trx,
  options: { settings: ImportSettings; accountId: number | null; now: number },
): Promise<Import> =>
  trx
    .insertInto('import')
    .values({
      public_id: newPublicId(),
      account_id: options.accountId,
      state: 'reviewing',
      settings: writeJson(ImportSettings, options.settings),
      job_id: null,
      created_at: options.now,
      finished_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();

/** Records an import for review: one row, and one a file. */
export async function createImport(
  trx: Trx,
  options: {
    files: readonly InspectedFile[];
    settings: ImportSettings;
    accountId: number | null;
    now: number;
  },
): Promise<Import> {
  const entry = await insertImport(trx, options);
  for (const file of options.files) {
    await trx
      .insertInto('import_file')
      .values({
        public_id: newPublicId(),
        import_id: entry.id,
        path: file.path,
        stored_path: file.storedPath,
        byte_count: file.byteCount,
        state: file.understood.isDataset ? 'reviewing' : 'not-a-dataset',
        understood: writeJson(Understood, file.understood),
        plan: writeJson(FilePlan, file.plan),
        dataset_id: null,
        message: null,
      })
      .execute();
  }
  return entry;
}

/** The states of a file whose import has not been started. */
const beforeStart = ['reviewing', 'not-a-dataset'] as const;

/** The refusal of what comes after an import was started. */
export const importStarted = (): Problem =>
  new Problem(
    409,
    'import_started',
    'This import was started already.',
    'Nothing was changed. Open it to see how it goes.',
  );

/**
 * Stores what the reviewer decided for one file. Throws a 409 `Problem` where its import was started
 * meanwhile: what is imported is what was confirmed.
 */
export async function savePlan(db: Db, file: ImportFile, plan: FilePlan): Promise<void> {
  const saved = await db
    .updateTable('import_file')
    .set({ plan: writeJson(FilePlan, plan) })
    .where('id', '=', file.id)
    .where('state', 'in', beforeStart)
    .returning('id')
    .executeTakeFirst();
  if (saved === undefined) throw importStarted();
}

/** Stores what was understood of a file after its mapping was corrected. */
export const saveUnderstanding = (
  db: Db,
  file: ImportFile,
  understood: Understood,
): Promise<unknown> =>
  db
    .updateTable('import_file')
    .set({
      understood: writeJson(Understood, understood),
      state: understood.isDataset ? 'reviewing' : 'not-a-dataset',
    })
    .where('id', '=', file.id)
    .where('state', 'in', beforeStart)
    .execute();

export const setFileState = (
  db: Db,
  fileId: number,
  values: { state: ImportFile['state']; message?: string | null; dataset_id?: number | null },
): Promise<unknown> => db.updateTable('import_file').set(values).where('id', '=', fileId).execute();

/**
 * Moves a file on from one of these states; false where it has left them, since another thread or a
 * cancel was first.
 */
export async function moveFile(
  db: Db,
  fileId: number,
  from: readonly ImportFile['state'][],
  values: Parameters<typeof setFileState>[2],
): Promise<boolean> {
  const moved = await db
    .updateTable('import_file')
    .set(values)
    .where('id', '=', fileId)
    .where('state', 'in', from)
    .returning('id')
    .executeTakeFirst();
  return moved !== undefined;
}
