/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Ratings } from '../ratings.js';

/**
 * Chance agreement of Conger's kappa, which lets every rater have shares of answers of their own
 * (Gwet 2014, 2.6; irrCAC `conger.kappa.raw`), written over the ratings that exist instead of the
 * full table of items × raters.
 * @param n how many items have a rating
 */
export function congerChance(
  ratings: Ratings,
  weights: Float64Array,
  n: number,
): { readonly expected: number; readonly ofItem: Float64Array } {
  const { categoryCount: size, raterCount } = ratings;
  const ratedBy = new Float64Array(raterCount);
  const shares = new Float64Array(raterCount * size);
  for (let row = 0; row < ratings.values.length; row++) {
    const rater = ratings.raters[row]!;
    ratedBy[rater]!++;
    shares[rater * size + ratings.values[row]!]!++;
  }
  const active: number[] = [];
  const sumOfShares = new Float64Array(size);
  for (let rater = 0; rater < raterCount; rater++) {
    if (ratedBy[rater] === 0) continue;
    active.push(rater);
    for (let category = 0; category < size; category++) {
      shares[rater * size + category]! /= ratedBy[rater]!;
      sumOfShares[category]! += shares[rater * size + category]!;
    }
  }
  const r = active.length;

  // For each rater: what answer l would agree with, over the shares of all the other raters.
  const againstOthers = new Float64Array(raterCount * size);
  const own = new Float64Array(raterCount);
  let expected = 0;
  for (const rater of active) {
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let row = 0; row < size; row++)
        sum += (sumOfShares[row]! - shares[rater * size + row]!) * weights[row * size + column]!;
      againstOthers[rater * size + column] = sum;
      own[rater]! += sum * shares[rater * size + column]!;
    }
    expected += own[rater]! / (r * (r - 1));
  }

  // A rating's part in its item's, by rater and answer.
  const partOf = new Float64Array(raterCount * size);
  for (const rater of active) {
    for (let category = 0; category < size; category++) {
      partOf[rater * size + category] =
        ((n / ratedBy[rater]!) * (againstOthers[rater * size + category]! - own[rater]!)) /
        (r * (r - 1));
    }
  }
  const ofItem = new Float64Array(ratings.itemCount);
  for (let item = 0; item < ratings.itemCount; item++) {
    let part = expected;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++)
      part += partOf[ratings.raters[row]! * size + ratings.values[row]!]!;
    ofItem[item] = part;
  }
  return { expected, ofItem };
}
