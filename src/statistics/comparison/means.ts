import { logGamma, tCdf, tQuantile } from '../distributions.js';
import {
  type Estimate,
  type Estimated,
  tInterval,
  type Undefined,
  undefinedBecause,
} from '../estimate.js';
import { type Alternative, type Test, tTest } from '../hypothesis.js';
import { mean, type Numbers, standardDeviation } from '../summary.js';

/** What comparisons of means need to know of a sample. */
export interface Sample {
  readonly mean: number;
  readonly deviation: number;
  readonly n: number;
}

/** Mean, standard deviation and size of values; undefined under two of them. */
export function sampleOf(values: Numbers): Sample | Undefined {
  const centre = mean(values);
  const deviation = standardDeviation(values);
  if (centre === null) return undefinedBecause('no-data');
  return deviation === null
    ? undefinedBecause('too-few-values')
    : { mean: centre, deviation, n: values.length };
}

export interface MeanOptions {
  /** Welch (unequal, default) or Student (equal). */
  readonly variances?: 'unequal' | 'equal';
  readonly level?: number;
  readonly alternative?: Alternative;
}

/** A difference of two means with its t test. */
export interface MeanDifference extends Estimated {
  readonly test: Test;
  readonly degreesOfFreedom: number;
}

/**
 * First mean minus second, values being independent: not for votes, which share items and raters
 * (see `twoWayDifference`).
 */
export function meanDifference(
  first: Sample | Undefined,
  second: Sample | Undefined,
  options: MeanOptions = {},
): MeanDifference | Undefined {
  const spread = errorOf(first, second, options.variances ?? 'unequal');
  if (spread.kind === 'undefined') return spread;
  const { value, standardError, degreesOfFreedom, n } = spread;
  return {
    kind: 'estimate',
    value,
    n,
    standardError,
    degreesOfFreedom,
    test: tTest(value / standardError, degreesOfFreedom, options.alternative ?? 'two-sided'),
    ...tInterval(value, standardError, degreesOfFreedom, options.level ?? 0.95, 't'),
  };
}

/** The mean of paired differences with its t test. */
export function pairedMeanDifference(
  first: Numbers,
  second: Numbers,
  options: MeanOptions = {},
): MeanDifference | Undefined {
  if (first.length !== second.length)
    throw new RangeError(
      `Pairs need two lists of one length; got ${first.length} and ${second.length}.`,
    );
  const sample = sampleOf(Float64Array.from(first, (value, index) => value - (second[index] ?? 0)));
  if ('kind' in sample) return sample;
  const standardError = sample.deviation / Math.sqrt(sample.n);
  if (!(standardError > 0)) return undefinedBecause('no-differences');
  const degreesOfFreedom = sample.n - 1;
  return {
    kind: 'estimate',
    value: sample.mean,
    n: sample.n,
    standardError,
    degreesOfFreedom,
    test: tTest(sample.mean / standardError, degreesOfFreedom, options.alternative ?? 'two-sided'),
    ...tInterval(sample.mean, standardError, degreesOfFreedom, options.level ?? 0.95, 't'),
  };
}

/**
 * Two one-sided tests: that the difference is above the lower bound, and that it is below the
 * upper.
 */
export interface Equivalence {
  readonly kind: 'equivalence';
  /** The test against the lower bound, which is also the test of non-inferiority. */
  readonly lower: Test;
  readonly upper: Test;
  /** The larger of the two p-values: equivalence is shown where it is below the level. */
  readonly p: number;
}

/** Equivalence of two means within raw bounds (TOST, Schuirmann 1987; Lakens 2017). */
export function meanEquivalence(
  first: Sample | Undefined,
  second: Sample | Undefined,
  bounds: readonly [lower: number, upper: number],
  variances: 'unequal' | 'equal' = 'unequal',
): Equivalence | Undefined {
  const spread = errorOf(first, second, variances);
  if (spread.kind === 'undefined') return spread;
  return equivalenceOf(spread.value, spread.standardError, bounds, spread.degreesOfFreedom);
}

/**
 * Equivalence of any difference with its standard error and degrees of freedom, such as that of
 * `twoWayDifference`.
 */
export function equivalenceOf(
  difference: number,
  standardError: number,
  [low, high]: readonly [lower: number, upper: number],
  degreesOfFreedom: number,
): Equivalence | Undefined {
  if (!(standardError > 0)) return undefinedBecause('no-variance');
  const lower = tTest((difference - low) / standardError, degreesOfFreedom, 'greater');
  const upper = tTest((difference - high) / standardError, degreesOfFreedom, 'less');
  return { kind: 'equivalence', lower, upper, p: Math.max(lower.p, upper.p) };
}

/**
 * A standardised difference of means: Cohen's d (pooled deviation), or Hedges' g, which takes off
 * its bias.
 */
export function standardisedDifference(
  first: Sample | Undefined,
  second: Sample | Undefined,
  kind: 'cohen' | 'hedges' | 'hedges-approximate',
  level = 0.95,
): Estimate {
  const samples = usable(first, second);
  if ('kind' in samples) return samples;
  const [one, other] = samples;
  const degreesOfFreedom = one.n + other.n - 2;
  const pooled = Math.sqrt(
    ((one.n - 1) * one.deviation ** 2 + (other.n - 1) * other.deviation ** 2) / degreesOfFreedom,
  );
  if (!(pooled > 0)) return undefinedBecause('no-variance');
  const correction =
    kind === 'cohen'
      ? 1
      : kind === 'hedges'
        ? Math.exp(logGamma(degreesOfFreedom / 2) - logGamma((degreesOfFreedom - 1) / 2)) /
          Math.sqrt(degreesOfFreedom / 2)
        : 1 - 3 / (4 * degreesOfFreedom - 1);
  const value = (correction * (one.mean - other.mean)) / pooled;
  const n = one.n + other.n;
  const standardError = correction * Math.sqrt(n / (one.n * other.n) + value ** 2 / (2 * n));
  return {
    kind: 'estimate',
    value,
    n,
    standardError,
    ...tInterval(value, standardError, degreesOfFreedom, level, 't'),
  };
}

/**
 * The chance of finding a standardised difference of means with n values a side (normal
 * approximation with t limits).
 */
export function powerOfMeans(difference: number, perArm: number, alpha = 0.05): number {
  const degreesOfFreedom = 2 * perArm - 2;
  if (degreesOfFreedom < 1) return 0;
  const limit = tQuantile(1 - alpha / 2, degreesOfFreedom);
  const shift = Math.abs(difference) * Math.sqrt(perArm / 2);
  return tCdf(shift - limit, degreesOfFreedom) + tCdf(-shift - limit, degreesOfFreedom);
}

/**
 * Degrees of freedom of a sum of two variances (Satterthwaite 1946), as shares so that tiny
 * variances do not vanish.
 */
export function satterthwaite(first: number, n: number, second: number, m: number): number {
  const share = first / (first + second);
  return 1 / (share ** 2 / (n - 1) + (1 - share) ** 2 / (m - 1));
}

interface Spread {
  readonly kind: 'spread';
  readonly value: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  readonly n: number;
}

function errorOf(
  first: Sample | Undefined,
  second: Sample | Undefined,
  variances: 'unequal' | 'equal',
): Spread | Undefined {
  const samples = usable(first, second);
  if ('kind' in samples) return samples;
  const [one, other] = samples;
  const [a, b] = [one.deviation ** 2 / one.n, other.deviation ** 2 / other.n];
  const shared = { kind: 'spread', value: one.mean - other.mean, n: one.n + other.n } as const;
  if (variances === 'equal') {
    const degreesOfFreedom = one.n + other.n - 2;
    const pooled =
      ((one.n - 1) * one.deviation ** 2 + (other.n - 1) * other.deviation ** 2) / degreesOfFreedom;
    return pooled > 0
      ? {
          ...shared,
          standardError: Math.sqrt(pooled * (1 / one.n + 1 / other.n)),
          degreesOfFreedom,
        }
      : undefinedBecause('no-variance');
  }
  if (!(a + b > 0)) return undefinedBecause('no-variance');
  return {
    ...shared,
    standardError: Math.sqrt(a + b),
    degreesOfFreedom: satterthwaite(a, one.n, b, other.n),
  };
}

function usable(
  first: Sample | Undefined,
  second: Sample | Undefined,
): readonly [Sample, Sample] | Undefined {
  if ('kind' in first) return first;
  if ('kind' in second) return second;
  return first.n < 2 || second.n < 2 ? undefinedBecause('too-few-values') : [first, second];
}
