/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Sample } from './comparison/means.js';
import { tQuantile } from './distributions.js';
import { type Estimated, type Undefined, undefinedBecause } from './estimate.js';
import { wilsonLimits } from './proportions.js';
import { mean, type Numbers, variance } from './summary.js';

/**
 * A share of the whole set from the judged sample, helped by a prediction that every item has. `n`
 * counts the judged items.
 */
export interface PredictionPowered extends Estimated {
  /** How much of the prediction is used: 0 leaves the plain share. */
  readonly lambda: number;
  /** The plain share, to stand beside. */
  readonly plain: number;
}

/**
 * The prediction-powered share with tuned weight (PPI++, Angelopoulos, Duchi and Zrnic 2023), made
 * to hold in small samples: the weight of each item is tuned without it (cross-fitting), and the
 * interval is Wilson's with as many items as would give the same variance, and t. Where the
 * prediction does not make the variance smaller, the plain share and its variance stand. Valid only
 * where the judged items are a random sample of the whole set.
 * @param outcomes what was found for the judged items: 1 where the label was upheld, else 0
 * @param predictions the prediction for the same items
 * @param others mean, deviation and number of the predictions of all items that were not judged
 *   (`sampleOf`); where that is undefined the plain share is left
 */
export function predictionPoweredShare(
  outcomes: Numbers,
  predictions: Numbers,
  others: Sample | Undefined,
  level = 0.95,
): PredictionPowered | Undefined {
  if (outcomes.length !== predictions.length)
    throw new RangeError(
      `Every outcome needs a prediction; got ${outcomes.length} and ${predictions.length}.`,
    );
  const n = outcomes.length;
  if (n === 0) return undefinedBecause('no-data');
  if (n < 2) return undefinedBecause('one-item');
  const plain = mean(outcomes)!;
  const plainVariance = variance(outcomes)! / n;
  const tuned =
    'kind' in others || others.n < 2 || n < 3 ? null : crossFitted(outcomes, predictions, others);
  const helped = tuned !== null && tuned.variance < plainVariance;
  const value = helped ? Math.min(1, Math.max(0, tuned.value)) : plain;
  // Where every outcome is the same there is nothing that the prediction could take off.
  const trials = helped ? (n * plainVariance) / tuned.variance : n;
  const t = tQuantile(1 - (1 - level) / 2, n - 1);
  return {
    kind: 'estimate',
    value,
    n,
    lambda: helped ? tuned.lambda : 0,
    plain,
    standardError: Math.sqrt(helped ? tuned.variance : plainVariance),
    interval: { ...wilsonLimits(value, trials, t * t), level, method: 'prediction-powered' },
  };
}

interface Tuned {
  readonly value: number;
  readonly variance: number;
  readonly lambda: number;
}

/** Each outcome less its weight times the excess of its prediction, the weight from the others. */
function crossFitted(outcomes: Numbers, predictions: Numbers, others: Sample): Tuned | null {
  const n = outcomes.length;
  const [outcome, prediction] = [mean(outcomes)!, mean(predictions)!];
  let covariation = 0;
  let variation = 0;
  for (let item = 0; item < n; item++) {
    covariation += (outcomes[item]! - outcome) * (predictions[item]! - prediction);
    variation += (predictions[item]! - prediction) ** 2;
  }
  // What the sums lose without one item: its own deviations × n / (n - 1).
  const share = n / (n - 1);
  const corrected = new Float64Array(n);
  let weights = 0;
  for (let item = 0; item < n; item++) {
    const excess = predictions[item]! - prediction;
    const lambda = weightOf(
      {
        covariation: covariation - share * (outcomes[item]! - outcome) * excess,
        variation: variation - share * excess * excess,
        mean: prediction - excess / (n - 1),
        n: n - 1,
      },
      others,
    );
    weights += lambda / n;
    corrected[item] = outcomes[item]! - lambda * (predictions[item]! - others.mean);
  }
  const squared = variance(corrected)! / n + (weights ** 2 * others.deviation ** 2) / others.n;
  return squared > 1e-24 ? { value: mean(corrected)!, variance: squared, lambda: weights } : null;
}

/** The weight with the smallest variance, from 0 to 1; 0 where all predictions are the same. */
function weightOf(
  judged: {
    readonly covariation: number;
    readonly variation: number;
    readonly mean: number;
    readonly n: number;
  },
  others: Sample,
): number {
  const all = judged.n + others.n;
  const spread =
    (Math.max(0, judged.variation) +
      (others.n - 1) * others.deviation ** 2 +
      (judged.n * others.n * (judged.mean - others.mean) ** 2) / all) /
    (all - 1);
  if (!(spread > 1e-12 * judged.mean ** 2)) return 0;
  const covariance = judged.covariation / (judged.n - 1);
  return Math.max(0, Math.min(1, covariance / ((1 + judged.n / others.n) * spread)));
}
