/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { spread } from './bootstrap.js';
import type { Estimated } from './estimate.js';
import {
  effectiveNumber,
  effectiveShare,
  resampleWithinStrata,
  type Stratified,
  weightedMean,
  type WithinStrataOptions,
} from './stratified.js';
import type { Numbers } from './summary.js';

/** A share of the whole population, helped by a prediction that every unit has. */
export interface StratifiedShare {
  /** Inclusion weights alone (Horvitz and Thompson 1952). */
  readonly plain: Estimated;
  readonly powered: Estimated;
  /** How much of the prediction is used: 0 leaves the weighted share. */
  readonly lambda: number;
}

/** Sums over the units of a stratum, each counted as often as it was drawn. */
interface Sums {
  count: number;
  outcome: number;
  prediction: number;
  both: number;
  squares: number;
}

/**
 * The prediction-powered share over a stratified sample (Fisch et al. 2024; a difference estimator):
 * Σ N/ΣN · (mean outcome + λ · (mean prediction of all − of the judged)), with one λ from 0 to 1 that
 * makes the variance smallest, tuned anew in every replicate of a bootstrap within strata.
 * @param outcomes 1 where it was found, else 0
 * @param predictions of the same units
 */
export function weightedPoweredShare(
  sample: Stratified,
  outcomes: Numbers,
  predictions: Numbers,
  options: WithinStrataOptions,
): StratifiedShare {
  const total = sample.sizes.reduce((sum, size) => sum + size, 0);
  const expected = weightedMean(sample.means, sample.sizes);
  const shares = (weights: Float64Array): number[] => {
    const plain = weightedMean(outcomes, weights);
    const lambda = weightOf(sample, outcomes, predictions, weights, total);
    return [plain, plain + lambda * (expected - weightedMean(predictions, weights)), lambda];
  };
  const [plain, powered, lambda] = shares(sample.weights);
  const [ofPlain = new Float64Array(), ofPowered = new Float64Array()] = resampleWithinStrata(
    sample,
    shares,
    options,
  );
  const errorOf = (replicates: Float64Array): number =>
    replicates.length < 2 ? 0 : spread(replicates);
  const gained = errorOf(ofPowered) > 0 ? (errorOf(ofPlain) / errorOf(ofPowered)) ** 2 : 1;
  const shareOf = (value: number, replicates: Float64Array, times: number): Estimated => ({
    ...effectiveShare(Math.min(1, Math.max(0, value)), {
      n: sample.n,
      standardError: errorOf(replicates),
      most: times * effectiveNumber(sample.weights),
      degreesOfFreedom: sample.n - sample.sizes.length,
      level: options.level ?? 0.95,
      method: 'stratified-wilson',
    }),
    seed: options.seed,
    replicates: replicates.length,
  });
  return {
    plain: shareOf(plain!, ofPlain, 1),
    powered: shareOf(powered!, ofPowered, gained),
    lambda: lambda!,
  };
}

/** The weight of the prediction with the smallest variance over strata, from 0 to 1. */
function weightOf(
  sample: Stratified,
  outcomes: Numbers,
  predictions: Numbers,
  weights: Float64Array,
  total: number,
): number {
  const strata = Array.from(sample.sizes, (): Sums => ({
    count: 0,
    outcome: 0,
    prediction: 0,
    both: 0,
    squares: 0,
  }));
  for (let unit = 0; unit < sample.n; unit++) {
    const own = strata[sample.stratum[unit]!]!;
    // The weights of a stratum add up to its size: what is left is how often a unit was drawn.
    const times =
      (weights[unit]! * sample.drawn[sample.stratum[unit]!]!) /
      sample.sizes[sample.stratum[unit]!]!;
    own.count += times;
    own.outcome += times * outcomes[unit]!;
    own.prediction += times * predictions[unit]!;
    own.both += times * outcomes[unit]! * predictions[unit]!;
    own.squares += times * predictions[unit]! ** 2;
  }
  let [covariation, variation] = [0, 0];
  for (const [index, own] of strata.entries()) {
    const scale = (sample.sizes[index]! / total) ** 2 / (own.count * Math.max(1, own.count - 1));
    covariation += scale * (own.both - (own.outcome * own.prediction) / own.count);
    variation += scale * (own.squares - own.prediction ** 2 / own.count);
  }
  return variation > 1e-15 ? Math.max(0, Math.min(1, covariation / variation)) : 0;
}
