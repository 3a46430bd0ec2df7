/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import {
  type Estimate,
  type Estimated,
  tInterval,
  type Undefined,
  undefinedBecause,
} from '../estimate.js';
import { type TestResult, zTest } from '../hypothesis.js';
import type { Ratings } from '../ratings.js';
import { lowestOf } from './chanceCorrected.js';

/**
 * Counts of what two raters answered about the items both judged: row the first rater's answer,
 * column the second's.
 */
export interface PairTable {
  readonly size: number;
  /** size × size, row by row. */
  readonly counts: Float64Array;
}

/** A two-rater coefficient with its ingredients. `n` counts the items both judged. */
export interface PairEstimated extends Estimated {
  readonly observed: number;
  readonly expected: number;
}
export type PairEstimate = PairEstimated | Undefined;

/** The table of two raters over the items that both judged. */
export function pairTable(ratings: Ratings, first: number, second: number): PairTable {
  const size = ratings.categoryCount;
  const counts = new Float64Array(size * size);
  for (let item = 0; item < ratings.itemCount; item++) {
    let one = -1;
    let other = -1;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
      if (ratings.raters[row] === first) one = ratings.values[row]!;
      if (ratings.raters[row] === second) other = ratings.values[row]!;
    }
    if (one >= 0 && other >= 0) counts[one * size + other]!++;
  }
  return { size, counts };
}

/**
 * Cohen's kappa (1960), weighted where a table of agreement weights is given (Cohen 1968),
 * with the large-sample standard error of Fleiss, Cohen and Everitt (1969).
 */
export function cohenKappa(table: PairTable, weights?: Float64Array, level = 0.95): PairEstimate {
  return pairCoefficient(table, weights, level, ({ rows, columns }, w, size) => {
    const byRow = times(w, columns, size);
    const byColumn = timesTransposed(w, rows, size);
    return {
      expected: inner(rows, byRow),
      slope: (row, column) => byRow[row]! + byColumn[column]!,
    };
  });
}

/**
 * The z test that two raters agree by chance only, with the variance under that hypothesis (Fleiss,
 * Cohen and Everitt 1969).
 */
export function cohenTest(table: PairTable, weights?: Float64Array): TestResult {
  const kappa = cohenKappa(table, weights);
  if (kappa.kind === 'undefined') return kappa;
  const { size, counts } = table;
  const w =
    weights ??
    Float64Array.from({ length: size * size }, (_, cell) => (cell % (size + 1) === 0 ? 1 : 0));
  const { rows, columns } = marginsOf(table, kappa.n);
  const byRow = times(w, columns, size);
  const byColumn = timesTransposed(w, rows, size);
  let squares = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    const row = Math.floor(cell / size);
    const column = cell % size;
    squares += rows[row]! * columns[column]! * (w[cell]! - byRow[row]! - byColumn[column]!) ** 2;
  }
  const variance = (squares - kappa.expected ** 2) / (kappa.n * (1 - kappa.expected) ** 2);
  return variance > 1e-15
    ? zTest(kappa.value / Math.sqrt(variance))
    : undefinedBecause('no-variance');
}

/**
 * Scott's pi (1955): both raters share one distribution of answers. Weights and error as for
 * `cohenKappa`.
 */
export function scottPi(table: PairTable, weights?: Float64Array, level = 0.95): PairEstimate {
  return pairCoefficient(table, weights, level, ({ rows, columns }, w, size) => {
    const both = rows.map((share, category) => (share + columns[category]!) / 2);
    const weighted = times(w, both, size);
    return {
      expected: inner(both, weighted),
      slope: (row, column) => weighted[row]! + weighted[column]!,
    };
  });
}

/**
 * Gwet's AC1 (AC2 with weights) of two raters, with the large-sample error of the two-rater table.
 */
export function pairGwet(table: PairTable, weights?: Float64Array, level = 0.95): PairEstimate {
  return pairCoefficient(
    table,
    weights,
    level,
    ({ rows, columns }, w, size) => {
      const both = rows.map((share, category) => (share + columns[category]!) / 2);
      const scale = w.reduce((sum, weight) => sum + weight, 0) / (size * (size - 1));
      return {
        expected: scale * both.reduce((sum, share) => sum + share * (1 - share), 0),
        slope: (row, column) => 2 * scale * (1 - (both[row]! + both[column]!) / 2),
      };
    },
    'gwet',
  );
}

/**
 * The Brennan-Prediger coefficient of two raters, with the large-sample error of the two-rater
 * table.
 */
export function pairBrennanPrediger(
  table: PairTable,
  weights?: Float64Array,
  level = 0.95,
): PairEstimate {
  return pairCoefficient(
    table,
    weights,
    level,
    (_, w, size) => {
      const expected = w.reduce((sum, weight) => sum + weight, 0) / (size * size);
      return { expected, slope: () => 2 * expected };
    },
    'brennan-prediger',
  );
}

/** Share of items about which two raters agree (weighted where weights are given). */
export function pairAgreement(table: PairTable, weights?: Float64Array, level = 0.95): Estimate {
  return pairCoefficient(
    table,
    weights,
    level,
    () => ({ expected: 0, slope: () => 0 }),
    'percent-agreement',
  );
}

interface Margins {
  readonly rows: Float64Array;
  readonly columns: Float64Array;
}

/** Chance agreement, and how it moves with the share of each cell. */
interface PairChance {
  readonly expected: number;
  readonly slope: (row: number, column: number) => number;
}

function pairCoefficient(
  table: PairTable,
  weights: Float64Array | undefined,
  level: number,
  chance: (margins: Margins, weights: Float64Array, size: number) => PairChance,
  coefficient?: 'percent-agreement' | 'gwet' | 'brennan-prediger',
): PairEstimate {
  const { size, counts } = table;
  const n = counts.reduce((sum, count) => sum + count, 0);
  if (n === 0) return undefinedBecause('no-pairs');
  if (size < 2 && coefficient !== 'percent-agreement')
    return undefinedBecause('one-declared-category');
  const w =
    weights ??
    Float64Array.from({ length: size * size }, (_, cell) => (cell % (size + 1) === 0 ? 1 : 0));
  const { rows, columns } = marginsOf(table, n);
  let observed = 0;
  for (let cell = 0; cell < counts.length; cell++) observed += (w[cell]! * counts[cell]!) / n;
  const { expected, slope } = chance({ rows, columns }, w, size);
  if (
    1 - expected < 1e-12 ||
    (coefficient === undefined &&
      rows.some((share, category) => share + columns[category]! > 2 - 1e-12))
  ) {
    return undefinedBecause('one-category');
  }
  const value = (observed - expected) / (1 - expected);
  let squares = 0;
  let centre = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const share = counts[row * size + column]! / n;
      const part = w[row * size + column]! - (1 - value) * slope(row, column);
      squares += share * part * part;
      centre += share * part;
    }
  }
  const error = Math.sqrt(Math.max(0, squares - centre * centre) / n) / (1 - expected);
  const standardError = error < 1e-9 ? 0 : error;
  const shared = { kind: 'estimate', value, n, observed, expected, standardError } as const;
  if (n < 2) return { ...shared, withoutInterval: undefinedBecause('one-item').because };
  return {
    ...shared,
    ...tInterval(value, standardError, n - 1, level, 'large-sample-t', {
      lower: Math.min(value, coefficient === undefined ? -1 : lowestOf(coefficient, w, size)),
      upper: 1,
    }),
  };
}

function marginsOf({ size, counts }: PairTable, n: number): Margins {
  const rows = new Float64Array(size);
  const columns = new Float64Array(size);
  for (let cell = 0; cell < counts.length; cell++) {
    rows[Math.floor(cell / size)]! += counts[cell]! / n;
    columns[cell % size]! += counts[cell]! / n;
  }
  return { rows, columns };
}

function times(weights: Float64Array, shares: Float64Array, size: number): Float64Array {
  return shares.map((_, row) =>
    shares.reduce((sum, share, column) => sum + weights[row * size + column]! * share, 0),
  );
}

function timesTransposed(weights: Float64Array, shares: Float64Array, size: number): Float64Array {
  return shares.map((_, column) =>
    shares.reduce((sum, share, row) => sum + weights[row * size + column]! * share, 0),
  );
}

function inner(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}
