/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { type Estimate, type Undefined, undefinedBecause } from '../estimate.js';
import { chiSquareTest, type Test } from '../hypothesis.js';
import { logFactorial } from './logFactorial.js';

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
  const logs = Float64Array.from({ length: highest - lowest + 1 }, (_, index) => {
    const x = lowest + index;
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
  for (const [index, chance] of central.entries()) {
    if (chance <= own * (1 + 1e-7)) p += chance;
    if (index <= a - lowest) less += chance;
    if (index >= a - lowest) greater += chance;
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

export function withoutEmpty(table: Table): number[][] {
  const rows = table.filter((row) => row.some((count) => count > 0));
  const columns = [...(rows[0] ?? []).keys()].filter((column) =>
    rows.some((row) => row[column]! > 0),
  );
  return rows.map((row) => columns.map((column) => row[column]!));
}

export function margins(table: readonly (readonly number[])[]): [number[], number[]] {
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = table[0]!.map((_, column) => table.reduce((sum, row) => sum + row[column]!, 0));
  return [rows, columns];
}

/** The noncentral hypergeometric chances at a log odds ratio. */
function chancesAt(logs: Float64Array, lowest: number, logOdds: number): Float64Array {
  let highest = -Infinity;
  for (const [index, value] of logs.entries())
    highest = Math.max(highest, value + (lowest + index) * logOdds);
  const chances = logs.map((value, index) =>
    Math.exp(value + (lowest + index) * logOdds - highest),
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
            chances.reduce((sum, chance, index) => sum + chance * (lowest + index), 0) - a,
        );
  return {
    kind: 'estimate',
    value,
    n,
    interval: { lower, upper, level, method: 'conditional-exact' },
  };
}
