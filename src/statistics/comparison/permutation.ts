/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import type { Alternative } from '../hypothesis.js';
import { createRandom, randomInteger, type Seed } from '../random.js';
import type { Numbers } from '../summary.js';

/** The p-value of a permutation test, with how it was found. */
export interface PermutationTest {
  readonly kind: 'permutation';
  readonly statistic: number;
  readonly p: number;
  readonly alternative: Alternative;
  /**
   * All rearrangements were counted; otherwise as many as `rearrangements` were drawn (Phipson and
   * Smyth 2010: one is added).
   */
  readonly exact: boolean;
  readonly rearrangements: number;
}

export interface PermutationOptions {
  readonly seed: Seed;
  /** Rearrangements to draw where not all can be counted. */
  readonly replicates?: number;
  readonly alternative?: Alternative;
  /** All rearrangements are counted up to this many different ones. */
  readonly mostCounted?: number;
}

/**
 * The difference of two samples given as how often each distinct value occurs in each; null where
 * it is undefined.
 */
export type CountedStatistic = (
  values: Float64Array,
  first: Float64Array,
  second: Float64Array,
) => number | null;

/**
 * Whether items of two groups differ: the group is the item's, so give one value per item (a mean
 * of its votes), not votes. Rearrangements that differ only among equal values are counted
 * together, so ordered answers are exact up to hundreds of items. Two-sided means at least as far
 * from 0.
 */
export function permutationTest(
  first: Numbers,
  second: Numbers,
  options: PermutationOptions,
  statistic: CountedStatistic = differenceOfMeans,
): PermutationTest | Undefined {
  const { seed, replicates = 9999, alternative = 'two-sided', mostCounted = 300_000 } = options;
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return undefinedBecause('no-data');
  const pooled = Float64Array.from([...Array.from(first), ...Array.from(second)]);
  const values = Float64Array.from(new Set(pooled)).sort();
  const numberOf = new Map([...values].map((value, index) => [value, index]));
  const totals = new Float64Array(values.length);
  const own = new Float64Array(values.length);
  for (const [index, value] of pooled.entries()) {
    totals[numberOf.get(value)!]!++;
    if (index < n) own[numberOf.get(value)!]!++;
  }
  const observed = statistic(
    values,
    own,
    totals.map((total, index) => total - own[index]!),
  );
  if (observed === null) return undefinedBecause('no-variance');
  const extreme = (value: number | null): boolean => {
    // A statistic undefined for a rearrangement (no overlap at all) counts as extreme: that is the
    // cautious side.
    if (value === null) return true;
    const slack = 1e-9 * Math.max(1, Math.abs(observed));
    if (alternative === 'greater') return value >= observed - slack;
    return alternative === 'less'
      ? value <= observed + slack
      : Math.abs(value) >= Math.abs(observed) - slack;
  };
  const shared = { kind: 'permutation', statistic: observed, alternative } as const;
  const different = countChoices(totals, n, mostCounted);
  if (different !== null) {
    let p = 0;
    forEachChoice(totals, n, (chosen, chance) => {
      if (
        extreme(
          statistic(
            values,
            chosen,
            totals.map((total, index) => total - chosen[index]!),
          ),
        )
      )
        p += chance;
    });
    return { ...shared, p: Math.min(1, p), exact: true, rearrangements: different };
  }
  const random = createRandom(seed);
  const numbers = Int32Array.from(pooled, (value) => numberOf.get(value)!);
  const chosen = new Float64Array(values.length);
  let reached = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    chosen.fill(0);
    for (let draw = 0; draw < n; draw++) {
      const other = draw + randomInteger(numbers.length - draw, random);
      const moved = numbers[draw]!;
      numbers[draw] = numbers[other]!;
      numbers[other] = moved;
      chosen[numbers[draw]!]!++;
    }
    if (
      extreme(
        statistic(
          values,
          chosen,
          totals.map((total, index) => total - chosen[index]!),
        ),
      )
    )
      reached++;
  }
  return {
    ...shared,
    p: (reached + 1) / (replicates + 1),
    exact: false,
    rearrangements: replicates,
  };
}

/** First mean minus second. */
export function differenceOfMeans(
  values: Float64Array,
  first: Float64Array,
  second: Float64Array,
): number {
  let [sumFirst, sumSecond, n, m] = [0, 0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    sumFirst += values[index]! * first[index]!;
    sumSecond += values[index]! * second[index]!;
    n += first[index]!;
    m += second[index]!;
  }
  return sumFirst / n - sumSecond / m;
}

/**
 * The statistic of Brunner and Munzel, studentised: valid also where the spreads differ (Neubert
 * and Brunner 2007).
 */
export function studentisedSuperiority(
  values: Float64Array,
  first: Float64Array,
  second: Float64Array,
): number | null {
  let [n, m] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    n += first[index]!;
    m += second[index]!;
  }
  let [below, beyond] = [0, 0];
  let [sumFirst, squaresFirst, sumSecond, squaresSecond] = [0, 0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const ofFirst = below + second[index]! / 2;
    const ofSecond = beyond + first[index]! / 2;
    below += second[index]!;
    beyond += first[index]!;
    sumFirst += first[index]! * ofFirst;
    squaresFirst += first[index]! * ofFirst ** 2;
    sumSecond += second[index]! * ofSecond;
    squaresSecond += second[index]! * ofSecond ** 2;
  }
  const varianceFirst = (squaresFirst - sumFirst ** 2 / n) / (n - 1) / (n * m * m);
  const varianceSecond = (squaresSecond - sumSecond ** 2 / m) / (m - 1) / (m * n * n);
  const variance = varianceFirst + varianceSecond;
  return variance > 1e-15 ? (sumSecond / (n * m) - 0.5) / Math.sqrt(variance) : null;
}

function countChoices(totals: Float64Array, n: number, most: number): number | null {
  let ways = new Float64Array(n + 1);
  ways[0] = 1;
  for (const total of totals) {
    const next = new Float64Array(n + 1);
    for (let taken = 0; taken <= n; taken++)
      for (let more = 0; more <= Math.min(total, n - taken); more++)
        next[taken + more]! += ways[taken]!;
    ways = next;
    if (ways.some((count) => count > most * 1e6)) return null;
  }
  return ways[n]! <= most ? ways[n]! : null;
}

/**
 * Visits every way to choose n of the values by how often each is chosen, with its hypergeometric
 * chance.
 */
function forEachChoice(
  totals: Float64Array,
  n: number,
  visit: (chosen: Float64Array, chance: number) => void,
): void {
  const chosen = new Float64Array(totals.length);
  const after = new Float64Array(totals.length + 1);
  for (let index = totals.length - 1; index >= 0; index--)
    after[index] = after[index + 1]! + totals[index]!;
  const walk = (index: number, left: number, chance: number): void => {
    if (index === totals.length) return visit(chosen, chance);
    const total = totals[index]!;
    const rest = after[index + 1]!;
    const from = Math.max(0, left - rest);
    const to = Math.min(total, left);
    // Hypergeometric: how many of this value among those still to be chosen.
    let own = hypergeometric(from, total, rest, left);
    for (let count = from; count <= to; count++) {
      chosen[index] = count;
      walk(index + 1, left - count, chance * own);
      own *= ((total - count) * (left - count)) / ((count + 1) * (rest - left + count + 1));
    }
    chosen[index] = 0;
  };
  walk(0, n, 1);
}

function hypergeometric(count: number, total: number, rest: number, left: number): number {
  let log = 0;
  const choose = (size: number, taken: number): number => {
    let sum = 0;
    for (let step = 1; step <= taken; step++) sum += Math.log((size - taken + step) / step);
    return sum;
  };
  log = choose(total, count) + choose(rest, left - count) - choose(total + rest, left);
  return Math.exp(log);
}
