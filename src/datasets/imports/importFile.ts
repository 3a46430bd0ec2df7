import { recordAudit } from '#accounts/audit.js';
import type { Database, Trx } from '#storage/database.js';
import type { Dataset } from '../dataset.js';
import { refusesFile } from '../examples/refusals.js';
import { markCounterparts } from './counterparts.js';
import { moveFile } from './import.js';
import type { Step } from './pace.js';
import { parseFile } from './parsing.js';
import type { CompletePlan, ImportSettings } from './plan.js';
import { sha256OfFile } from './sha256.js';
import { beginVersion, type Shown, type Version, type VersionFacts } from './version.js';

/** One file to import, decided and complete. */
export interface FileToImport {
  /** The path as people know it; its last part becomes the dataset's file name. */
  readonly path: string;
  readonly storedPath: string;
  readonly byteCount: number;
  readonly plan: CompletePlan;
  readonly settings: ImportSettings;
  readonly importFileId: number | null;
  readonly accountId: number | null;
}

/** How far an import is. */
export interface FileProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly rows: number;
  readonly rejected: number;
  readonly phase: 'reading' | 'comparing';
}

export interface ImportContext {
  readonly now: () => number;
  readonly signal: AbortSignal;
  report(progress: FileProgress): void;
  /**
   * True where a cancelled import should be cleaned up at once, false where the process stops and
   * starts it again later.
   */
  shouldDiscard?(): Promise<boolean>;
  /** Most bytes that the file may unpack to. */
  readonly unpackedLimit?: number | undefined;
  /** Steps of this size whatever raters do: for tests. */
  readonly fixedStep?: Step;
  /** Slots of the table of contents; smaller in tests. */
  readonly mostSlots?: number;
}

/**
 * How an import of one file ended. A refused one leaves nothing visible, only the list of its
 * rejected rows.
 */
export interface FileResult {
  readonly outcome: 'imported' | 'refused' | 'empty';
  /**
   * Why no row of a refused file can be trusted, or what could not be done once it was imported;
   * null where there is no such thing.
   */
  readonly message: string | null;
  readonly datasetId: number;
  readonly examples: number;
  readonly rejected: number;
  readonly droppedDuplicates: number;
}

const factsOf = (file: FileToImport): VersionFacts => ({
  ...file.plan,
  provenance: { path: file.path, ...file.plan.provenance },
  file: {
    name: file.path.split('/').at(-1) ?? file.path,
    format: file.plan.format,
    byteCount: file.byteCount,
    sha256: () => sha256OfFile(file.storedPath),
    importFileId: file.importFileId,
  },
  accountId: file.accountId,
  part: null,
  dropDuplicates: file.settings.dropDuplicates,
});

/**
 * Notes who imported what, and that its file is done. Throws where the file is not being imported
 * any more, which takes the version out of sight again: no file is shown twice.
 */
async function noteImport(
  trx: Trx,
  file: FileToImport,
  dataset: Dataset,
  now: number,
): Promise<void> {
  const account =
    file.accountId === null
      ? undefined
      : await trx
          .selectFrom('account')
          .select(['id', 'email'])
          .where('id', '=', file.accountId)
          .executeTakeFirst();
  await recordAudit(trx, {
    at: now,
    staff: account === undefined ? null : { accountId: account.id, email: account.email },
    action: 'dataset.import',
    subject: `dataset ${dataset.public_id}`,
    detail: {
      name: dataset.name,
      version: dataset.version,
      source: dataset.source,
      role: dataset.role,
      examples: dataset.example_count,
      rejected: dataset.rejected_count,
    },
  });
  if (file.importFileId === null) return;
  const done = { state: 'done', dataset_id: dataset.id, message: null } as const;
  if (!(await moveFile(trx, file.importFileId, ['running'], done)))
    throw new Error('This file is not being imported any more. Nothing of it was shown here.');
}

/**
 * Imports one file: streams its rows into a version that nobody sees, in short steps, compares them
 * with one another and with the counterparts of the behaviour, and makes the version visible in one
 * short last transaction, which nothing that fails afterwards takes back. With `settings.goodRows`
 * off, one rejected row is enough to show nothing; the rest of the file is then still read, so that
 * every rejected row is listed. Throws when the file itself cannot be read (its rows are then
 * discarded), and when `signal` aborts.
 */
export async function importFile(
  database: Database,
  file: FileToImport,
  context: ImportContext,
): Promise<FileResult> {
  const { db } = database;
  const { now, signal, fixedStep, mostSlots } = context;
  let bytesRead = 0;
  const report = (phase: FileProgress['phase'], rows: number, rejected: number): void =>
    context.report({ bytes: bytesRead, totalBytes: file.byteCount, rows, rejected, phase });
  const version = await beginVersion(database, factsOf(file), {
    now,
    signal,
    fixedStep,
    mostSlots,
    stored: ({ examples, rejected }) => report('reading', examples, rejected),
  });
  const { datasetId } = version;
  let shown: Shown;
  try {
    const { refused, distrust } = await readRows(
      file,
      version,
      context,
      (bytes) => (bytesRead = bytes),
    );
    const { examples, rejected } = version.counts;
    if (refused || examples === 0) {
      await db
        .updateTable('dataset')
        .set({ rejected_count: rejected })
        .where('id', '=', datasetId)
        .execute();
      await version.discard();
      return {
        outcome: rejected > 0 ? 'refused' : 'empty',
        message: distrust,
        datasetId,
        examples: 0,
        rejected,
        droppedDuplicates: 0,
      };
    }
    report('comparing', examples, rejected);
    shown = await version.show((trx, dataset) => noteImport(trx, file, dataset, now()));
  } catch (error) {
    const discard = async (): Promise<void> => {
      const stays = signal.aborted && (await context.shouldDiscard?.()) === false;
      if (!stays) await version.discard();
    };
    // The first error is the one to tell. A version that cannot be discarded now is swept later.
    await discard().catch(() => undefined);
    throw error;
  } finally {
    await version.close();
  }
  const { examples, rejected, dropped } = version.counts;
  return {
    outcome: 'imported',
    message: await markCounterparts(db, version.pace, shown, { signal, mostSlots }),
    datasetId,
    examples,
    rejected,
    droppedDuplicates: dropped,
  };
}

interface ReadRows {
  readonly refused: boolean;
  /** Why no row of the file can be trusted; null where that is not so. */
  readonly distrust: string | null;
}

/** Reads the file into the version, and refuses it where a row demands that. */
async function readRows(
  file: FileToImport,
  version: Version,
  context: ImportContext,
  advance: (bytesRead: number) => void,
): Promise<ReadRows> {
  let refused = false;
  let distrust: string | null = null;
  for await (const batch of parseFile(file, context.unpackedLimit)) {
    advance(batch.bytesRead);
    for (const row of batch.rows) {
      if (row.kind !== 'rejected') continue;
      if (refusesFile(row.code))
        distrust ??= `Line ${row.line}: ${row.message} Nothing of this file was imported.`;
      if (!file.settings.goodRows || distrust !== null) refused = true;
    }
    if (refused) version.refuse();
    await version.write(batch.rows);
  }
  advance(file.byteCount);
  await version.finish();
  return { refused, distrust };
}
