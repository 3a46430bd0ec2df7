/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { normalCdf, normalQuantile } from './distributions.js';
import {
  type Estimate,
  type IntervalMethod,
  type Undefined,
  undefinedBecause,
  type UndefinedReason,
} from './estimate.js';
import { createRandom, randomInteger, type Seed } from './random.js';
import {
  aurocCoefficient,
  type Numbers,
  quantileOfSorted,
  spearmanCoefficient,
} from './summary.js';

export interface ResamplingOptions {
  readonly seed: Seed;
  readonly replicates?: number;
  readonly level?: number;
  /** What the interval is called, where the units are not items. */
  readonly method?: IntervalMethod;
}

/**
 * A statistic of the units with these indexes (with repeats); null where it is undefined for them.
 */
export type Statistic = (units: Int32Array) => number | null;

/**
 * A statistic of n units with a percentile interval from resampling the units with replacement.
 * Replicates in which it is undefined are dropped and counted.
 * @param otherwise the reason to give where the statistic is undefined for the data themselves
 */
export function percentileBootstrap(
  n: number,
  statistic: Statistic,
  options: ResamplingOptions,
  otherwise: UndefinedReason = 'no-variation',
): Estimate {
  const value = n === 0 ? null : statistic(allUnits(n));
  if (value === null) return undefinedBecause(n === 0 ? 'no-data' : otherwise);
  const level = options.level ?? 0.95;
  const wanted = options.replicates ?? 1000;
  const sorted = resample(n, statistic, wanted, options.seed);
  const shared = {
    kind: 'estimate',
    value,
    n,
    seed: options.seed,
    replicates: sorted.length,
    droppedReplicates: wanted - sorted.length,
  } as const;
  const obstacle = noSpread(sorted);
  if (obstacle !== null) return { ...shared, withoutInterval: obstacle.because };
  return {
    ...shared,
    standardError: spread(sorted),
    interval: {
      lower: quantileOfSorted(sorted, (1 - level) / 2),
      upper: quantileOfSorted(sorted, 1 - (1 - level) / 2),
      level,
      method: options.method ?? 'bootstrap-percentile',
    },
  };
}

/**
 * A comparison of two independent samples with a percentile interval from resampling each of them
 * on its own.
 * @param statistic null where it is undefined
 */
export function bootstrapDifference(
  first: Numbers,
  second: Numbers,
  statistic: (first: Float64Array, second: Float64Array) => number | null,
  options: ResamplingOptions,
): Estimate {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return undefinedBecause('no-data');
  const random = createRandom(options.seed);
  const wanted = options.replicates ?? 1000;
  const level = options.level ?? 0.95;
  const value = statistic(Float64Array.from(first), Float64Array.from(second));
  if (value === null) return undefinedBecause('no-variation');
  const draw = (values: Numbers): Float64Array =>
    Float64Array.from(
      { length: values.length },
      () => values[randomInteger(values.length, random)]!,
    );
  const found: number[] = [];
  for (let replicate = 0; replicate < wanted; replicate++) {
    const each = statistic(draw(first), draw(second));
    if (each !== null) found.push(each);
  }
  const sorted = Float64Array.from(found).sort();
  const shared = {
    kind: 'estimate',
    value,
    n: n + m,
    seed: options.seed,
    replicates: sorted.length,
    droppedReplicates: wanted - sorted.length,
  } as const;
  const obstacle = noSpread(sorted);
  if (obstacle !== null) return { ...shared, withoutInterval: obstacle.because };
  return {
    ...shared,
    standardError: spread(sorted),
    interval: {
      lower: quantileOfSorted(sorted, (1 - level) / 2),
      upper: quantileOfSorted(sorted, 1 - (1 - level) / 2),
      level,
      method: 'bootstrap-percentile',
    },
  };
}

/** Spearman's rank correlation with a percentile interval from resampling pairs. */
export function spearman(x: Numbers, y: Numbers, options: ResamplingOptions): Estimate {
  return percentileBootstrap(
    x.length,
    (units) => spearmanCoefficient(pick(x, units), pick(y, units)),
    options,
  );
}

/**
 * The area under the ROC curve with a percentile interval from resampling units.
 * @param positive 1 for a positive unit, 0 for a negative one
 */
export function auroc(
  scores: Numbers,
  positive: ArrayLike<number>,
  options: ResamplingOptions,
): Estimate {
  return percentileBootstrap(
    scores.length,
    (units) => aurocCoefficient(pick(scores, units), pick(positive, units)),
    options,
    'one-class',
  );
}

/** The defined replicates of a statistic, in ascending order. */
export function resample(
  n: number,
  statistic: Statistic,
  replicates: number,
  seed: Seed,
): Float64Array {
  const random = createRandom(seed);
  const units = new Int32Array(n);
  const values = new Float64Array(replicates);
  let defined = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (let draw = 0; draw < n; draw++) units[draw] = randomInteger(n, random);
    const value = statistic(units);
    if (value !== null) values[defined++] = value;
  }
  return values.slice(0, defined).sort();
}

/** The indexes 0 to n - 1. */
export function allUnits(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, index) => index);
}

/** Why no interval can be read off these sorted replicates, or null. */
export function noSpread(sorted: Float64Array): Undefined | null {
  if (sorted.length < 2) return undefinedBecause('too-few-replicates');
  return sorted[0] === sorted[sorted.length - 1] ? undefinedBecause('no-variation') : null;
}

/** The standard deviation of replicates, which is the bootstrap's standard error. */
export function spread(values: Float64Array): number {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1),
  );
}

function pick(values: ArrayLike<number>, units: Int32Array): Float64Array {
  return Float64Array.from(units, (unit) => values[unit]!);
}

/**
 * Bias-corrected and accelerated limits (Efron 1987; several samples: Efron and Tibshirani 1993,
 * chapter 14). Null where all replicates lie on one side of the value.
 * @param leftOut for every resampled kind of unit, the statistic without each one of the units
 */
export function bcaLimits(
  sorted: Float64Array,
  value: number,
  level: number,
  leftOut: readonly Float64Array[],
): { lower: number; upper: number } | null {
  let below = 0;
  for (const replicate of sorted) below += replicate < value ? 1 : replicate === value ? 0.5 : 0;
  const bias = normalQuantile(below / sorted.length);
  if (!Number.isFinite(bias)) return null;
  let cubes = 0;
  let squares = 0;
  for (const values of leftOut) {
    const centre = values.reduce((sum, each) => sum + each, 0) / values.length;
    const scale = (values.length - 1) / values.length;
    for (const each of values) {
      const influence = scale * (centre - each);
      squares += influence ** 2;
      cubes += influence ** 3;
    }
  }
  const acceleration = squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
  const shifted = (p: number): number => {
    const z = bias + normalQuantile(p);
    return normalCdf(bias + z / (1 - acceleration * z));
  };
  return {
    lower: quantileOfSorted(sorted, shifted((1 - level) / 2)),
    upper: quantileOfSorted(sorted, shifted(1 - (1 - level) / 2)),
  };
}

/**
 * A statistic of n units with a bias-corrected and accelerated interval from resampling the units
 * with replacement.
 */
export function bcaBootstrap(
  n: number,
  statistic: Statistic,
  options: ResamplingOptions,
  otherwise: UndefinedReason = 'no-variation',
): Estimate {
  const percentile = percentileBootstrap(n, statistic, options, otherwise);
  if (percentile.kind === 'undefined' || percentile.interval === undefined) return percentile;
  const level = options.level ?? 0.95;
  const sorted = resample(n, statistic, options.replicates ?? 1000, options.seed);
  const left: number[] = [];
  for (let unit = 0; unit < n; unit++) {
    const value = statistic(allUnits(n).filter((each) => each !== unit));
    if (value !== null) left.push(value);
  }
  const limits = bcaLimits(sorted, percentile.value, level, [Float64Array.from(left)]);
  const { interval: _, ...rest } = percentile;
  return limits === null
    ? { ...rest, withoutInterval: undefinedBecause('too-few-replicates').because }
    : { ...rest, interval: { ...limits, level, method: 'bootstrap-bca' } };
}
