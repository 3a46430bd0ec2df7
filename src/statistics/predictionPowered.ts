/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Sample } from './comparison/means.js';
import { normalQuantile } from './distributions.js';
import {
  type Bounds,
  type Estimated,
  noBounds,
  type Undefined,
  undefinedBecause,
} from './estimate.js';
import { mean, type Numbers, variance } from './summary.js';

/**
 * A mean over the whole set from the judged sample, helped by a prediction that every item has. `n`
 * counts the judged items.
 */
export interface PredictionPowered extends Estimated {
  /** How much of the prediction is used: 0 leaves the plain mean. */
  readonly lambda: number;
  /** The plain mean and its standard error, to stand beside. */
  readonly plain: number;
  readonly plainError: number;
}

/**
 * The prediction-powered mean with tuned weight (PPI++, Angelopoulos, Duchi and Zrnic 2023).
 * Valid only where the judged items are a random sample of the whole set.
 * @param outcomes what was found for the judged items (1 where the label was upheld)
 * @param predictions the prediction for the same items
 * @param others mean, deviation and number of the predictions of all items that were not judged
 *   (`sampleOf`); where that is undefined the plain mean is left
 */
export function predictionPoweredMean(
  outcomes: Numbers,
  predictions: Numbers,
  others: Sample | Undefined,
  level = 0.95,
  bounds: Bounds = noBounds,
): PredictionPowered | Undefined {
  if (outcomes.length !== predictions.length)
    throw new RangeError(
      `Every outcome needs a prediction; got ${outcomes.length} and ${predictions.length}.`,
    );
  const n = outcomes.length;
  if (n === 0) return undefinedBecause('no-data');
  if (n < 2) return undefinedBecause('one-item');
  const plain = mean(outcomes)!;
  const predicted = mean(predictions)!;
  let covariance = 0;
  for (let item = 0; item < n; item++)
    covariance += ((outcomes[item]! - plain) * (predictions[item]! - predicted)) / (n - 1);
  const rest = 'kind' in others ? { mean: 0, deviation: 0, n: 0 } : others;
  const spread = pooledVariance(
    { mean: predicted, variance: variance(predictions)!, n },
    { mean: rest.mean, variance: rest.deviation ** 2, n: rest.n },
  );
  const lambda =
    rest.n < 2 || !(spread > 1e-12 * predicted ** 2)
      ? 0
      : Math.max(0, Math.min(1, covariance / ((1 + n / rest.n) * spread)));
  const corrected = Float64Array.from(
    outcomes,
    (outcome, item) => outcome - lambda * predictions[item]!,
  );
  const value = mean(corrected)! + lambda * rest.mean;
  const squared =
    variance(corrected)! / n + (lambda === 0 ? 0 : (lambda ** 2 * rest.deviation ** 2) / rest.n);
  const shared = {
    kind: 'estimate',
    value: Math.min(bounds.upper, Math.max(bounds.lower, value)),
    n,
    lambda,
    plain,
    plainError: Math.sqrt(variance(outcomes)! / n),
  } as const;
  if (!(squared > 1e-24))
    return { ...shared, withoutInterval: undefinedBecause('no-variation').because };
  const standardError = Math.sqrt(squared);
  const reach = normalQuantile(1 - (1 - level) / 2) * standardError;
  return {
    ...shared,
    standardError,
    interval: {
      lower: Math.max(bounds.lower, value - reach),
      upper: Math.min(bounds.upper, value + reach),
      level,
      method: 'prediction-powered',
    },
  };
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
  readonly n: number;
}

/** The sample variance of two sets of values together. */
function pooledVariance(one: Moments, other: Moments): number {
  const all = one.n + other.n;
  return (
    ((one.n - 1) * one.variance +
      Math.max(0, other.n - 1) * other.variance +
      (one.n * other.n * (one.mean - other.mean) ** 2) / all) /
    (all - 1)
  );
}
