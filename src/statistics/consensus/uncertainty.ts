/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Ratings, ratingsOf } from '../ratings.js';
import type { ConfusionMatrices } from './dawidSkene.js';
import type { Posteriors } from './posteriors.js';

/** Natural-log entropy of each item's vote shares; -1 for an item without votes, which has none. */
export function voteEntropy(ratings: Ratings): Float64Array {
  const size = ratings.categoryCount;
  const entropy = new Float64Array(ratings.itemCount).fill(-1);
  for (let item = 0; item < ratings.itemCount; item++) {
    const votes = ratingsOf(ratings, item);
    if (votes === 0) continue;
    let sum = 0;
    for (let category = 0; category < size; category++)
      sum += information(ratings.counts[item * size + category]! / votes);
    entropy[item] = sum;
  }
  return entropy;
}

/** Natural-log entropy of each item's posterior: what is not known about its answer. */
export function posteriorEntropy(model: Posteriors): Float64Array {
  return Float64Array.from({ length: model.itemCount }, (_, item) =>
    entropyOf(model.posterior, item * model.categoryCount, model.categoryCount),
  );
}

/**
 * What one more judgment of each item is expected to tell about its answer, in nats: the mutual
 * information of answer and truth.
 * @param rater the one who would judge; by default a rater like all of them together
 */
export function expectedInformation(
  model: Posteriors & ConfusionMatrices,
  rater?: number,
): Float64Array {
  const size = model.categoryCount;
  const matrix =
    rater === undefined
      ? model.pooled
      : model.confusion.subarray(rater * size * size, (rater + 1) * size * size);
  const after = new Float64Array(size);
  const entropies = posteriorEntropy(model);
  return entropies.map((before, item) => {
    let expected = 0;
    for (let answer = 0; answer < size; answer++) {
      let probability = 0;
      for (let truth = 0; truth < size; truth++) {
        after[truth] = model.posterior[item * size + truth]! * matrix[answer * size + truth]!;
        probability += after[truth]!;
      }
      if (probability <= 0) continue;
      for (let truth = 0; truth < size; truth++) after[truth]! /= probability;
      expected += probability * entropyOf(after, 0, size);
    }
    return Math.max(0, before - expected);
  });
}

function entropyOf(values: Float64Array, offset: number, size: number): number {
  let sum = 0;
  for (let index = offset; index < offset + size; index++) sum += information(values[index]!);
  return sum;
}

function information(probability: number): number {
  return probability > 0 ? -probability * Math.log(probability) : 0;
}
