/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { withoutComparison } from './compared.js';
import {
  defaultStopping,
  fixKnown,
  floorOfProbability,
  mostProbable,
  normaliseLogs,
  type Posteriors,
  type Stopping,
  voteShares,
  withFloor,
} from './posteriors.js';

export interface DawidSkeneOptions extends Stopping {
  /**
   * How many judgments per true answer a rater's confusion matrix is drawn towards that of all
   * raters together. 0 is the model of 1979. The default, 3, leaves a rater with hundreds of
   * judgments alone and keeps one with five from being overfitted.
   */
  readonly shrinkage?: number;
  /**
   * The known answer per item, -1 where there is none. Known items teach about raters and keep
   * their answer.
   */
  readonly known?: Int32Array;
  /** Where to start; by default from the shares of the votes. */
  readonly start?: Float64Array;
}

/** Who gives which answer where. */
export interface ConfusionMatrices {
  /**
   * confusion[(rater * categoryCount + answer) * categoryCount + truth]: how probable the answer is
   * when that is the truth.
   */
  readonly confusion: Float64Array;
  /** The expected judgments behind it, in the same layout, without what the pooled matrix lent. */
  readonly expectedCounts: Float64Array;
  /** pooled[answer * categoryCount + truth]: the confusion matrix of all raters together. */
  readonly pooled: Float64Array;
  /** How many judgments per true answer the pooled matrix lent to each rater. */
  readonly shrinkage: number;
}

export interface DawidSkene extends Posteriors, ConfusionMatrices {
  /**
   * Natural logarithm of the probability of all judgments, summed over items; without the part of
   * the shrinkage.
   */
  readonly logLikelihood: number;
}

/** Judgments per true answer that the pooled matrix lends by default. */
const defaultShrinkage = 3;

/**
 * Dawid and Skene (1979): each rater has a confusion matrix, each item a true answer, both
 * estimated together by expectation-maximisation in logarithms. Matrices are drawn towards the
 * pooled one, which is estimated along the way. Stops when no posterior moves by more than the
 * tolerance.
 */
export function dawidSkene(
  ratings: Ratings,
  options: DawidSkeneOptions = {},
): DawidSkene | Undefined {
  const {
    shrinkage = defaultShrinkage,
    tolerance = defaultStopping.tolerance,
    maximumIterations = defaultStopping.maximumIterations,
    known,
  } = options;
  if (ratings.items.length === 0) return undefinedBecause('no-data');
  const uncompared =
    known?.some((answer) => answer >= 0) === true ? null : withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  const { itemCount, categoryCount: size } = ratings;
  const posterior =
    options.start === undefined ? voteShares(ratings) : Float64Array.from(options.start);
  fixKnown(posterior, size, known);
  const expectedCounts = new Float64Array(ratings.raterCount * size * size);
  const logs = new Float64Array(expectedCounts.length);
  const weights = new Float64Array(size);
  gather(ratings, posterior, expectedCounts, weights);
  let shares = withFloor(weights);
  let pooled = pool(expectedCounts, size);
  let iterations = 0;
  let change = Infinity;
  let logLikelihood = 0;
  while (iterations < maximumIterations && change > tolerance) {
    iterations++;
    takeLogs(expectedCounts, pooled, shrinkage, size, logs);
    ({ change, logLikelihood } = expectAndGather(
      ratings,
      logs,
      shares,
      posterior,
      known,
      expectedCounts,
      weights,
    ));
    shares = withFloor(weights);
    pooled = pool(expectedCounts, size);
  }
  takeLogs(expectedCounts, pooled, shrinkage, size, logs);
  for (let item = 0; item < itemCount; item++)
    if (ratingsOf(ratings, item) === 0 && (known?.[item] ?? -1) < 0)
      posterior.set(shares, item * size);
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: shares,
    itemCount,
    categoryCount: size,
    iterations,
    converged: change <= tolerance,
    confusion: logs.map(Math.exp),
    expectedCounts,
    pooled,
    shrinkage,
    logLikelihood,
  };
}

/**
 * The confusion matrices that follow from given probabilities of the answers, drawn towards a pooled
 * one as in `dawidSkene`. The pooled matrix is in part the one of even errors, where a vote is right
 * with one probability, else any other answer; in part it is counted.
 * @param even the accuracy of even errors, and their part from 0 to 1
 */
export function matricesGiven(
  ratings: Ratings,
  posterior: Float64Array,
  even: { readonly accuracy: number; readonly part: number },
): ConfusionMatrices {
  const size = ratings.categoryCount;
  const expectedCounts = new Float64Array(ratings.raterCount * size * size);
  const logs = new Float64Array(expectedCounts.length);
  gather(ratings, posterior, expectedCounts, new Float64Array(size));
  const wrong = (1 - even.accuracy) / (size - 1);
  const pooled = pool(expectedCounts, size).map(
    (counted, cell) =>
      (1 - even.part) * counted + even.part * (cell % (size + 1) === 0 ? even.accuracy : wrong),
  );
  takeLogs(expectedCounts, pooled, defaultShrinkage, size, logs);
  return { confusion: logs.map(Math.exp), expectedCounts, pooled, shrinkage: defaultShrinkage };
}

/**
 * Expected judgments by rater, answer and truth, and the weight of every truth among the items that
 * have ratings.
 */
function gather(
  ratings: Ratings,
  posterior: Float64Array,
  counts: Float64Array,
  weights: Float64Array,
): void {
  const { itemStart, raters, values, itemCount, categoryCount: size } = ratings;
  counts.fill(0);
  weights.fill(0);
  for (let item = 0; item < itemCount; item++) {
    const from = itemStart[item]!;
    const to = itemStart[item + 1]!;
    if (from === to) continue;
    const offset = item * size;
    for (let truth = 0; truth < size; truth++) weights[truth]! += posterior[offset + truth]!;
    for (let row = from; row < to; row++) {
      const cell = (raters[row]! * size + values[row]!) * size;
      for (let truth = 0; truth < size; truth++)
        counts[cell + truth]! += posterior[offset + truth]!;
    }
  }
}

/**
 * One pass: new posteriors from the logarithms, and at once what they say about raters and shares.
 */
function expectAndGather(
  ratings: Ratings,
  logs: Float64Array,
  shares: Float64Array,
  posterior: Float64Array,
  known: Int32Array | undefined,
  counts: Float64Array,
  weights: Float64Array,
): { change: number; logLikelihood: number } {
  const { itemStart, raters, values, itemCount, categoryCount: size } = ratings;
  const logShares = shares.map(Math.log);
  const next = new Float64Array(size);
  let change = 0;
  let logLikelihood = 0;
  counts.fill(0);
  weights.fill(0);
  for (let item = 0; item < itemCount; item++) {
    const from = itemStart[item]!;
    const to = itemStart[item + 1]!;
    if (from === to) continue;
    for (let truth = 0; truth < size; truth++) next[truth] = logShares[truth]!;
    for (let row = from; row < to; row++) {
      const cell = (raters[row]! * size + values[row]!) * size;
      for (let truth = 0; truth < size; truth++) next[truth]! += logs[cell + truth]!;
    }
    const offset = item * size;
    const answer = known === undefined ? -1 : known[item]!;
    if (answer >= 0) {
      logLikelihood += next[answer]!;
      for (let truth = 0; truth < size; truth++) next[truth] = truth === answer ? 1 : 0;
    } else logLikelihood += normaliseLogs(next, 0, size);
    for (let truth = 0; truth < size; truth++) {
      const value = next[truth]!;
      const moved = Math.abs(value - posterior[offset + truth]!);
      if (moved > change) change = moved;
      posterior[offset + truth] = value;
      weights[truth]! += value;
    }
    for (let row = from; row < to; row++) {
      const cell = (raters[row]! * size + values[row]!) * size;
      for (let truth = 0; truth < size; truth++) counts[cell + truth]! += next[truth]!;
    }
  }
  return { change, logLikelihood };
}

/** The matrix of all raters together, with one judgment of every kind added to each row. */
function pool(counts: Float64Array, size: number): Float64Array {
  const pooled = new Float64Array(size * size).fill(1);
  for (let cell = 0; cell < counts.length;)
    for (let index = 0; index < pooled.length; index++, cell++) pooled[index]! += counts[cell]!;
  for (let truth = 0; truth < size; truth++) {
    let sum = 0;
    for (let answer = 0; answer < size; answer++) sum += pooled[answer * size + truth]!;
    for (let answer = 0; answer < size; answer++) pooled[answer * size + truth]! /= sum;
  }
  return pooled;
}

function takeLogs(
  counts: Float64Array,
  pooled: Float64Array,
  shrinkage: number,
  size: number,
  logs: Float64Array,
): void {
  for (let block = 0; block < counts.length; block += size * size) {
    for (let truth = 0; truth < size; truth++) {
      let sum = 0;
      for (let answer = 0; answer < size; answer++) {
        const index = answer * size + truth;
        const weight = Math.max(
          counts[block + index]! + shrinkage * pooled[index]!,
          floorOfProbability,
        );
        logs[block + index] = weight;
        sum += weight;
      }
      const logSum = Math.log(sum);
      for (let answer = 0; answer < size; answer++) {
        const index = block + answer * size + truth;
        logs[index] = Math.log(logs[index]!) - logSum;
      }
    }
  }
}
