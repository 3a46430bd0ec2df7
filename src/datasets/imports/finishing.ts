import { recordAudit } from '#accounts/audit.js';
import type { Database, Db } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import { isUniqueViolation } from '#storage/faults.js';
import { inTransaction, TryAgain } from '#storage/transaction.js';
import { type Dataset, getDataset } from '../dataset.js';
import { comparisonFindings, excludesByDefault } from '../findingWords.js';
import { Health } from '../health.js';
import { findSharedRows, markNeighbours, markShared, type Shared } from './counterparts.js';
import type { Duplicates } from './duplicates.js';
import type { FileToImport, ImportContext } from './importFile.js';
import { setFileState } from './import.js';
import { markExamples } from './marks.js';
import { type Pace, paceFor } from './pace.js';
import { countFindings } from './recount.js';
import type { Tally } from './tally.js';

interface Finishing {
  readonly datasetId: number;
  readonly file: FileToImport;
  readonly tally: Tally;
  readonly duplicates: Duplicates;
  readonly rejected: number;
  /** Exact duplicates that were not stored. */
  readonly dropped: number;
  readonly sha256: string;
  readonly pace: Pace;
  readonly context: ImportContext;
}

async function markRepeats(
  db: Db,
  pace: Pace,
  datasetId: number,
  duplicates: Duplicates,
): Promise<void> {
  await markExamples(db, pace, {
    datasetId,
    finding: comparisonFindings.duplicate,
    excludes: excludesByDefault(comparisonFindings.duplicate),
    marks: duplicates.same.map(([line, first]) => ({ line, detail: `the same as line ${first}` })),
  });
  const contrary = comparisonFindings.contraryLabel;
  const both = [
    duplicates.contrary.map(([line, first]) => ({
      line,
      detail: `the same as line ${first}, which has another label`,
    })),
    duplicates.contrary.map(([line, first]) => ({
      line: first,
      detail: `the same as line ${line}, which has another label`,
    })),
  ];
  for (const marks of both)
    await markExamples(db, pace, {
      datasetId,
      finding: contrary,
      excludes: excludesByDefault(contrary),
      marks,
    });
}

/**
 * The last step: one short transaction gives the version its number, shows it, and notes that its
 * file is done.
 */
async function makeVisible(db: Db, given: Finishing, health: Health): Promise<Dataset> {
  const { datasetId, file, context } = given;
  return inTransaction(db, async (trx) => {
    const { name, source, role } = file.plan;
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
        .set({
          state: 'visible',
          version: (newest?.version ?? 0) + 1,
          example_count: given.tally.examples,
          rejected_count: given.rejected,
          dropped_duplicate_count: given.dropped,
          health: writeJson(Health, health),
          sha256: given.sha256,
          visible_at: context.now(),
        })
        .where('id', '=', datasetId)
        .where('state', '=', 'importing')
        .returningAll()
        .executeTakeFirst();
      if (shown === undefined)
        throw new Error(
          'This import was swept while it ran, because it gave no sign of life for a minute. Nothing of it is visible; start it again.',
        );
      const account =
        file.accountId === null
          ? undefined
          : await trx
              .selectFrom('account')
              .select(['id', 'email'])
              .where('id', '=', file.accountId)
              .executeTakeFirst();
      await recordAudit(trx, {
        at: context.now(),
        staff: account === undefined ? null : { accountId: account.id, email: account.email },
        action: 'dataset.import',
        subject: `dataset ${shown.public_id}`,
        detail: {
          name,
          version: shown.version,
          source,
          role,
          examples: given.tally.examples,
          rejected: given.rejected,
        },
      });
      if (file.importFileId !== null)
        await setFileState(trx, file.importFileId, {
          state: 'done',
          dataset_id: datasetId,
          message: null,
        });
      return shown;
    } catch (error) {
      if (isUniqueViolation(error)) throw new TryAgain();
      throw error;
    }
  });
}

/** A version that is visible, with the rows that it shares with its counterparts. */
export interface Finished {
  readonly dataset: Dataset;
  readonly shared: readonly Shared[];
}

/** Compares, counts and shows a version whose rows are all stored. */
export async function finishDataset(database: Database, given: Finishing): Promise<Finished> {
  const { db } = database;
  const { datasetId, tally, pace, context } = given;
  const { signal, mostSlots } = context;
  await markRepeats(db, pace, datasetId, given.duplicates);
  const dataset = await getDataset(db, datasetId);
  const shared = await findSharedRows(db, dataset, tally.examples, { signal, mostSlots });
  await markShared(db, pace, dataset, shared);
  const health: Health = {
    ...tally.health(),
    ...(await countFindings(db, datasetId, tally.examples)),
  };
  signal.throwIfAborted();
  return { dataset: await makeVisible(db, given, health), shared };
}

/**
 * Puts the findings of a visible version on its counterparts; done again it changes nothing. The
 * version is in use by now, so that a failure is told and undoes nothing: gives what went wrong, or
 * null.
 */
export async function markCounterparts(
  db: Db,
  pace: Pace,
  { dataset, shared }: Finished,
): Promise<string | null> {
  try {
    await markNeighbours(db, pace, dataset, shared);
    return null;
  } catch (error) {
    return `It is imported, but the rows that it shares with other datasets are marked on its own side alone (${error instanceof Error ? error.message : String(error)}).`;
  }
}

/** Does the same for a version whose process may have died before. */
export async function markCounterpartsAgain(
  db: Db,
  datasetId: number,
  options: { now: () => number; signal: AbortSignal },
): Promise<string | null> {
  const dataset = await getDataset(db, datasetId);
  if (dataset.state !== 'visible') return null;
  const shared = await findSharedRows(db, dataset, dataset.example_count, {
    signal: options.signal,
  });
  return markCounterparts(db, paceFor(db, options.now), { dataset, shared });
}
