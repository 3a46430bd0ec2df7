import type { Db } from '#storage/database.js';
import { type Dataset, getDataset } from '../dataset.js';
import { comparisonFindings, excludesByDefault } from '../findingWords.js';
import { findShared, type Pairs } from './duplicates.js';
import { markExamples } from './marks.js';
import { type Pace, paceFor } from './pace.js';
import { recountHealth } from './recount.js';

/** The newest visible version of every other dataset of the same behaviour. */
async function neighbours(db: Db, dataset: Dataset): Promise<Dataset[]> {
  const rows = await db
    .selectFrom('dataset')
    .selectAll()
    .where('behaviour_id', '=', dataset.behaviour_id)
    .where('state', '=', 'visible')
    .where('id', '<>', dataset.id)
    .orderBy('version', 'desc')
    .execute();
  const newest = new Map<string, Dataset>();
  for (const row of rows) {
    const key = JSON.stringify([row.name, row.source, row.role]);
    if (!newest.has(key)) newest.set(key, row);
  }
  return [...newest.values()];
}

/** Rows that a dataset shares with another of its behaviour. */
export interface Shared {
  readonly other: Dataset;
  readonly finding: string;
  /** (line of the dataset, line of the other). */
  readonly pairs: Pairs;
}

/** What a dataset was compared with, and what was found. */
export interface Comparison {
  /** Ids of the versions that it has been compared with. */
  readonly compared: ReadonlySet<number>;
  readonly shared: readonly Shared[];
}

interface Comparing {
  readonly signal: AbortSignal;
  readonly mostSlots?: number | undefined;
}

const wordsFor = (dataset: Dataset): string =>
  `${dataset.role === 'few-shot' ? 'few-shot prompts' : dataset.source === 'human' ? 'human-written set' : 'generated set'} ${dataset.name}, version ${dataset.version}`;

/**
 * Finds the rows that stand in both sets of a generated and human-written pair, and those copied
 * from few-shot prompts. What a generation dropped is in no pair. Versions that it was compared with `before` are passed over.
 */
export async function findSharedRows(
  db: Db,
  dataset: Dataset,
  rows: number,
  options: Comparing & { before?: ReadonlySet<number> },
): Promise<Comparison> {
  const shared: Shared[] = [];
  const compared = new Set<number>();
  for (const other of await neighbours(db, dataset)) {
    if (options.before?.has(other.id) === true) continue;
    compared.add(other.id);
    const fewShot = [dataset, other].filter((member) => member.role === 'few-shot').length;
    const dropped = [dataset, other].some((member) => member.part === 'dropped');
    if (fewShot === 2 || (fewShot === 0 && (dropped || other.source === dataset.source))) continue;
    const pairs = await findShared(
      db,
      { id: dataset.id, rows },
      { id: other.id, rows: other.example_count },
      options.signal,
      options.mostSlots,
    );
    if (pairs.length > 0)
      shared.push({
        other,
        finding: fewShot === 1 ? comparisonFindings.fewShotCopy : comparisonFindings.inBothSets,
        pairs,
      });
  }
  return { compared, shared };
}

/** Puts the findings on the dataset itself. */
export async function markShared(
  db: Db,
  pace: Pace,
  dataset: Dataset,
  shared: readonly Shared[],
): Promise<void> {
  if (dataset.role === 'few-shot') return;
  for (const { other, finding, pairs } of shared) {
    await markExamples(db, pace, {
      datasetId: dataset.id,
      finding,
      excludes: excludesByDefault(finding),
      marks: pairs.map(([line, otherLine]) => ({
        line,
        detail: `line ${otherLine} of the ${wordsFor(other)}`,
      })),
    });
  }
}

/**
 * Puts the same findings on the other side, once the dataset is visible, and brings the others'
 * health checks up to date.
 */
async function markNeighbours(
  db: Db,
  pace: Pace,
  dataset: Dataset,
  shared: readonly Shared[],
): Promise<void> {
  for (const { other, finding, pairs } of shared) {
    if (other.role === 'few-shot') continue;
    await markExamples(db, pace, {
      datasetId: other.id,
      finding,
      excludes: excludesByDefault(finding),
      marks: pairs.map(([line, otherLine]) => ({
        line: otherLine,
        detail: `line ${line} of the ${wordsFor(dataset)}`,
      })),
    });
    await recountHealth(db, other.id);
  }
}

/**
 * Puts the findings of a visible version on its counterparts; done again it changes nothing. Of two
 * that became visible at the same moment neither saw the other, so it looks again, and marks both
 * sides for a counterpart that it was not compared with. The version is in use by now, so that a
 * failure is told and undoes nothing: gives what went wrong, or null.
 */
export async function markCounterparts(
  db: Db,
  pace: Pace,
  { dataset, compared, shared }: Comparison & { readonly dataset: Dataset },
  options: Comparing,
): Promise<string | null> {
  try {
    await markNeighbours(db, pace, dataset, shared);
    const late = await findSharedRows(db, dataset, dataset.example_count, {
      ...options,
      before: compared,
    });
    if (late.shared.length > 0) {
      await markShared(db, pace, dataset, late.shared);
      await recountHealth(db, dataset.id);
      await markNeighbours(db, pace, dataset, late.shared);
    }
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
  const nothing = { dataset, compared: new Set<number>(), shared: [] };
  return markCounterparts(db, paceFor(db, options.now), nothing, options);
}
