/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { normalQuantile } from '../distributions.js';
import { type Estimate, type Undefined, undefinedBecause } from '../estimate.js';
import { chiSquareTest, type Test, type TestResult, zTest } from '../hypothesis.js';
import type { Equivalence } from './means.js';

/** Counts of a table, row by row. */
export type Table = readonly (readonly number[])[];

/** The tests of independence of a table with what they rest on. */
export interface TableTests {
  readonly kind: 'table';
  readonly chiSquare: Test;
  /** The likelihood-ratio test. */
  readonly g: Test;
  /** With Yates' correction, for tables of two by two. */
  readonly corrected?: Test;
  /** Cramér's V, and the same with its bias taken off (Bergsma 2013). */
  readonly cramersV: number;
  readonly cramersVCorrected: number;
  readonly expected: readonly (readonly number[])[];
  readonly smallestExpected: number;
}

/**
 * Chi-square and likelihood-ratio tests that rows and columns are independent. Empty rows and
 * columns are left out.
 */
export function tableTests(table: Table): TableTests | Undefined {
  const counts = withoutEmpty(table);
  if (counts.length === 0) return undefinedBecause('no-data');
  if (counts.length < 2 || counts[0]!.length < 2) return undefinedBecause('empty-margin');
  const [rows, columns] = margins(counts);
  const n = rows.reduce((sum, count) => sum + count, 0);
  const expected = rows.map((row) => columns.map((column) => (row * column) / n));
  let squares = 0;
  let corrected = 0;
  let g = 0;
  for (const [row, cells] of counts.entries()) {
    for (const [column, count] of cells.entries()) {
      const wanted = expected[row]![column]!;
      const off = Math.abs(count - wanted);
      squares += off ** 2 / wanted;
      corrected += (off - Math.min(0.5, off)) ** 2 / wanted;
      if (count > 0) g += 2 * count * Math.log(count / wanted);
    }
  }
  const [r, c] = [rows.length, columns.length];
  const degreesOfFreedom = (r - 1) * (c - 1);
  const [smallR, smallC] = [r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)];
  const least = Math.min(smallR, smallC) - 1;
  const association = Math.max(0, squares / n - degreesOfFreedom / (n - 1));
  return {
    kind: 'table',
    chiSquare: chiSquareTest(squares, degreesOfFreedom),
    g: chiSquareTest(Math.max(0, g), degreesOfFreedom),
    ...(r === 2 && c === 2 ? { corrected: chiSquareTest(corrected, 1) } : {}),
    cramersV: Math.sqrt(squares / n / (Math.min(r, c) - 1)),
    cramersVCorrected: least > 0 ? Math.sqrt(association / least) : 0,
    expected,
    smallestExpected: Math.min(...expected.flat()),
  };
}

/** The exact test of a table of two by two (Fisher 1935). */
export interface FisherTest {
  readonly kind: 'fisher';
  /** Two-sided: all tables no likelier than this one. */
  readonly p: number;
  readonly less: number;
  readonly greater: number;
  /**
   * The conditional maximum likelihood estimate with its exact interval; undefined where a cell of
   * a diagonal is empty.
   */
  readonly oddsRatio: Estimate;
}

/** Fisher's exact test of [[a, b], [c, d]]. */
export function fisherExact(table: Table, level = 0.95): FisherTest | Undefined {
  const [a = 0, b = 0, c = 0, d = 0] = table.flat();
  if (a + b + c + d === 0) return undefinedBecause('no-data');
  const lowest = Math.max(0, a - d);
  const highest = Math.min(a + b, a + c);
  const logs = Float64Array.from({ length: highest - lowest + 1 }, (_, place) => {
    const x = lowest + place;
    return -(
      logFactorial(x) +
      logFactorial(a + b - x) +
      logFactorial(a + c - x) +
      logFactorial(d - a + x)
    );
  });
  const central = chancesAt(logs, lowest, 0);
  const own = central[a - lowest]!;
  let p = 0;
  let less = 0;
  let greater = 0;
  for (const [place, chance] of central.entries()) {
    if (chance <= own * (1 + 1e-7)) p += chance;
    if (place <= a - lowest) less += chance;
    if (place >= a - lowest) greater += chance;
  }
  return {
    kind: 'fisher',
    p: Math.min(1, p),
    less: Math.min(1, less),
    greater: Math.min(1, greater),
    oddsRatio: conditionalOddsRatio(logs, lowest, highest, a, a + b + c + d, level),
  };
}

/**
 * McNemar's tests of [[both, first only], [second only, neither]]: pairs in which one alone says
 * yes.
 */
export interface McNemarTests {
  readonly kind: 'mcnemar';
  readonly exact: number;
  readonly chiSquare: Test;
  readonly corrected: Test;
}

/** Whether two judges of the same units say yes equally often. */
export function mcNemar(table: Table): McNemarTests | Undefined {
  const b = table[0]?.[1] ?? 0;
  const c = table[1]?.[0] ?? 0;
  if (b + c === 0) return undefinedBecause('no-differences');
  return {
    kind: 'mcnemar',
    exact: signTest(b, c),
    chiSquare: chiSquareTest((b - c) ** 2 / (b + c), 1),
    corrected: chiSquareTest((Math.abs(b - c) - Math.min(1, Math.abs(b - c))) ** 2 / (b + c), 1),
  };
}

/** The exact two-sided p-value that positive and negative differences are equally likely. */
export function signTest(positives: number, negatives: number): number {
  const n = positives + negatives;
  let tail = 0;
  for (let x = 0; x <= Math.min(positives, negatives); x++)
    tail += Math.exp(logFactorial(n) - logFactorial(x) - logFactorial(n - x) - n * Math.LN2);
  return n === 0 ? 1 : Math.min(1, 2 * tail);
}

/** A number of successes among trials. */
export interface Share {
  readonly successes: number;
  readonly trials: number;
}

/** The z test that two independent shares are equal, with pooled variance (default) or without. */
export function shareTest(
  first: Share,
  second: Share,
  variance: 'pooled' | 'unpooled' = 'pooled',
): TestResult {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  const [p, q] = [first.successes / first.trials, second.successes / second.trials];
  const pooled = (first.successes + second.successes) / (first.trials + second.trials);
  const squared =
    variance === 'pooled'
      ? pooled * (1 - pooled) * (1 / first.trials + 1 / second.trials)
      : (p * (1 - p)) / first.trials + (q * (1 - q)) / second.trials;
  return squared > 0 ? zTest((p - q) / Math.sqrt(squared)) : undefinedBecause('no-variance');
}

/** Equivalence of two independent shares within a margin (two one-sided Wald tests). */
export function shareEquivalence(
  first: Share,
  second: Share,
  margin: number,
): Equivalence | Undefined {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  const [p, q] = [first.successes / first.trials, second.successes / second.trials];
  const error = Math.sqrt((p * (1 - p)) / first.trials + (q * (1 - q)) / second.trials);
  if (!(error > 0)) return undefinedBecause('no-variance');
  const lower = zTest((p - q + margin) / error, 'greater');
  const upper = zTest((p - q - margin) / error, 'less');
  return { kind: 'equivalence', lower, upper, p: Math.max(lower.p, upper.p) };
}

/**
 * The ratio of the odds of two shares with a large-sample interval; undefined where a cell is
 * empty.
 */
export function oddsRatio(first: Share, second: Share, level = 0.95): Estimate {
  const [a, b, c, d] = [
    first.successes,
    first.trials - first.successes,
    second.successes,
    second.trials - second.successes,
  ];
  return ratio((a * d) / (b * c), 1 / a + 1 / b + 1 / c + 1 / d, first, second, level);
}

/** The ratio of two shares with a large-sample interval. */
export function riskRatio(first: Share, second: Share, level = 0.95): Estimate {
  const [p, q] = [first.successes / first.trials, second.successes / second.trials];
  return ratio(p / q, (1 - p) / first.successes + (1 - q) / second.successes, first, second, level);
}

/** Cohen's h: the difference of two shares on the arcsine scale. */
export function cohenH(first: Share, second: Share): Estimate {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  const angle = ({ successes, trials }: Share): number =>
    2 * Math.asin(Math.sqrt(successes / trials));
  return { kind: 'estimate', value: angle(first) - angle(second), n: first.trials + second.trials };
}

/** The logarithm of n factorial, exact sums for small n. */
export function logFactorial(n: number): number {
  while (logFactorials.length <= Math.min(n, 1 << 16))
    logFactorials.push(logFactorials.at(-1)! + Math.log(logFactorials.length));
  if (n < logFactorials.length) return logFactorials[n]!;
  const x = n + 1;
  return (
    (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3)
  );
}
const logFactorials = [0];

function ratio(
  value: number,
  variance: number,
  first: Share,
  second: Share,
  level: number,
): Estimate {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  if (Number.isNaN(value)) return undefinedBecause('empty-margin');
  if (!Number.isFinite(value)) return undefinedBecause('infinite');
  const n = first.trials + second.trials;
  if (!(value > 0) || !Number.isFinite(variance))
    return { kind: 'estimate', value, n, withoutInterval: undefinedBecause('infinite').because };
  const reach = normalQuantile(1 - (1 - level) / 2) * Math.sqrt(variance);
  return {
    kind: 'estimate',
    value,
    n,
    interval: {
      lower: value * Math.exp(-reach),
      upper: value * Math.exp(reach),
      level,
      method: 'log-wald',
    },
  };
}

function withoutEmpty(table: Table): number[][] {
  const rows = table.filter((row) => row.some((count) => count > 0));
  const columns = [...(rows[0] ?? []).keys()].filter((column) =>
    rows.some((row) => row[column]! > 0),
  );
  return rows.map((row) => columns.map((column) => row[column]!));
}

function margins(table: readonly (readonly number[])[]): [number[], number[]] {
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = table[0]!.map((_, column) => table.reduce((sum, row) => sum + row[column]!, 0));
  return [rows, columns];
}

/** The noncentral hypergeometric chances at a log odds ratio. */
function chancesAt(logs: Float64Array, lowest: number, logOdds: number): Float64Array {
  let highest = -Infinity;
  for (const [place, value] of logs.entries())
    highest = Math.max(highest, value + (lowest + place) * logOdds);
  const chances = logs.map((value, place) =>
    Math.exp(value + (lowest + place) * logOdds - highest),
  );
  const whole = chances.reduce((sum, chance) => sum + chance, 0);
  return chances.map((chance) => chance / whole);
}

function conditionalOddsRatio(
  logs: Float64Array,
  lowest: number,
  highest: number,
  a: number,
  n: number,
  level: number,
): Estimate {
  if (lowest === highest) return undefinedBecause('empty-margin');
  const tail = (1 - level) / 2;
  const solve = (excess: (chances: Float64Array) => number): number => {
    let [low, high] = [-60, 60];
    for (let step = 0; step < 200; step++) {
      const middle = (low + high) / 2;
      if (excess(chancesAt(logs, lowest, middle)) < 0) low = middle;
      else high = middle;
    }
    return Math.exp((low + high) / 2);
  };
  const upTo = (chances: Float64Array): number =>
    chances.subarray(0, a - lowest + 1).reduce((sum, chance) => sum + chance, 0);
  const from = (chances: Float64Array): number =>
    chances.subarray(a - lowest).reduce((sum, chance) => sum + chance, 0);
  if (a === highest) return undefinedBecause('infinite');
  const lower = a === lowest ? 0 : solve((chances) => from(chances) - tail);
  const upper = solve((chances) => tail - upTo(chances));
  const value =
    a === lowest
      ? 0
      : solve(
          (chances) =>
            chances.reduce((sum, chance, place) => sum + chance * (lowest + place), 0) - a,
        );
  return {
    kind: 'estimate',
    value,
    n,
    interval: { lower, upper, level, method: 'conditional-exact' },
  };
}

/** Partial tables beyond which no exact test of a larger table is made. */
const mostPartialTables = 1e7;

/**
 * Fisher's exact test of a table of any size: the chance of all tables with these margins that are
 * no likelier than it. The columns are cut in two halves, whose partial tables are listed and met
 * by their row sums.
 */
export function fisherExactTable(
  table: Table,
): { readonly kind: 'exact'; readonly p: number } | Undefined {
  const counts = withoutEmpty(table);
  if (counts.length === 0) return undefinedBecause('no-data');
  if (counts.length < 2 || counts[0]!.length < 2) return undefinedBecause('empty-margin');
  const tall =
    counts.length > counts[0]!.length
      ? counts[0]!.map((_, column) => counts.map((row) => row[column]!))
      : counts;
  const [rows, allColumns] = margins(tall);
  const columns = allColumns.toSorted((one, other) => other - one);
  const n = rows.reduce((sum, count) => sum + count, 0);
  const constant =
    [...rows, ...columns].reduce((sum, count) => sum + logFactorial(count), 0) - logFactorial(n);
  const own = constant - tall.flat().reduce((sum, count) => sum + logFactorial(count), 0);
  const left = columns.filter((_, place) => place % 2 === 0);
  const right = columns.filter((_, place) => place % 2 === 1);
  const budget = { left: mostPartialTables };
  const one = partialTables(rows, left, budget);
  const other = one === null ? null : partialTables(rows, right, budget);
  if (one === null || other === null) return undefinedBecause('too-large');
  const threshold = own + 1e-7;
  let p = 0;
  const full = rows.reduce((key, row, place) => key + row * radix(rows, place), 0);
  for (const [key, logs] of one) {
    const partners = other.get(full - key);
    if (partners !== undefined) p += sumBelow(logs, partners, threshold - constant, constant);
  }
  return { kind: 'exact', p: Math.min(1, p) };
}

/** What one more in a row adds to the number that stands for the row sums used up. */
function radix(rows: readonly number[], place: number): number {
  return rows.slice(0, place).reduce((product, row) => product * (row + 1), 1);
}

/**
 * Log weights (minus the log factorials of the cells) of all ways to fill the columns, by the row
 * sums that they use up.
 */
function partialTables(
  rows: readonly number[],
  columns: readonly number[],
  budget: { left: number },
): Map<number, number[]> | null {
  let found = new Map<number, number[]>([[0, [0]]]);
  let used = new Map<number, readonly number[]>([[0, rows.map(() => 0)]]);
  for (const column of columns) {
    const ways = fillings(rows, column, budget);
    if (ways === null) return null;
    const next = new Map<number, number[]>();
    const nextUsed = new Map<number, readonly number[]>();
    for (const [key, logs] of found) {
      const before = used.get(key)!;
      for (const way of ways) {
        if (way.cells.some((cell, place) => cell + before[place]! > rows[place]!)) continue;
        budget.left -= logs.length;
        if (budget.left < 0) return null;
        const sums = key + way.key;
        let list = next.get(sums);
        if (list === undefined) {
          next.set(sums, (list = []));
          nextUsed.set(
            sums,
            way.cells.map((cell, place) => cell + before[place]!),
          );
        }
        for (const log of logs) list.push(log + way.log);
      }
    }
    found = next;
    used = nextUsed;
  }
  return found;
}

interface Filling {
  readonly cells: readonly number[];
  readonly key: number;
  readonly log: number;
}

function fillings(
  rows: readonly number[],
  total: number,
  budget: { left: number },
): Filling[] | null {
  const found: Filling[] = [];
  const cells = rows.map(() => 0);
  const after = rows.map((_, place) => rows.slice(place + 1).reduce((sum, row) => sum + row, 0));
  const walk = (place: number, left: number, key: number, log: number): void => {
    if (budget.left < 0) return;
    if (place === rows.length) {
      budget.left--;
      found.push({ cells: [...cells], key, log });
      return;
    }
    const step = radix(rows, place);
    for (
      let cell = Math.max(0, left - after[place]!);
      cell <= Math.min(rows[place]!, left);
      cell++
    ) {
      cells[place] = cell;
      walk(place + 1, left - cell, key + cell * step, log - logFactorial(cell));
    }
  };
  walk(0, total, 0, 0);
  return budget.left < 0 ? null : found;
}

/** The sum of exp(constant + one + other) over all pairs with one + other at most the threshold. */
function sumBelow(
  ones: readonly number[],
  others: readonly number[],
  threshold: number,
  constant: number,
): number {
  const sorted = Float64Array.from(others).sort();
  const sums = new Float64Array(sorted.length + 1);
  const top = sorted.at(-1)!;
  for (const [place, log] of sorted.entries()) sums[place + 1] = sums[place]! + Math.exp(log - top);
  let whole = 0;
  for (const one of ones) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! + one <= threshold) low = middle + 1;
      else high = middle;
    }
    if (low > 0) whole += Math.exp(constant + one + top) * sums[low]!;
  }
  return whole;
}
