/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { tieSum } from '../agreement/kendall.js';
import { normalCdf, tQuantile } from '../distributions.js';
import {
  type Estimate,
  type Estimated,
  tInterval,
  type Undefined,
  undefinedBecause,
} from '../estimate.js';
import {
  type Alternative,
  fromTails,
  type Test,
  type TestResult,
  tTest,
  zTest,
} from '../hypothesis.js';
import { satterthwaite } from './means.js';
import { averageRanks, type Numbers, quantileOfSorted } from '../summary.js';

/**
 * Stochastic superiority: P(X < Y) + P(X = Y) / 2, the chance that a value of the second sample is
 * the larger one, with the test and interval of Brunner and Munzel (2000). 1 - value is Vargha and
 * Delaney's A of the first sample.
 */
export interface Superiority extends Estimated {
  /** Absent where the samples do not overlap or do not vary. */
  readonly test?: Test;
  readonly degreesOfFreedom?: number;
}

/** Whether values of the second sample tend to be larger. Undefined where a sample is empty. */
export function brunnerMunzel(
  first: Numbers,
  second: Numbers,
  level = 0.95,
): Superiority | Undefined {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return undefinedBecause('no-data');
  const placements = placementsOf(first, second);
  const value = placements.second.reduce((sum, placement) => sum + placement, 0) / (n * m);
  const shared = { kind: 'estimate', value, n: n + m } as const;
  if (n < 2 || m < 2)
    return { ...shared, withoutInterval: undefinedBecause('too-few-values').because };
  // In the first sample: how many of the second lie below; the variances are those of these
  // placements.
  const [a, b] = [
    sampleVariance(placements.first) / (n * m * m),
    sampleVariance(placements.second) / (m * n * n),
  ];
  if (!(a + b > 0)) return { ...shared, withoutInterval: undefinedBecause('no-variation').because };
  const standardError = Math.sqrt(a + b);
  const degreesOfFreedom = satterthwaite(a, n, b, m);
  return {
    ...shared,
    standardError,
    degreesOfFreedom,
    test: tTest((value - 0.5) / standardError, degreesOfFreedom),
    ...tInterval(value, standardError, degreesOfFreedom, level, 'brunner-munzel', {
      lower: 0,
      upper: 1,
    }),
  };
}

/**
 * Cliff's delta, P(X > Y) - P(X < Y), with the unbiased variance and the asymmetric interval of
 * Cliff (1996; Feng and Cliff 2004).
 */
export function cliffDelta(first: Numbers, second: Numbers, level = 0.95): Estimate {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return undefinedBecause('no-data');
  const placements = placementsOf(first, second);
  const rows = Float64Array.from(placements.first, (below) => (2 * below) / m - 1);
  const columns = Float64Array.from(placements.second, (below) => 1 - (2 * below) / n);
  const value = rows.reduce((sum, each) => sum + each, 0) / n;
  const shared = { kind: 'estimate', value, n: n + m } as const;
  if (n < 2 || m < 2)
    return { ...shared, withoutInterval: undefinedBecause('too-few-values').because };
  // Samples that do not overlap at all are treated as if all but one comparison went that way.
  const centre = Math.abs(value) === 1 ? (value * (n * m - 1)) / (n * m) : value;
  const all = n * m - placements.ties - 2 * n * m * value * centre + n * m * centre * centre;
  const squared =
    (m * m * squaresAround(rows, centre) + n * n * squaresAround(columns, centre) - all) /
    (n * m * (n - 1) * (m - 1));
  if (!(squared > 1e-14))
    return { ...shared, withoutInterval: undefinedBecause('no-variation').because };
  const t = tQuantile(1 - (1 - level) / 2, n + m - 2);
  const reach = t * Math.sqrt(squared) * Math.sqrt((1 - centre * centre) ** 2 + t * t * squared);
  const scale = 1 - centre * centre + t * t * squared;
  return {
    ...shared,
    standardError: Math.sqrt(squared),
    interval: {
      lower: value === -1 ? -1 : Math.max(-1, (centre - centre ** 3 - reach) / scale),
      upper: value === 1 ? 1 : Math.min(1, (centre - centre ** 3 + reach) / scale),
      level,
      method: 'cliff',
    },
  };
}

/**
 * Vargha and Delaney's A: the chance that a value of the first sample is the larger one, ties
 * counting half.
 */
export function varghaDelaney(first: Numbers, second: Numbers, level = 0.95): Estimate {
  return brunnerMunzel(second, first, level);
}

/** How the p-value of the Mann-Whitney test is found. */
export type RankSumMethod = 'normal' | 'normal-continuity' | 'exact' | 'exact-doubled';

/**
 * The Mann-Whitney test; the statistic is U of the first sample. The normal methods correct for
 * ties. 'exact' counts rearrangements, ties included, at least as far from the mean;
 * 'exact-doubled' doubles the smaller tail.
 */
export function mannWhitney(
  first: Numbers,
  second: Numbers,
  method: RankSumMethod = 'normal-continuity',
  alternative: Alternative = 'two-sided',
): TestResult {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return undefinedBecause('no-data');
  const pooled = [...Array.from(first), ...Array.from(second)];
  const ranks = averageRanks(pooled);
  let sum = 0;
  for (let index = 0; index < n; index++) sum += ranks[index]!;
  const statistic = sum - (n * (n + 1)) / 2;
  if (method === 'exact' || method === 'exact-doubled')
    return exactRankSum(ranks, n, statistic, method, alternative);
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - tieSum(pooled) / (all * (all - 1)));
  if (!(variance > 0)) return undefinedBecause('no-variance');
  const distance = statistic - (n * m) / 2;
  const towardsNull =
    method === 'normal'
      ? 0
      : alternative === 'two-sided'
        ? Math.sign(distance) * 0.5
        : alternative === 'greater'
          ? 0.5
          : -0.5;
  const test = zTest((distance - towardsNull) / Math.sqrt(variance), alternative);
  return { ...test, statistic };
}

/** Work beyond which no exact rank test is made (about a second). */
const mostWork = 2e8;

function exactRankSum(
  ranks: Float64Array,
  n: number,
  statistic: number,
  method: 'exact' | 'exact-doubled',
  alternative: Alternative,
): TestResult {
  const doubled = Int32Array.from(ranks, (rank) => Math.round(2 * rank));
  const most = Int32Array.from(doubled)
    .sort()
    .slice(-n)
    .reduce((sum, rank) => sum + rank, 0);
  if (ranks.length * n * most > mostWork) return undefinedBecause('too-large');
  const chances = rankSumChances(doubled, n, most);
  const observed = Math.round(2 * (statistic + (n * (n + 1)) / 2));
  const centre = n * (ranks.length + 1);
  let lower = 0;
  let upper = 0;
  let far = 0;
  for (let sum = 0; sum <= most; sum++) {
    if (sum <= observed) lower += chances[sum]!;
    if (sum >= observed) upper += chances[sum]!;
    if (Math.abs(sum - centre) >= Math.abs(observed - centre)) far += chances[sum]!;
  }
  const p =
    alternative === 'two-sided' && method === 'exact'
      ? Math.min(1, far)
      : fromTails(lower, upper, alternative);
  return { kind: 'test', statistic, p, alternative };
}

/** The chance of every sum of n of the numbers, all choices being equally likely. */
function rankSumChances(numbers: Int32Array, n: number, most: number): Float64Array {
  // ways[k][s] as chances: after each number, choose it with the chance that keeps all n-subsets
  // equal.
  let rows = Array.from({ length: n + 1 }, () => new Float64Array(0));
  rows[0] = Float64Array.of(1);
  let left = numbers.length;
  const next = Array.from({ length: n + 1 }, () => new Float64Array(most + 1));
  rows = rows.map((row) => {
    const wide = new Float64Array(most + 1);
    wide.set(row);
    return wide;
  });
  for (const number of numbers) {
    for (let taken = Math.min(n, numbers.length - left + 1); taken >= 0; taken--) {
      const target = next[taken]!;
      const stay = rows[taken]!;
      const skip = left === 0 ? 0 : (left - (n - taken)) / left;
      for (let sum = 0; sum <= most; sum++) target[sum] = stay[sum]! * Math.max(0, skip);
      if (taken === 0) continue;
      const from = rows[taken - 1]!;
      const take = (n - taken + 1) / left;
      for (let sum = number; sum <= most; sum++) target[sum]! += from[sum - number]! * take;
    }
    for (let taken = 0; taken <= n; taken++) rows[taken]!.set(next[taken]!);
    left--;
  }
  return rows[n]!;
}

/**
 * The Hodges-Lehmann shift of the first sample against the second: the median of all differences,
 * with the exact interval of the Mann-Whitney distribution where there are no ties and the samples
 * are small.
 */
export function hodgesLehmann(first: Numbers, second: Numbers, level = 0.95): Estimate {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return undefinedBecause('no-data');
  if (n * m > 1e7) return undefinedBecause('too-large');
  const differences = new Float64Array(n * m);
  for (let one = 0; one < n; one++)
    for (let other = 0; other < m; other++)
      differences[one * m + other] = first[one]! - second[other]!;
  differences.sort();
  const value = quantileOfSorted(differences, 0.5);
  const shared = { kind: 'estimate', value, n: n + m } as const;
  const pooled = [...Array.from(first), ...Array.from(second)];
  if (tieSum(pooled) > 0 || n + m > 100)
    return {
      ...shared,
      withoutInterval: 'the exact interval needs values without ties and at most 100 of them',
    };
  const ranks = Int32Array.from(pooled, (_, index) => 2 * (index + 1));
  const most = ranks.slice(-n).reduce((sum, rank) => sum + rank, 0);
  const chances = rankSumChances(ranks, n, most);
  let below = 0;
  let depth = 0;
  for (let u = 0; u <= n * m; u++) {
    below += chances[2 * u + n * (n + 1)]!;
    if (below >= (1 - level) / 2) {
      depth = Math.max(1, u);
      break;
    }
  }
  return {
    ...shared,
    interval: {
      lower: differences[depth - 1]!,
      upper: differences[n * m - depth]!,
      level,
      method: 'exact-shift',
    },
  };
}

/**
 * The Wilcoxon signed-rank test of pairs (equal pairs dropped, ties corrected, normal); the
 * statistic is the smaller rank sum.
 */
export function signedRanks(first: Numbers, second: Numbers, continuity = false): TestResult {
  const differences = Array.from(first, (value, index) => value - second[index]!).filter(
    (difference) => difference !== 0,
  );
  if (first.length === 0) return undefinedBecause('no-data');
  const n = differences.length;
  if (n === 0) return undefinedBecause('no-differences');
  const sizes = differences.map(Math.abs);
  const ranks = averageRanks(sizes);
  let positive = 0;
  for (const [index, difference] of differences.entries())
    if (difference > 0) positive += ranks[index]!;
  const statistic = Math.min(positive, (n * (n + 1)) / 2 - positive);
  const distance = statistic - (n * (n + 1)) / 4;
  const variance = (n * (n + 1) * (2 * n + 1) - tieSum(sizes) / 2) / 24;
  const z = (distance - (continuity ? Math.sign(distance) * 0.5 : 0)) / Math.sqrt(variance);
  return {
    kind: 'test',
    statistic,
    p: Math.min(1, 2 * normalCdf(-Math.abs(z))),
    alternative: 'two-sided',
  };
}

interface Placements {
  /** For each value of the first sample: how many of the second lie below, ties counting half. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Pairs of equal values. */
  readonly ties: number;
}

function placementsOf(first: Numbers, second: Numbers): Placements {
  const [n, m] = [first.length, second.length];
  const all = averageRanks([...Array.from(first), ...Array.from(second)]);
  const [own, others] = [averageRanks(first), averageRanks(second)];
  const counts = new Map<number, number>();
  for (let index = 0; index < n; index++)
    counts.set(first[index]!, (counts.get(first[index]!) ?? 0) + 1);
  let ties = 0;
  for (let index = 0; index < m; index++) ties += counts.get(second[index]!) ?? 0;
  return {
    first: Float64Array.from({ length: n }, (_, index) => all[index]! - own[index]!),
    second: Float64Array.from({ length: m }, (_, index) => all[n + index]! - others[index]!),
    ties,
  };
}

function sampleVariance(values: Float64Array): number {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return squaresAround(values, centre) / (values.length - 1);
}

function squaresAround(values: Float64Array, centre: number): number {
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}
