import { normalQuantile } from '../distributions.js';
import type { Bounds } from '../estimate.js';
import { wilsonInterval } from '../proportions.js';
import { fewestRaters } from '../twoWay.js';
import { assumedBetweenItems, worth } from '../twoWay/arm.js';
import { limitsOfMean, reachAt } from '../twoWay/limits.js';
import { effectiveRaters, workShares } from './work.js';

/** What an interval will look like before there are data. */
export interface PlannedInterval {
  readonly lower: number;
  readonly upper: number;
  /** Half of the width, the figure after a plus-minus sign. */
  readonly halfWidth: number;
}

/**
 * The Wilson interval that n items give if the expected share of them is upheld (a share by
 * majority, items as units).
 */
export function plannedShare(items: number, expectedShare = 0.95, level = 0.95): PlannedInterval {
  const { lower, upper } = wilsonInterval(expectedShare * items, items, level);
  return { lower, upper, halfWidth: (upper - lower) / 2 };
}

/**
 * How far votes scatter, as variances on the scale of the answer: between items, between raters,
 * and what is left.
 */
export interface VoteVariances {
  readonly item: number;
  readonly rater: number;
  readonly residual: number;
}

/**
 * Variances assumed for relevance on the scale from 1 to 5: the plausible values under which the
 * interval was simulated (item .25, rater .15, residual .41).
 */
export const relevanceVariances: VoteVariances = { item: 0.25, rater: 0.15, residual: 0.41 };

/**
 * Variances assumed for votes that choose the dataset's label (1 or 0), if a share of them does. p
 * (1 - p) is the variance of one vote. Of it `assumedBetweenItems` lies between items. Between raters the variance is .04 squared (the lower
 * worker deviation of Card et al. 2020 on a scale from 0 to 1), but never more than what is left.
 */
export function labelVoteVariances(expectedShare = 0.95): VoteVariances {
  const whole = expectedShare * (1 - expectedShare);
  const item = assumedBetweenItems * whole;
  const rater = Math.min(0.04 ** 2, whole - item);
  return { item, rater, residual: whole - item - rater };
}

/** The number of items, votes per item and raters of a study. */
export interface VoteDesign {
  readonly items: number;
  readonly overlap: number;
  readonly raters: number;
  /** The share of the judgments that the five busiest raters give; equal work unless given. */
  readonly busiest?: number;
}

/** The answers that are expected: their mean and variances, on a scale of their own. */
export interface ExpectedAnswers {
  readonly mean: number;
  readonly variances: VoteVariances;
  readonly scale: Bounds;
}

/** Votes on labels where this share of them chooses the dataset's label. */
export const expectedLabelVotes = (share = 0.95): ExpectedAnswers => ({
  mean: share,
  variances: labelVoteVariances(share),
  scale: { lower: 0, upper: 1 },
});

/** Ratings of relevance with the mean of Perez et al. 2022 (persona sets). */
export const expectedRelevance: ExpectedAnswers = {
  mean: 4.4,
  variances: relevanceVariances,
  scale: { lower: 1, upper: 5 },
};

/**
 * The expected half-width of the two-way interval of a mean of item means, by the rule of
 * `twoWayMean` with the variances that are expected: item / n + rater / effective raters + residual
 * / (n k). What overlap adds is the last term only; null under 4 raters, for whom no interval is
 * given.
 */
export function plannedVoteHalfWidth(
  { items, overlap, raters, busiest }: VoteDesign,
  { mean, variances, scale }: ExpectedAnswers,
  level = 0.95,
): number | null {
  if (raters < fewestRaters || items < 1 || overlap < 1) return null;
  const width = scale.upper - scale.lower;
  const votes = items * overlap;
  const ofRaters = effectiveRaters(workShares(raters, busiest));
  const of = (variance: number): number => variance / width ** 2;
  const { item, rater, residual } = variances;
  const arm = worth({
    value: (mean - scale.lower) / width,
    items,
    votes,
    perVote: 1 / overlap,
    raters,
    correction: 1,
    effectiveRaters: ofRaters,
    variance: {
      items: of(item / items + (rater + residual) / votes),
      raters: of(rater / ofRaters + (item + residual) / votes),
      cells: of((item + rater + residual) / votes),
    },
  });
  const { lower, upper } = limitsOfMean(arm, reachAt(level));
  return (width * (upper - lower)) / 2;
}

export interface ComparisonOptions {
  /** Chance of showing what is true. */
  readonly power?: number;
  /**
   * Chance of showing what is not true; of both sides together for a difference, of one side for
   * non-inferiority.
   */
  readonly alpha?: number;
}

/**
 * Items per arm to show, with the given power, that one share is not worse than another by the
 * margin, both being `share`.
 */
export function nonInferioritySize(
  margin: number,
  share = 0.95,
  { power = 0.8, alpha = 0.025 }: ComparisonOptions = {},
): number {
  const z = normalQuantile(1 - alpha) + normalQuantile(power);
  return Math.ceil((z * z * 2 * share * (1 - share)) / (margin * margin));
}

/**
 * The smallest margin that n items per arm can show, with the given power, both shares being
 * `share`.
 */
export function nonInferiorityMargin(
  itemsPerArm: number,
  share = 0.95,
  { power = 0.8, alpha = 0.025 }: ComparisonOptions = {},
): number {
  const z = normalQuantile(1 - alpha) + normalQuantile(power);
  return z * Math.sqrt((2 * share * (1 - share)) / itemsPerArm);
}

/**
 * Items per arm to find, with the given power, that two shares differ (two-sided, pooled variance
 * under no difference).
 */
export function differenceSize(
  first: number,
  second: number,
  { power = 0.8, alpha = 0.05 }: ComparisonOptions = {},
): number {
  const pooled = (first + second) / 2;
  const reach =
    normalQuantile(1 - alpha / 2) * Math.sqrt(2 * pooled * (1 - pooled)) +
    normalQuantile(power) * Math.sqrt(first * (1 - first) + second * (1 - second));
  return Math.ceil((reach / (first - second)) ** 2);
}

/**
 * The smallest drop from a share that n items per arm find with the given power (two-sided);
 * null where not even a drop to 0 would be found.
 */
export function detectableDrop(
  itemsPerArm: number,
  share = 0.95,
  options: ComparisonOptions = {},
): number | null {
  if (differenceSize(share, 0, options) > itemsPerArm) return null;
  let enough = share;
  let tooSmall = 0;
  for (let step = 0; step < 60; step++) {
    const middle = (enough + tooSmall) / 2;
    if (differenceSize(share, share - middle, options) <= itemsPerArm) enough = middle;
    else tooSmall = middle;
  }
  return enough;
}
