/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Estimated, type Undefined, undefinedBecause } from '../estimate.js';
import { chiSquareTest } from '../hypothesis.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { averageRanks } from '../summary.js';

/** Kendall's W with the chi-square test that raters rank independently. `n` counts the items. */
export interface ConcordanceEstimated extends Estimated {
  readonly raters: number;
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  readonly p: number;
}

/**
 * Kendall's coefficient of concordance with the correction for ties. Every item needs a rating from
 * every rater.
 */
export function kendallW(ratings: Ratings, values: Float64Array): ConcordanceEstimated | Undefined {
  if (ratings.values.length === 0) return undefinedBecause('no-data');
  const byRater = new Map<number, number[]>();
  let n = 0;
  const most = new Set(ratings.raters).size;
  for (let item = 0; item < ratings.itemCount; item++) {
    const count = ratingsOf(ratings, item);
    if (count === 0) continue;
    if (count !== most) return undefinedBecause('incomplete');
    n++;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
      const rater = ratings.raters[row]!;
      const list = byRater.get(rater) ?? [];
      list.push(values[ratings.values[row]!]!);
      byRater.set(rater, list);
    }
  }
  const k = byRater.size;
  if (k < 2) return undefinedBecause('one-rater');
  if (n < 2) return undefinedBecause('one-item');
  const sums = new Float64Array(n);
  let ties = 0;
  for (const list of byRater.values()) {
    if (list.length !== n) return undefinedBecause('incomplete');
    for (const [index, rank] of averageRanks(list).entries()) sums[index]! += rank;
    ties += tieSum(list);
  }
  const centre = (k * (n + 1)) / 2;
  const squares = sums.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const scale = k * k * (n ** 3 - n) - k * ties;
  if (!(scale > 0)) return undefinedBecause('no-variance');
  const value = (12 * squares) / scale;
  const test = chiSquareTest(k * (n - 1) * value, n - 1);
  return {
    kind: 'estimate',
    value,
    n,
    raters: k,
    chiSquare: test.statistic,
    degreesOfFreedom: n - 1,
    p: test.p,
  };
}

/** The sum over groups of t equal values of t cubed minus t. */
export function tieSum(values: ArrayLike<number>): number {
  const groups = new Map<number, number>();
  for (let index = 0; index < values.length; index++)
    groups.set(values[index]!, (groups.get(values[index]!) ?? 0) + 1);
  let sum = 0;
  for (const size of groups.values()) sum += size ** 3 - size;
  return sum;
}
