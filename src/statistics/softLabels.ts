/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { entropy, normalised } from './comparison/divergence.js';
import { type Estimate, undefinedBecause } from './estimate.js';
import { forEachItem, type Ratings } from './ratings.js';

/** What raters said about one item, as shares of the answers. */
export interface SoftLabel {
  readonly item: number;
  readonly ratings: number;
  /**
   * Shares of the declared answers, in their order; with smoothing, as if each had been given that
   * much more.
   */
  readonly shares: Float64Array;
  /**
   * Entropy of the shares in bits, and over the most there can be (0 unanimous, 1 all answers
   * alike).
   */
  readonly entropy: number;
  readonly normalisedEntropy: number;
}

/** Soft labels of all items with a rating. @param smoothing added to every answer's count */
export function softLabels(ratings: Ratings, smoothing = 0): SoftLabel[] {
  const found: SoftLabel[] = [];
  forEachItem(ratings, (counts, total, item) => {
    if (total === 0) return;
    const shares = normalised(Float64Array.from(counts, (count) => count + smoothing))!;
    const bits = entropy(shares);
    const value = bits.kind === 'estimate' ? bits.value : 0;
    found.push({
      item,
      ratings: total,
      shares,
      entropy: value,
      normalisedEntropy: shares.length < 2 ? 0 : value / Math.log2(shares.length),
    });
  });
  return found;
}

/**
 * The mean Manhattan distance of soft labels and predicted distributions over the same answers (0
 * to 2; LeWiDi 2025).
 * @param predicted items × answers, row by row, in the order of the soft labels
 */
export function softLabelDistance(labels: readonly SoftLabel[], predicted: Float64Array): Estimate {
  if (labels.length === 0) return undefinedBecause('no-data');
  const size = labels[0]!.shares.length;
  if (predicted.length !== labels.length * size)
    throw new RangeError(
      `Predictions need ${labels.length * size} shares; got ${predicted.length}.`,
    );
  let sum = 0;
  for (const [index, { shares }] of labels.entries())
    for (let answer = 0; answer < size; answer++)
      sum += Math.abs(shares[answer]! - predicted[index * size + answer]!);
  return { kind: 'estimate', value: sum / labels.length, n: labels.length };
}
