/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Estimate, undefinedBecause } from './estimate.js';

/** Numbers in any list that can be walked by index. */
export type Numbers = ArrayLike<number>;

/** The arithmetic mean; undefined where there is nothing. */
export function mean(values: Numbers): number | null {
  return values.length === 0 ? null : sumOf(values) / values.length;
}

/** The sample variance (n - 1 below); undefined under two values. */
export function variance(values: Numbers): number | null {
  if (values.length < 2) return null;
  const centre = sumOf(values) / values.length;
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += (values[index]! - centre) ** 2;
  return squares / (values.length - 1);
}

/** The sample standard deviation (n - 1 below); undefined under two values. */
export function standardDeviation(values: Numbers): number | null {
  const squared = variance(values);
  return squared === null ? null : Math.sqrt(squared);
}

/** The median, by type-7 quantiles; undefined where there is nothing. */
export function median(values: Numbers): number | null {
  return quantile(values, 0.5);
}

/**
 * The p-quantile of type 7 (R's default: linear between order statistics); undefined where there is
 * nothing.
 */
export function quantile(values: Numbers, p: number): number | null {
  return values.length === 0 ? null : quantileOfSorted(Float64Array.from(values).sort(), p);
}

/** The type-7 quantile of values already in ascending order, of which there is at least one. */
export function quantileOfSorted(sorted: Float64Array, p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.min(Math.floor(position), sorted.length - 1);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}

/** How often each category occurs, and its share of all (null where there are none). */
export interface Distribution {
  readonly counts: Int32Array;
  readonly total: number;
  readonly shares: Float64Array | null;
}

/** Counts category indexes. */
export function distribution(categories: ArrayLike<number>, categoryCount: number): Distribution {
  const counts = new Int32Array(categoryCount);
  for (let index = 0; index < categories.length; index++) counts[categories[index]!]!++;
  const total = categories.length;
  return {
    counts,
    total,
    shares: total === 0 ? null : Float64Array.from(counts, (count) => count / total),
  };
}

/** Ranks from 1, ties sharing the mean of their ranks. */
export function averageRanks(values: Numbers): Float64Array {
  const order = Int32Array.from({ length: values.length }, (_, index) => index).sort(
    (one, other) => values[one]! - values[other]!,
  );
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let index = from; index < to; index++) ranks[order[index]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/**
 * Pearson's correlation as a bare number; null where one side does not vary or there are fewer than
 * two pairs.
 */
export function pearsonCoefficient(x: Numbers, y: Numbers): number | null {
  checkPairs(x, y);
  if (x.length < 2) return null;
  const centreX = sumOf(x) / x.length;
  const centreY = sumOf(y) / y.length;
  let products = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let index = 0; index < x.length; index++) {
    const dx = x[index]! - centreX;
    const dy = y[index]! - centreY;
    products += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  const scale = Math.sqrt(squaresX) * Math.sqrt(squaresY);
  return scale > 0 ? Math.max(-1, Math.min(1, products / scale)) : null;
}

/**
 * Spearman's rank correlation (Pearson's over average ranks) as a bare number; null where one side
 * does not vary.
 */
export function spearmanCoefficient(x: Numbers, y: Numbers): number | null {
  checkPairs(x, y);
  return pearsonCoefficient(averageRanks(x), averageRanks(y));
}

/**
 * The area under the ROC curve as a bare number: the chance that a positive scores above a
 * negative, ties counting half. Null where one of the classes is missing.
 * @param positive 1 for a positive unit, 0 for a negative one
 */
export function aurocCoefficient(scores: Numbers, positive: ArrayLike<number>): number | null {
  checkPairs(scores, positive);
  const ranks = averageRanks(scores);
  let rankSum = 0;
  let positives = 0;
  for (let index = 0; index < ranks.length; index++) {
    if (positive[index] === 0) continue;
    rankSum += ranks[index]!;
    positives++;
  }
  const negatives = ranks.length - positives;
  return positives === 0 || negatives === 0
    ? null
    : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Mean and standard deviation in one estimate: the standard error is that of independent values.
 */
export function meanEstimate(values: Numbers): Estimate {
  const value = mean(values);
  if (value === null) return undefinedBecause('no-data');
  const deviation = standardDeviation(values);
  return {
    kind: 'estimate',
    value,
    n: values.length,
    ...(deviation === null ? {} : { standardError: deviation / Math.sqrt(values.length) }),
  };
}

function sumOf(values: Numbers): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum;
}

function checkPairs(x: ArrayLike<unknown>, y: ArrayLike<unknown>): void {
  if (x.length !== y.length)
    throw new RangeError(`Pairs need two lists of one length; got ${x.length} and ${y.length}.`);
}
