/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { tQuantile } from '../distributions.js';
import { type Bounds, type Estimated, type Undefined, undefinedReasons } from '../estimate.js';
import { type Test, tTest } from '../hypothesis.js';
import { fewestRaters } from '../twoWay.js';
import type { MixedDesign } from './design.js';
import { type Approximation, type MaximumLikelihood, maximumLikelihood } from './fit.js';
import { deltaMethod } from './population.js';
import { profileAt, profileLimits } from './profile.js';

/**
 * Standard deviations of the random effects on the scale of log odds; 0 where the data show no such
 * variance.
 */
export interface Deviations {
  readonly item: number;
  readonly rater: number;
  /**
   * How far raters differ in what they make of the difference between the sources; 0 where
   * `leanings` is off.
   */
  readonly raterBySource: number;
}

/** What the mixed models share. */
export interface MixedModelFit {
  readonly kind: 'fit';
  /**
   * The log odds ratio of the first source to the second for one item and rater, with its interval.
   * `n` counts the items.
   */
  readonly effect: Estimated;
  /** The hypothesis of no effect, agreeing with the interval; absent where there is none. */
  readonly test?: Test;
  readonly deviations: Deviations;
  /** On the scale of log odds, midway between the sources; one fewer than levels. */
  readonly thresholds: readonly number[];
  readonly logLikelihood: number;
  readonly approximation: Approximation;
  readonly items: number;
  readonly raters: number;
  readonly votes: number;
}

export interface MixedModelOptions {
  readonly level?: number;
  /**
   * Whether raters may lean to a source, each in their own measure: (0 + source | rater), the
   * sources coded 1/2 and -1/2. On by default: without it the interval is far too narrow where they
   * do lean.
   */
  readonly leanings?: boolean;
  /**
   * `quadrature` by default; `laplace` gives what R's lme4 and ordinal give, which goes astray
   * where items have few votes and nearly all are right.
   */
  readonly approximation?: Approximation;
}

/** A fitted model with what is needed to derive sizes of the effect that a reader understands. */
export interface Fitted {
  readonly kind: 'fitted';
  readonly shared: MixedModelFit;
  readonly fit: MaximumLikelihood;
  /**
   * A function of the parameters as an estimate, by the delta method, reaching as many standard
   * errors to each side as the profile of the effect.
   */
  readonly derived: (value: (point: Float64Array) => number, bounds: Bounds) => Estimated;
}

/**
 * Fits the cumulative-link mixed model to a design and puts an interval around its effect.
 *
 * The interval is that of the profile likelihood. Its limits lie where twice the likelihood lost is
 * R log(1 + t² / (R - 1)), t the quantile with R - 1 degrees of freedom, R the raters: exact for
 * means of R raters' leanings were there nothing else (the likelihood ratio of Student's t), and
 * the usual chi-square quantile for many raters. Under 4 raters there is none.
 */
export function fitMixedModel(design: MixedDesign, options: MixedModelOptions): Fitted | Undefined {
  const level = options.level ?? 0.95;
  const approximation = options.approximation ?? 'quadrature';
  const fit = maximumLikelihood(design, options.leanings ?? true, approximation);
  if (fit.kind === 'undefined') return fit;
  const { layout, point } = fit;
  const effect = point[0]!;
  const standardError = Math.sqrt(fit.covariance[0]!);
  const raters = design.raterCount;
  const items = design.sources.length;
  const limits = raters < fewestRaters ? null : profileLimits(fit, reachOf(raters, level));
  const withoutInterval =
    undefinedReasons[raters < fewestRaters ? 'too-few-raters' : 'not-converged'];
  const test = raters < fewestRaters ? null : noEffect(fit, raters);
  return {
    kind: 'fitted',
    fit,
    shared: {
      kind: 'fit',
      effect: {
        kind: 'estimate',
        value: effect,
        n: items,
        ...(limits === null
          ? { withoutInterval }
          : { standardError, interval: { ...limits, level, method: 'mixed-profile' } }),
      },
      ...(test === null ? {} : { test }),
      deviations: {
        item: point[layout.item]!,
        rater: point[layout.rater]!,
        raterBySource: layout.raterBySource === null ? 0 : point[layout.raterBySource]!,
      },
      thresholds: Array.from(point.subarray(layout.thresholds, layout.item)),
      logLikelihood: fit.logLikelihood,
      approximation,
      items,
      raters,
      votes: design.raters.length,
    },
    derived: (value, bounds) => {
      const found = deltaMethod(fit, value);
      const base = { kind: 'estimate', value: found.value, n: items } as const;
      if (limits === null) return { ...base, withoutInterval };
      if (!(found.standardError > 0))
        return { ...base, withoutInterval: undefinedReasons['no-variation'] };
      const scale = found.standardError / standardError;
      const lower = Math.max(bounds.lower, found.value - scale * (effect - limits.lower));
      const upper = Math.min(bounds.upper, found.value + scale * (limits.upper - effect));
      return {
        ...base,
        standardError: found.standardError,
        interval: { lower, upper, level, method: 'mixed-delta' },
      };
    },
  };
}

/** How far the signed root of the profile goes to each side. */
function reachOf(raters: number, level: number): number {
  const t = tQuantile(1 - (1 - level) / 2, raters - 1);
  return Math.sqrt(raters * Math.log1p((t * t) / (raters - 1)));
}

/** The test whose p-value is under 1 - level just where the interval leaves out 0. */
function noEffect(fit: MaximumLikelihood, raters: number): Test | null {
  const profile = profileAt(fit, 0);
  if (profile === null) return null;
  const t = Math.sqrt((raters - 1) * Math.expm1((profile.root * profile.root) / raters));
  return tTest(fit.point[0]! < 0 ? -t : t, raters - 1);
}
