import { createHash, hash } from 'node:crypto';
import { databaseTime } from '#storage/clock.js';
import type { Database, Db, Trx } from '#storage/database.js';
import { isUniqueViolation } from '#storage/faults.js';
import { newPublicId } from '#storage/identifiers.js';
import { writeJson } from '#storage/json.js';
import type { DatasetPart } from '#storage/datasetTables.js';
import { inTransaction, TryAgain } from '#storage/transaction.js';
import { ensureBehaviour } from '../behaviour.js';
import { type Dataset, getDataset } from '../dataset.js';
import { detectorVersion } from '../findings/findings.js';
import { Health } from '../health.js';
import { type Comparison, findSharedRows, markShared } from './counterparts.js';
import { deadAfter, discardRows, retireDataset } from './discard.js';
import { findDuplicates } from './duplicates.js';
import { type Pace, paceFor, type Step } from './pace.js';
import type { ParsedRow } from './parsing.js';
import type { CompletePlan } from './plan.js';
import { postgresRowStore } from './postgresRowStore.js';
import { countFindings } from './recount.js';
import { markRepeats } from './repeats.js';
import type { NewExample, NewRejection, RowStore } from './rows.js';
import { sqliteRowStore } from './sqliteRowStore.js';
import { Tally } from './tally.js';

/** What a version is of, and where its rows come from. */
export interface VersionFacts extends Pick<
  CompletePlan,
  'name' | 'behaviour' | 'source' | 'role' | 'family' | 'mapping'
> {
  /** Where the rows come from, in words that the dataset's page shows. */
  readonly provenance: Readonly<Record<string, string>>;
  /** Null where no file was read: the raw rows as lines of JSONL then stand for it. */
  readonly file: {
    readonly name: string;
    readonly format: string;
    readonly byteCount: number;
    readonly sha256: () => Promise<string>;
    readonly importFileId: number | null;
  } | null;
  readonly accountId: number | null;
  /** Which half of a generation it is; null where it is neither. */
  readonly part: DatasetPart | null;
  /** Leaves out rows whose bytes repeat an earlier one. */
  readonly dropDuplicates: boolean;
}

export interface VersionContext {
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Called after each step of rows that was stored. */
  stored?(counts: VersionCounts): void;
  /** Steps of this size whatever raters do: for tests. */
  readonly fixedStep?: Step | undefined;
  /** Slots of the table of contents; smaller in tests. */
  readonly mostSlots?: number | undefined;
}

export interface VersionCounts {
  readonly examples: number;
  readonly rejected: number;
  /** Rows that repeat an earlier one and were left out. */
  readonly dropped: number;
}

/** A version that is visible, with how it compared with its counterparts. */
export interface Shown extends Comparison {
  readonly dataset: Dataset;
}

/**
 * A version of a dataset while it is made: rows are written in short steps, and nobody sees them
 * before `show`. Every verb throws once the signal is aborted, besides `discard` and `close`.
 */
export interface Version {
  readonly datasetId: number;
  readonly counts: VersionCounts;
  readonly pace: Pace;
  /** Takes rows in the order of their lines, and stores them as soon as a step is full. */
  write(rows: readonly ParsedRow[]): Promise<void>;
  /** From now on rejected rows alone are stored: nothing of this version will be shown. */
  refuse(): void;
  /** Stores the last step. */
  finish(): Promise<void>;
  /**
   * Stores the last step, compares the rows with one another and with the counterparts of the
   * behaviour, and makes the version visible in one short transaction. `also` stores in it what is
   * to be true at the same moment; where it throws, the version can be shown again. Throws where the
   * version was refused or is shown already.
   */
  show(also: (trx: Trx, dataset: Dataset) => Promise<void>): Promise<Shown>;
  /** Removes its rows; the list of rejected ones stays. A version that is visible stays whole. */
  discard(): Promise<void>;
  /** Gives back what it holds; always the last thing. */
  close(): Promise<void>;
}

const openRowStore = (database: Database): RowStore =>
  database.location.engine === 'sqlite'
    ? sqliteRowStore(database.location.path)
    : postgresRowStore(database.db);

async function createVersion(db: Db, facts: VersionFacts, now: number): Promise<number> {
  const behaviour = await ensureBehaviour(db, facts.behaviour, now);
  const { file } = facts;
  const row = await db
    .insertInto('dataset')
    .values({
      public_id: newPublicId(),
      behaviour_id: behaviour.id,
      name: facts.name,
      version: 0,
      source: facts.source,
      role: facts.role,
      part: facts.part,
      family: facts.family,
      state: 'importing',
      file_name: file?.name ?? `${facts.name}.jsonl`,
      byte_count: file?.byteCount ?? 0,
      sha256: '',
      format: file?.format ?? 'JSONL',
      mapping: facts.mapping === null ? null : JSON.stringify(facts.mapping),
      provenance: JSON.stringify(facts.provenance),
      health: null,
      detector: detectorVersion,
      import_file_id: file?.importFileId ?? null,
      created_at: now,
      created_by: facts.accountId,
      alive_at: databaseTime(db),
      visible_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/**
 * Gives a finished version its number and shows it, together with what `also` stores. Done again
 * where the database did not confirm it, it finds the version as it was shown.
 */
function makeVisible(
  db: Db,
  given: {
    datasetId: number;
    facts: VersionFacts;
    values: {
      example_count: number;
      rejected_count: number;
      dropped_duplicate_count: number;
      byte_count: number;
      sha256: string;
      health: string;
      visible_at: number;
    };
    also: (trx: Trx, dataset: Dataset) => Promise<void>;
  },
): Promise<Dataset> {
  const { name, source, role } = given.facts;
  const work = async (trx: Trx): Promise<Dataset> => {
    const stored = await getDataset(trx, given.datasetId);
    const { sha256, visible_at: visibleAt } = given.values;
    if (stored.state === 'visible' && stored.sha256 === sha256 && stored.visible_at === visibleAt)
      return stored;
    const newest = await trx
      .selectFrom('dataset')
      .select((eb) => eb.fn.max('version').as('version'))
      .where('name', '=', name)
      .where('source', '=', source)
      .where('role', '=', role)
      .executeTakeFirst();
    try {
      const shown = await trx
        .updateTable('dataset')
        .set({ ...given.values, state: 'visible', version: (newest?.version ?? 0) + 1 })
        .where('id', '=', given.datasetId)
        .where('state', '=', 'importing')
        .returningAll()
        .executeTakeFirst();
      if (shown === undefined)
        throw new Error(
          'This dataset was swept while it was written, because it gave no sign of life ' +
            'for a minute. Nothing of it is visible; start it again.',
        );
      await given.also(trx, shown);
      return shown;
    } catch (error) {
      if (isUniqueViolation(error)) throw new TryAgain();
      throw error;
    }
  };
  return inTransaction(db, work, { repeatable: true });
}

/** Begins a version that nobody sees; the caller closes it. */
export async function beginVersion(
  database: Database,
  facts: VersionFacts,
  context: VersionContext,
): Promise<Version> {
  const { db } = database;
  const { now, signal, mostSlots } = context;
  const pace = paceFor(db, now, context.fixedStep);
  const datasetId = await createVersion(db, facts, now());
  const store = openRowStore(database);
  const alive = setInterval(() => {
    void db
      .updateTable('dataset')
      .set({ alive_at: databaseTime(db) })
      .where('id', '=', datasetId)
      .execute()
      .catch(() => undefined);
  }, deadAfter / 12);
  alive.unref();
  const tally = new Tally({ exact: facts.dropDuplicates, most: mostSlots });
  const content = createHash('sha256');
  let contentBytes = 0;
  let examples: NewExample[] = [];
  let rejections: NewRejection[] = [];
  let stepBytes = 0;
  let rejected = 0;
  let dropped = 0;
  let refused = false;
  let shown = false;
  const countsNow = (): VersionCounts => ({ examples: tally.examples, rejected, dropped });

  async function flush(): Promise<void> {
    signal.throwIfAborted();
    await store.write(datasetId, refused ? [] : examples, rejections);
    examples = [];
    rejections = [];
    stepBytes = 0;
    context.stored?.(countsNow());
    await pace.breathe();
  }

  function take(row: ParsedRow): void {
    stepBytes += row.raw.length;
    if (row.kind === 'rejected') {
      rejected += 1;
      rejections.push(row);
      return;
    }
    if (refused) return;
    if (facts.dropDuplicates && tally.repeatsExactly(row.line, hash('sha256', row.raw, 'buffer'))) {
      dropped += 1;
      return;
    }
    tally.count(row);
    examples.push(row);
    if (facts.file === null) {
      content.update(row.raw).update('\n');
      contentBytes += row.raw.length + 1;
    }
  }

  return {
    datasetId,
    pace,
    get counts() {
      return countsNow();
    },
    async write(rows) {
      for (const row of rows) {
        take(row);
        if (examples.length + rejections.length >= pace.step.rows || stepBytes >= pace.step.bytes)
          await flush();
      }
      signal.throwIfAborted();
    },
    refuse() {
      refused = true;
    },
    finish: flush,
    async show(also) {
      if (refused) throw new Error('This version was refused, so it is not shown.');
      if (shown) throw new Error('This version is shown already.');
      if (examples.length + rejections.length > 0) await flush();
      const duplicates = tally.tableFull
        ? await findDuplicates(db, datasetId, tally.examples, signal, mostSlots)
        : tally.duplicates;
      await markRepeats(db, pace, datasetId, duplicates);
      const unseen = await getDataset(db, datasetId);
      const comparison = await findSharedRows(db, unseen, tally.examples, { signal, mostSlots });
      await markShared(db, pace, unseen, comparison.shared);
      const health: Health = {
        ...tally.health(),
        ...(await countFindings(db, datasetId, tally.examples)),
      };
      const sha256 = (await facts.file?.sha256()) ?? content.copy().digest('hex');
      signal.throwIfAborted();
      const values = {
        example_count: tally.examples,
        rejected_count: rejected,
        dropped_duplicate_count: dropped,
        byte_count: facts.file?.byteCount ?? contentBytes,
        sha256,
        health: writeJson(Health, health),
        visible_at: now(),
      };
      const dataset = await makeVisible(db, { datasetId, facts, values, also });
      shown = true;
      return { dataset, ...comparison };
    },
    async discard() {
      if (await retireDataset(db, datasetId))
        await discardRows(db, datasetId, { keepRejections: true, pace });
    },
    async close() {
      clearInterval(alive);
      await store.close();
    },
  };
}
