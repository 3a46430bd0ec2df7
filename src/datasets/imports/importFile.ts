import { hash } from 'node:crypto';
import { databaseTime } from '#storage/clock.js';
import type { Database, Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { ensureBehaviour } from '../behaviour.js';
import { refusesFile } from '../examples/refusals.js';
import { deadAfter, discardRows, retireDataset } from './discard.js';
import { type Duplicates, findDuplicates } from './duplicates.js';
import { finishDataset, type Finished, markCounterparts } from './finishing.js';
import { paceFor, type Pace, type Step } from './pace.js';
import { type ParsedRow, parseFile } from './parsing.js';
import type { CompletePlan, ImportSettings } from './plan.js';
import { openRowStore, type NewExample, type NewRejection } from './rowStore.js';
import { sha256OfFile } from './sha256.js';
import { Tally } from './tally.js';

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

async function createVersion(db: Db, file: FileToImport, now: number): Promise<number> {
  const behaviour = await ensureBehaviour(db, file.plan.behaviour, now);
  const row = await db
    .insertInto('dataset')
    .values({
      public_id: newPublicId(),
      behaviour_id: behaviour.id,
      name: file.plan.name,
      version: 0,
      source: file.plan.source,
      role: file.plan.role,
      family: file.plan.family,
      state: 'importing',
      file_name: file.path.split('/').at(-1) ?? file.path,
      byte_count: file.byteCount,
      sha256: '',
      format: file.plan.format,
      mapping: file.plan.mapping === null ? null : JSON.stringify(file.plan.mapping),
      provenance: JSON.stringify({ path: file.path, ...file.plan.provenance }),
      health: null,
      import_file_id: file.importFileId,
      created_at: now,
      created_by: file.accountId,
      alive_at: databaseTime(db),
      visible_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
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
  const { now, signal } = context;
  const pace = paceFor(db, now, context.fixedStep);
  const datasetId = await createVersion(db, file, now());
  const alive = setInterval(() => {
    void db
      .updateTable('dataset')
      .set({ alive_at: databaseTime(db) })
      .where('id', '=', datasetId)
      .execute()
      .catch(() => undefined);
  }, deadAfter / 12);
  alive.unref();
  const discardVersion = async (): Promise<void> => {
    const discard = !signal.aborted || ((await context.shouldDiscard?.()) ?? true);
    if (discard && (await retireDataset(db, datasetId)))
      await discardRows(db, datasetId, { keepRejections: true, pace });
  };
  let read: ReadRows;
  let finished: Finished;
  try {
    read = await readRows(database, file, datasetId, pace, context);
    if (read.refused || read.tally.examples === 0) {
      await retireDataset(db, datasetId);
      await db
        .updateTable('dataset')
        .set({ rejected_count: read.rejected })
        .where('id', '=', datasetId)
        .execute();
      await discardRows(db, datasetId, { keepRejections: true, pace });
      return {
        outcome: read.rejected > 0 ? 'refused' : 'empty',
        message: read.distrust,
        datasetId,
        examples: 0,
        rejected: read.rejected,
        droppedDuplicates: 0,
      };
    }
    context.report({
      bytes: file.byteCount,
      totalBytes: file.byteCount,
      rows: read.tally.examples,
      rejected: read.rejected,
      phase: 'comparing',
    });
    finished = await finishDataset(database, {
      datasetId,
      file,
      tally: read.tally,
      duplicates: read.duplicates,
      rejected: read.rejected,
      dropped: read.dropped,
      sha256: read.sha256,
      pace,
      context,
    });
  } catch (error) {
    // The first error is the one to tell. A version that cannot be discarded now is swept later.
    await discardVersion().catch(() => undefined);
    throw error;
  } finally {
    clearInterval(alive);
  }
  return {
    outcome: 'imported',
    message: await markCounterparts(db, pace, finished),
    datasetId,
    examples: read.tally.examples,
    rejected: read.rejected,
    droppedDuplicates: read.dropped,
  };
}

interface ReadRows {
  readonly tally: Tally;
  readonly duplicates: Duplicates;
  readonly rejected: number;
  readonly dropped: number;
  readonly refused: boolean;
  /** Why no row of the file can be trusted; null where that is not so. */
  readonly distrust: string | null;
  readonly sha256: string;
}

async function readRows(
  database: Database,
  file: FileToImport,
  datasetId: number,
  pace: Pace,
  context: ImportContext,
): Promise<ReadRows> {
  const { signal } = context;
  const store = openRowStore(database);
  const tally = new Tally({ exact: file.settings.dropDuplicates, most: context.mostSlots });
  let examples: NewExample[] = [];
  let rejections: NewRejection[] = [];
  let bytes = 0;
  let rejected = 0;
  let dropped = 0;
  let refused = false;
  let distrust: string | null = null;
  const flush = async (bytesRead: number): Promise<void> => {
    signal.throwIfAborted();
    await store.write(datasetId, refused ? [] : examples, rejections);
    examples = [];
    rejections = [];
    bytes = 0;
    context.report({
      bytes: bytesRead,
      totalBytes: file.byteCount,
      rows: tally.examples,
      rejected,
      phase: 'reading',
    });
    await pace.breathe();
  };
  const take = (row: ParsedRow): void => {
    bytes += row.raw.length;
    if (row.kind === 'rejected') {
      rejected += 1;
      rejections.push(row);
      if (refusesFile(row.code))
        distrust ??= `Line ${row.line}: ${row.message} Nothing of this file was imported.`;
      if (!file.settings.goodRows || distrust !== null) refused = true;
      return;
    }
    if (refused) return;
    if (
      file.settings.dropDuplicates &&
      tally.repeatsExactly(row.line, hash('sha256', row.raw, 'buffer'))
    ) {
      dropped += 1;
      return;
    }
    tally.count(row);
    examples.push(row);
  };
  try {
    let bytesRead = 0;
    for await (const batch of parseFile(file, context.unpackedLimit)) {
      bytesRead = batch.bytesRead;
      for (const row of batch.rows) {
        take(row);
        if (examples.length + rejections.length >= pace.step.rows || bytes >= pace.step.bytes)
          await flush(bytesRead);
      }
      signal.throwIfAborted();
    }
    await flush(file.byteCount);
    const sha256 = await sha256OfFile(file.storedPath);
    const duplicates = tally.tableFull
      ? await findDuplicates(database.db, datasetId, tally.examples, signal, context.mostSlots)
      : tally.duplicates;
    return { tally, duplicates, rejected, dropped, refused, distrust, sha256 };
  } finally {
    await store.close();
  }
}
