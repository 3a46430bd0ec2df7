/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Ratings } from '../ratings.js';
import { cohenKappa, pairAgreement, type PairEstimate, type PairTable } from './pair.js';
import type { Estimate } from '../estimate.js';

/** Two raters and what they make of the items that both judged. */
export interface RaterPair {
  readonly first: number;
  readonly second: number;
  readonly commonItems: number;
  readonly agreement: Estimate;
  readonly kappa: PairEstimate;
}

/** How many raters a matrix of pairs is made for at most: 300 raters are 44,850 pairs. */
export const mostRatersInMatrix = 300;

/**
 * Agreement and Cohen's kappa (weighted where weights are given) of every two raters who judged an
 * item in common, from one walk over the ratings. Pairs in order of the first rater, then the
 * second.
 * @throws RangeError for more raters than `mostRatersInMatrix`
 */
export function raterMatrix(ratings: Ratings, weights?: Float64Array, level = 0.95): RaterPair[] {
  const active = [...new Set(ratings.raters)].toSorted((one, other) => one - other);
  if (active.length > mostRatersInMatrix)
    throw new RangeError(
      `A matrix of pairs is made for up to ${mostRatersInMatrix} raters; there are ${active.length}.`,
    );
  const tables = new Map<number, Float64Array>();
  const { raterCount, categoryCount: size } = ratings;
  for (let item = 0; item < ratings.itemCount; item++) {
    for (let one = ratings.itemStart[item]!; one < ratings.itemStart[item + 1]!; one++) {
      for (let other = one + 1; other < ratings.itemStart[item + 1]!; other++) {
        const ordered = ratings.raters[one]! < ratings.raters[other]!;
        const [low, high] = ordered ? [one, other] : [other, one];
        if (ratings.raters[low] === ratings.raters[high]) continue;
        const key = ratings.raters[low]! * raterCount + ratings.raters[high]!;
        let table = tables.get(key);
        if (table === undefined) tables.set(key, (table = new Float64Array(size * size)));
        table[ratings.values[low]! * size + ratings.values[high]!]!++;
      }
    }
  }
  return [...tables]
    .toSorted(([one], [other]) => one - other)
    .map(([key, counts]) => {
      const table: PairTable = { size, counts };
      return {
        first: Math.floor(key / raterCount),
        second: key % raterCount,
        commonItems: counts.reduce((sum, count) => sum + count, 0),
        agreement: pairAgreement(table, weights, level),
        kappa: cohenKappa(table, weights, level),
      };
    });
}
