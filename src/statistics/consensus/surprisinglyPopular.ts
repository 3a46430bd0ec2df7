/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Ratings } from '../ratings.js';

/**
 * What raters expected the others to answer: one row per rater and item,
 * `share[row * categoryCount + c]` of the others answering c.
 */
export interface Predictions {
  readonly items: Int32Array;
  readonly share: Float64Array;
}

export const surpriseReasons = {
  'no-votes': 'nobody voted',
  'no-predictions': 'nobody predicted what the others would answer',
  tie: 'several answers are equally surprising',
} as const;

export type Surprise =
  | {
      readonly kind: 'answer';
      readonly label: number;
      readonly surprise: Float64Array;
      readonly votes: number;
      readonly predictions: number;
    }
  | {
      readonly kind: 'undefined';
      readonly reason: keyof typeof surpriseReasons;
      readonly because: string;
    };

/**
 * The surprisingly popular answer per item (Prelec, Seung and McCoy 2017): the one whose share of
 * the votes is furthest above the mean predicted share. It can be right where the majority is
 * wrong, because those who know also know what the others believe. `surprise[c]` is the difference.
 * Predictions are divided by their sum; a row that sums to 0 says nothing and is left out.
 */
export function surprisinglyPopular(ratings: Ratings, predictions: Predictions): Surprise[] {
  const size = ratings.categoryCount;
  const predicted = new Float64Array(ratings.itemCount * size);
  const rows = new Int32Array(ratings.itemCount);
  for (let row = 0; row < predictions.items.length; row++) {
    const item = predictions.items[row]!;
    const shares = predictions.share.subarray(row * size, (row + 1) * size);
    const total = shares.reduce((sum, share) => sum + share, 0);
    if (!(total > 0)) continue;
    rows[item]!++;
    for (let category = 0; category < size; category++)
      predicted[item * size + category]! += shares[category]! / total;
  }
  return Array.from({ length: ratings.itemCount }, (_, item) => {
    const votes = ratings.itemStart[item + 1]! - ratings.itemStart[item]!;
    if (votes === 0) return undefinedSurprise('no-votes');
    if (rows[item] === 0) return undefinedSurprise('no-predictions');
    const surprise = Float64Array.from(
      { length: size },
      (__, category) =>
        ratings.counts[item * size + category]! / votes -
        predicted[item * size + category]! / rows[item]!,
    );
    const highest = Math.max(...surprise);
    const leaders = [...surprise.keys()].filter(
      (category) => surprise[category]! >= highest - 1e-12,
    );
    return leaders.length === 1
      ? { kind: 'answer', label: leaders[0]!, surprise, votes, predictions: rows[item]! }
      : undefinedSurprise('tie');
  });
}

function undefinedSurprise(reason: keyof typeof surpriseReasons): Surprise {
  return { kind: 'undefined', reason, because: surpriseReasons[reason] };
}
