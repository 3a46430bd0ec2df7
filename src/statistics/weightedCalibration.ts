/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { noSpread, spread } from './bootstrap.js';
import { binsOf, type CalibrationError } from './calibration.js';
import { type Estimated, tInterval, type Undefined } from './estimate.js';
import { createRandom } from './random.js';
import {
  effectiveNumber,
  effectiveShare,
  resampleWithinStrata,
  type Stratified,
  weightedMean,
  type WithinStrataOptions,
} from './stratified.js';
import { mean, type Numbers, quantileOfSorted } from './summary.js';

/** One bin of a reliability diagram of weighted units. */
export interface WeightedBin {
  readonly from: number;
  readonly to: number;
  /** Units judged. */
  readonly items: number;
  /** The share of the population that the bin stands for. */
  readonly weight: number;
  readonly meanConfidence: number;
  readonly share: Estimated;
}

export interface WeightedBinOptions extends WithinStrataOptions {
  /** Bins of about as many judged units each; equal confidences stay together. */
  readonly bins: number;
}

/** n − strata, at least 1: what is left to see spread with. */
const degreesOf = ({ n, sizes }: Stratified): number => Math.max(1, n - sizes.length);

/** The weight of some of the units, 0 for the others. */
const onlyThese = (weights: Numbers, units: readonly number[]): Float64Array =>
  Float64Array.from(units, (unit) => weights[unit]!);

/** Weighted shares in parts of the sample, each with effective limits. */
function sharesOf(
  sample: Stratified,
  right: Numbers,
  parts: (weights: Float64Array) => readonly (readonly number[])[],
  options: WithinStrataOptions,
): Estimated[] {
  const shareOf = (weights: Float64Array, units: readonly number[]): number =>
    weightedMean(onlyThese(right, units), onlyThese(weights, units));
  const replicates = resampleWithinStrata(
    sample,
    (weights) => parts(weights).map((units) => shareOf(weights, units)),
    options,
  );
  return parts(sample.weights).map((units, index) => {
    const found = replicates[index]!;
    const own = effectiveNumber(onlyThese(sample.weights, units));
    return effectiveShare(shareOf(sample.weights, units), {
      n: units.length,
      standardError: found.length < 2 ? 0 : spread(found),
      most: own,
      degreesOfFreedom: Math.min(degreesOf(sample), own - 1),
      level: options.level ?? 0.95,
      method: 'stratified-wilson',
    });
  });
}

/** The bins of a reliability diagram of the population that the strata make up. */
export function weightedReliability(
  sample: Stratified,
  confidence: Numbers,
  right: Numbers,
  options: WeightedBinOptions,
): WeightedBin[] {
  const bins = binsOf(confidence, { bins: options.bins });
  const shares = sharesOf(sample, right, () => bins, options);
  const all = sample.weights.reduce((sum, weight) => sum + weight, 0);
  return bins.map((units, bin) => {
    const weights = onlyThese(sample.weights, units);
    return {
      from: confidence[units[0]!]!,
      to: confidence[units.at(-1)!]!,
      items: units.length,
      weight: weights.reduce((sum, weight) => sum + weight, 0) / all,
      meanConfidence: weightedMean(onlyThese(confidence, units), weights),
      share: shares[bin]!,
    };
  });
}

/** The Brier score of the population that the strata make up: t by a bootstrap within strata. */
export function weightedBrier(
  sample: Stratified,
  confidence: Numbers,
  right: Numbers,
  options: WithinStrataOptions,
): Estimated {
  const errors = Float64Array.from(confidence, (value, unit) => (value - right[unit]!) ** 2);
  const value = weightedMean(errors, sample.weights);
  const [replicates = new Float64Array()] = resampleWithinStrata(
    sample,
    (weights) => [weightedMean(errors, weights)],
    options,
  );
  const standardError = replicates.length < 2 ? 0 : spread(replicates);
  return {
    kind: 'estimate',
    value,
    n: sample.n,
    seed: options.seed,
    replicates: replicates.length,
    standardError,
    ...tInterval(value, standardError, degreesOf(sample), options.level ?? 0.95, 'stratified-t', {
      lower: 0,
      upper: 1,
    }),
  };
}

/** The mean distance of confidence and share right over bins, each with its weight. */
function errorInBins(
  bins: readonly (readonly number[])[],
  confidence: Numbers,
  right: Numbers,
  weights: Numbers,
): number {
  let [error, all] = [0, 0];
  for (const units of bins) {
    let difference = 0;
    for (const unit of units) {
      difference += weights[unit]! * (confidence[unit]! - right[unit]!);
      all += weights[unit]!;
    }
    error += Math.abs(difference);
  }
  return error / all;
}

/**
 * The expected calibration error of the population that the strata make up, over bins of about as
 * many judged units each: a percentile bootstrap within strata, and what a perfectly calibrated
 * confidence would show (Bröcker and Smith 2007). The bins stay as they are in every replicate.
 */
export function weightedCalibrationError(
  sample: Stratified,
  confidence: Numbers,
  right: Numbers,
  options: WeightedBinOptions,
): CalibrationError | Undefined {
  const level = options.level ?? 0.95;
  const bins = binsOf(confidence, { bins: options.bins });
  const [replicates = new Float64Array()] = resampleWithinStrata(
    sample,
    (weights) => [errorInBins(bins, confidence, right, weights)],
    options,
  );
  const random = createRandom(`${options.seed} calibrated`);
  const outcome = new Float64Array(sample.n);
  const chance = Float64Array.from({ length: options.replicates ?? 1000 }, () => {
    for (let unit = 0; unit < sample.n; unit++)
      outcome[unit] = random() < confidence[unit]! ? 1 : 0;
    return errorInBins(bins, confidence, outcome, sample.weights);
  }).sort();
  const shared = {
    kind: 'estimate',
    value: errorInBins(bins, confidence, right, sample.weights),
    n: sample.n,
    seed: options.seed,
    replicates: replicates.length,
    byChance: mean(chance) ?? 0,
    byChanceUpper: quantileOfSorted(chance, level),
  } as const;
  const obstacle = noSpread(replicates);
  if (obstacle !== null) return { ...shared, withoutInterval: obstacle.because };
  return {
    ...shared,
    standardError: spread(replicates),
    interval: {
      lower: quantileOfSorted(replicates, (1 - level) / 2),
      upper: quantileOfSorted(replicates, 1 - (1 - level) / 2),
      level,
      method: 'stratified-percentile',
    },
  };
}

/** What would be right if only so much of the population were kept, the most confident first. */
export interface WeightedFilterPoint {
  /** Share of the population kept; equal confidences go together. */
  readonly kept: number;
  /** Units judged among them. */
  readonly items: number;
  readonly leastConfidence: number;
  readonly share: Estimated;
}

/**
 * The filter curve of the population that the strata make up: for each share to keep, from the most
 * confident down, the share right, with the threshold found anew in every replicate.
 */
export function weightedFilterCurve(
  sample: Stratified,
  confidence: Numbers,
  right: Numbers,
  options: WithinStrataOptions & { readonly keep: readonly number[] },
): WeightedFilterPoint[] {
  const order = Array.from({ length: sample.n }, (_, unit) => unit).sort(
    (one, other) => confidence[other]! - confidence[one]!,
  );
  const total = sample.sizes.reduce((sum, size) => sum + size, 0);
  const kept = (weights: Float64Array): number[][] =>
    options.keep.map((share) => {
      let [at, weight] = [0, 0];
      // A little less, so that rounding keeps nothing more.
      while (at < order.length && weight < share * total * (1 - 1e-9))
        weight += weights[order[at++]!]!;
      while (at < order.length && confidence[order[at]!] === confidence[order[at - 1]!]) at++;
      return order.slice(0, at);
    });
  const found = kept(sample.weights);
  const shares = sharesOf(sample, right, kept, options);
  return found.map((units, index) => ({
    kept: onlyThese(sample.weights, units).reduce((sum, weight) => sum + weight, 0) / total,
    items: units.length,
    leastConfidence: confidence[units.at(-1)!]!,
    share: shares[index]!,
  }));
}
