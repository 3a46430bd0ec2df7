import { tQuantile } from './distributions.js';
import type { Seed } from './random.js';

/** How an interval was made, with the sentence that a report prints about it. */
export const intervalMethods = {
  wilson: 'Wilson score interval, items as units',
  'wilson-continuity': 'Wilson score interval with continuity correction',
  'clopper-pearson': 'Clopper-Pearson exact interval',
  'agresti-coull': 'Agresti-Coull interval',
  jeffreys: 'Jeffreys equal-tailed interval',
  wald: 'Wald interval (for comparison only)',
  newcombe: 'Newcombe interval for a difference of independent proportions (method 10)',
  miettinen:
    'score interval for a difference of independent proportions (Miettinen and Nurminen 1985)',
  'agresti-caffo': 'Agresti-Caffo interval for a difference of proportions',
  'two-way':
    'two-way interval over items and raters: Wilson score limits at the effective number of votes of the cluster-robust variance (Cameron, Gelbach and Miller 2011), reaching as far as t with Satterthwaite degrees of freedom; of a difference the score interval at both numbers of effective votes (after Miettinen and Nurminen 1985)',
  'pooled-pairs':
    'random-effects interval over pairs (Hartung and Knapp 2001) with their covariance through shared raters, t with the smaller of pairs - 1 and effective raters - 1 degrees of freedom',
  'rater-leaning':
    'Q profile over raters (Viechtbauer 2007) with the covariance of raters through the items that both judged, chi-square with Satterthwaite degrees of freedom',
  'agreement-two-way':
    'interval over items and raters (each pair of ratings projected onto its item and its raters), Wilson limits with t: effective raters - 1 degrees of freedom for the variance over items, half as many for what raters add, neither fewer than 2',
  'agreement-mover':
    'difference of two intervals over items and raters (MOVER, Zou 2008), raters of both sides matched',
  'gwet-t':
    'analytic interval over items (linearised variance of Gwet), t with items - 1 degrees of freedom',
  'large-sample-t':
    'large-sample interval of the two-rater table, t with items - 1 degrees of freedom',
  'bootstrap-percentile': 'percentile bootstrap over items (type-7 quantiles)',
  'bootstrap-sets': 'percentile bootstrap over datasets (type-7 quantiles)',
  'subsample-percentile':
    'percentiles over random subsamples of equal size, scaled as in the delete-d jackknife (Shao and Wu 1989)',
  'bootstrap-bca': 'bias-corrected and accelerated bootstrap over items',
  'bootstrap-raters': 'percentile bootstrap over raters (type-7 quantiles)',
  'bootstrap-raters-bca': 'bias-corrected and accelerated bootstrap over raters',
  pigeonhole:
    'percentile bootstrap over items and raters together (pigeonhole), which is wider than needed',
  'pigeonhole-t':
    'pigeonhole bootstrap over items and raters together, t with raters - 1 degrees of freedom, which is wider than needed',
  'pigeonhole-bca':
    'bias-corrected and accelerated bootstrap over items and raters together (pigeonhole)',
  'fisher-z': 'Fisher z interval',
  f: 'interval from the F distribution',
  t: 't interval',
  cliff: "Cliff's asymmetric interval",
  'brunner-munzel':
    'Brunner-Munzel interval of stochastic superiority, t with Satterthwaite degrees of freedom',
  'conditional-exact': 'exact conditional interval of the odds ratio (Fisher)',
  'log-wald': 'large-sample interval on the logarithm of the ratio',
  'shrout-fleiss': 'interval of Shrout and Fleiss (1979) from the F distribution',
  'mcgraw-wong': 'interval of McGraw and Wong (1996) from the F distribution',
  'prediction-powered':
    'prediction-powered interval (weight of the prediction cross-fitted), Wilson limits with the number of items that would say as much, t with items - 1 degrees of freedom',
  'stratified-logit':
    'interval on the logit scale with the standard error of a bootstrap within strata (Rao, Wu and Yue 1992), t with Satterthwaite degrees of freedom',
  'stratified-wilson':
    'Wilson limits with the number of items that would give the standard error of a bootstrap within strata (Rao, Wu and Yue 1992; Korn and Graubard 1998), by t',
  'stratified-t': 't interval with the standard error of a bootstrap within strata',
  'stratified-percentile': 'percentile bootstrap within strata (type-7 quantiles)',
  jackknife: 'jackknife over items, t with items - 1 degrees of freedom',
  delong: 'DeLong interval of the area under the curve',
  'exact-shift': 'exact interval of the shift from the Mann-Whitney distribution',
  'mixed-profile':
    'profile likelihood interval of the mixed model with item and rater effects, its limits set by t with raters - 1 degrees of freedom',
  'mixed-delta':
    'delta-method interval of the mixed model with item and rater effects, reaching as many standard errors as its profile likelihood interval',
  'beta-posterior': 'equal-tailed interval of the beta posterior',
} as const;
export type IntervalMethod = keyof typeof intervalMethods;

/** Why there is no number, or no interval around it. */
export const undefinedReasons = {
  'no-data': 'there are no ratings',
  'no-complete-items':
    'it is counted over examples that have all their judgments and an answer to this, and there is none yet',
  'no-labels': 'only one of the two sets has labels that were judged',
  'no-majority-of-others':
    'no judgment of this rater, counted or excluded, is on an example with a majority among the others',
  'no-pairs': 'no item has two ratings',
  'inseparable-raters':
    'no three raters share items with each other, so that it cannot be told which of two errs where they disagree',
  'one-rater': 'there is only one rater',
  'one-item': 'there is only one item',
  'one-category':
    'only one answer was ever given, so that agreement by chance cannot be told from agreement',
  'negative-values':
    'an answer has a negative value, and a ratio level has a zero that nothing lies below',
  'one-declared-category': 'fewer than two answers are possible',
  'no-variation': 'there is no variation: an interval computed from it would have no width',
  'one-side-without-variation':
    'in one of the two sets agreement is the same for every item, so that nothing shows how uncertain it is',
  'too-few-raters': 'there are fewer than 4 raters: no interval over raters is given',
  'too-few-to-lean':
    'fewer than 5 raters judged enough of both sets: no interval over raters is given',
  'too-few-pairs': 'there are fewer than 3 pairs: no interval over pairs is given',
  'too-few-replicates': 'too few bootstrap replicates were defined',
  'one-class': 'only one of the two classes occurs',
  'too-few-of-a-class':
    'there are fewer than 3 of one of the two outcomes, or fewer than 3 by their weights: no interval is given',
  incomplete: 'not every rater rated every item',
  'not-numeric': 'the answers have no numeric values',
  'no-variance': 'the variance is zero',
  'too-few-values': 'there are too few values',
  'no-differences': 'all pairs are equal',
  'empty-margin': 'a row or column of the table is empty',
  infinite: 'the value is infinite: a cell of the table is empty',
  'too-large': 'the table is too large to be enumerated',
  'not-converged': 'the computation did not converge',
  'one-source': 'only one of the two sources has ratings',
  'one-answer': 'only one answer was ever given',
  separated:
    'no answer about one source is above any about the other (complete separation), so that the effect has no finite estimate',
  'too-many-raters': 'there are more than 500 raters: the model would take too long',
  'unbounded-variance':
    'answers agree so completely within items or within raters that their variance has no finite estimate',
  'overlap-above-raters': 'an item would need more raters than there are',
  'outside-scale': 'the scale of the answer does not reach that far',
} as const;
export type UndefinedReason = keyof typeof undefinedReasons;

/** A confidence interval. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
  /** The confidence level, such as 0.95. */
  readonly level: number;
  readonly method: IntervalMethod;
}

/** A number that could be computed. Never NaN, never infinite. */
export interface Estimated {
  readonly kind: 'estimate';
  readonly value: number;
  /** How many units the number rests on (items, unless the function says otherwise). */
  readonly n: number;
  readonly interval?: Interval;
  /** Why there is a number but no interval, where one would be expected. */
  readonly withoutInterval?: string;
  readonly standardError?: number;
  /** The seed of the resampling behind the interval. */
  readonly seed?: Seed;
  /** Bootstrap replicates used, and those dropped because the statistic was undefined in them. */
  readonly replicates?: number;
  readonly droppedReplicates?: number;
}

/** A number that does not exist for these data, with the reason in a sentence. */
export interface Undefined {
  readonly kind: 'undefined';
  readonly reason: UndefinedReason;
  readonly because: string;
}

/** What every estimating function of this folder returns. */
export type Estimate = Estimated | Undefined;

/** An undefined estimate with the sentence that belongs to its reason. */
export function undefinedBecause(reason: UndefinedReason): Undefined {
  return { kind: 'undefined', reason, because: undefinedReasons[reason] };
}

/** The value of an estimate, or null where it is undefined. */
export function valueOf(estimate: Estimate): number | null {
  return estimate.kind === 'estimate' ? estimate.value : null;
}

/**
 * A symmetric t interval cut to the given bounds.
 * A standard error of zero gives no interval: its width would claim a certainty that nobody has.
 */
export function tInterval(
  value: number,
  standardError: number,
  degreesOfFreedom: number,
  level: number,
  method: IntervalMethod,
  bounds: Bounds = noBounds,
): Pick<Estimated, 'interval' | 'withoutInterval'> {
  if (!(standardError > 0)) return { withoutInterval: undefinedReasons['no-variation'] };
  const reach = tQuantile(1 - (1 - level) / 2, degreesOfFreedom) * standardError;
  return {
    interval: {
      lower: Math.max(bounds.lower, value - reach),
      upper: Math.min(bounds.upper, value + reach),
      level,
      method,
    },
  };
}

/** The values that a number can take at all; intervals are cut there. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

export const noBounds: Bounds = { lower: -Infinity, upper: Infinity };
