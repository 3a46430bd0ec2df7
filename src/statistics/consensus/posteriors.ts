/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Ratings, ratingsOf } from '../ratings.js';

/**
 * What every consensus model returns: how probable each answer is for each item, and how the
 * computation ended.
 */
export interface Posteriors {
  readonly kind: 'consensus';
  /**
   * The most probable answer per item; -1 where nobody rated it, or where several answers are
   * equally probable.
   */
  readonly label: Int32Array;
  /**
   * posterior[i * categoryCount + c]: how probable answer c is for item i; sums to 1 over c.
   * An item that nobody rated has the category shares, which is all that is known about it.
   */
  readonly posterior: Float64Array;
  /** How frequent each answer is estimated to be among all items. Sums to 1. */
  readonly categoryShares: Float64Array;
  readonly itemCount: number;
  readonly categoryCount: number;
  readonly iterations: number;
  /** False where the limit on iterations ended the computation before the stopping rule did. */
  readonly converged: boolean;
}

/**
 * When an iterative model stops: as soon as no posterior moves by more than `tolerance`, or after
 * `maximumIterations`.
 */
export interface Stopping {
  /** Default 1e-6. */
  readonly tolerance?: number;
  /** Default 1000. */
  readonly maximumIterations?: number;
}

export const defaultStopping = { tolerance: 1e-6, maximumIterations: 1000 } as const;

/**
 * Probabilities are kept from falling below this, so that one answer can never be impossible for
 * ever.
 */
export const floorOfProbability = 1e-10;

/** The share of an item's votes that each answer has; equal shares for an item without votes. */
export function voteShares(ratings: Ratings): Float64Array {
  const { itemCount, categoryCount: size, counts } = ratings;
  const shares = new Float64Array(itemCount * size);
  for (let item = 0; item < itemCount; item++) {
    const votes = ratingsOf(ratings, item);
    for (let category = 0; category < size; category++)
      shares[item * size + category] =
        votes === 0 ? 1 / size : counts[item * size + category]! / votes;
  }
  return shares;
}

/**
 * The answer with the largest probability per item. Probabilities within 1e-9 of it are a tie, and
 * a tie is nobody's: -1.
 */
export function mostProbable(posterior: Float64Array, ratings: Ratings): Int32Array {
  const size = ratings.categoryCount;
  const label = new Int32Array(ratings.itemCount).fill(-1);
  for (let item = 0; item < ratings.itemCount; item++) {
    if (ratingsOf(ratings, item) === 0) continue;
    let best = -1;
    let highest = -Infinity;
    for (let category = 0; category < size; category++) {
      const value = posterior[item * size + category]!;
      if (value > highest) {
        highest = value;
        best = category;
      }
    }
    let leaders = 0;
    for (let category = 0; category < size; category++)
      if (posterior[item * size + category]! >= highest - 1e-9) leaders++;
    if (leaders === 1) label[item] = best;
  }
  return label;
}

/** Relative difference of two logarithms that may come from the order of addition alone. */
const rounding = 1e-12;

/**
 * Turns the logarithms at `offset` into probabilities, in place. Those that differ by rounding alone
 * are equal: iterations would let such a difference grow until the order of the data decided a tie.
 * @returns the logarithm of the sum that they were divided by
 */
export function normaliseLogs(values: Float64Array, offset: number, size: number): number {
  let highest = -Infinity;
  for (let index = offset; index < offset + size; index++)
    if (values[index]! > highest) highest = values[index]!;
  for (let index = offset; index < offset + size; index++)
    for (let other = index + 1; other < offset + size; other++) {
      const apart = Math.abs(values[other]! - values[index]!);
      if (apart <= rounding * Math.max(1, Math.abs(values[index]!))) values[other] = values[index]!;
    }
  let sum = 0;
  for (let index = offset; index < offset + size; index++) {
    const value = Math.exp(values[index]! - highest);
    values[index] = value;
    sum += value;
  }
  for (let index = offset; index < offset + size; index++) values[index]! /= sum;
  return highest + Math.log(sum);
}

/** Known answers replace what was computed. */
export function fixKnown(
  posterior: Float64Array,
  size: number,
  known: Int32Array | undefined,
): void {
  if (known === undefined) return;
  for (let item = 0; item < known.length; item++) {
    const answer = known[item]!;
    if (answer < 0) continue;
    posterior.fill(0, item * size, (item + 1) * size);
    posterior[item * size + answer] = 1;
  }
}

/** The mean posterior over the items that have ratings, each share kept off zero. */
export function sharesOf(posterior: Float64Array, ratings: Ratings): Float64Array {
  const size = ratings.categoryCount;
  const shares = new Float64Array(size);
  for (let item = 0; item < ratings.itemCount; item++) {
    if (ratingsOf(ratings, item) === 0) continue;
    for (let category = 0; category < size; category++)
      shares[category]! += posterior[item * size + category]!;
  }
  return withFloor(shares);
}

/** Divides by the sum, after no value was left below the floor. */
export function withFloor(weights: Float64Array): Float64Array {
  let sum = 0;
  for (const weight of weights) sum += weight;
  const shares = weights.map((weight) =>
    Math.max(sum === 0 ? 0 : weight / sum, floorOfProbability),
  );
  const total = shares.reduce((all, share) => all + share, 0);
  return shares.map((share) => share / total);
}
