import {
  type Bounds,
  type Estimated,
  type Undefined,
  undefinedBecause,
  undefinedReasons,
} from './estimate.js';
import { type Arm, armFrom, sumsOf, type VarianceParts } from './twoWay/arm.js';
import { type Limits, limitsOfDifference, limitsOfMean, reachAt } from './twoWay/limits.js';
import { sharedBy, squaredErrorOfDifference } from './twoWay/shared.js';
import type { Votes } from './votes.js';

/** An estimate over items and raters. `n` counts the items. */
export interface TwoWayEstimated extends Estimated {
  readonly raters: number;
  readonly votes: number;
  /** How many raters with equal shares of the work would weigh as these do: 1 / Σ share². */
  readonly effectiveRaters: number;
  readonly degreesOfFreedom: number;
  readonly variance: VarianceParts;
  /** The limits at any confidence level between 0 and 1; null where no interval is given. */
  readonly limitsAt: ((level: number) => Limits) | null;
}

/** A difference, and how uncertain it would be if it were another one. */
export interface TwoWayDifference extends TwoWayEstimated {
  /**
   * Limits and standard error if the first mean lay so far from the second as told, with as many
   * effective votes; null where no interval is given, or the scale does not reach so far.
   */
  readonly ifItWere: ((difference: number) => Expected | null) | null;
}

/** What an estimate of a known difference would look like on average. */
export interface Expected {
  readonly limitsAt: (level: number) => Limits;
  readonly standardError: number;
}
export type TwoWayEstimate = TwoWayEstimated | Undefined;

export interface TwoWayOptions {
  readonly level?: number;
  /** The lowest and highest value that a vote can have; 0 and 1 unless given. */
  readonly scale?: Bounds;
}

/** Fewer raters than this say nothing about raters in general. */
export const fewestRaters = 4;

/**
 * The mean of item means with an interval over items and raters. Use it for agreement by vote
 * (values 0 and 1), relevance and ambiguity.
 *
 * The variance is that of Cameron, Gelbach and Miller (2011), V items + V raters - V cells, but
 * never less than the larger of the first two; V raters is corrected for unequal work. It says how
 * many independent votes the votes are worth (`effectiveVotes` of `twoWay/arm.ts`), and the limits
 * are Wilson's for so many, reaching as much further as t does than the normal distribution, with
 * degrees of freedom by Satterthwaite (1946) from raters and items. So one rule serves 0 %, 100 %
 * and everything between. Under 4 raters the value stands without an interval and `withoutInterval`
 * says why.
 * @throws RangeError where the arrays differ in length or a value is off the scale
 */
export function twoWayMean(votes: Votes, options: TwoWayOptions = {}): TwoWayEstimate {
  const { level = 0.95, scale = { lower: 0, upper: 1 } } = options;
  const sums = sumsOf(votes, scale);
  if (sums === null) return undefinedBecause('no-data');
  const arm = armFrom(sums);
  const width = scale.upper - scale.lower;
  return estimate({
    value: scale.lower + width * arm.value,
    arms: [arm],
    width,
    variance: arm.variance,
    raters: arm.raters,
    effectiveRaters: arm.effectiveRaters,
    degreesOfFreedom: arm.degreesOfFreedom,
    standardError: Math.sqrt(arm.squaredError),
    level,
    limitsAt: (wanted) => {
      const { lower, upper } = limitsOfMean(arm, reachAt(wanted));
      return { lower: scale.lower + width * lower, upper: scale.lower + width * upper };
    },
  });
}

/**
 * The mean of item means of the first arm minus that of the second, with the score interval of a
 * difference of two shares (after Miettinen and Nurminen 1985) at the effective votes of each and
 * with their correlation through the raters: its limits are the differences that lie as many
 * standard errors away as the level asks for, by the variance that the means would have there
 * (`limitsOfDifference`). Degrees of freedom are those of the difference. Rater indexes mean the
 * same people in both arms; item indexes are each arm's own. The interval holds for raters who
 * judged both arms; whether enough of them did is the caller's gate. No interval where an arm has
 * under 4 raters, and where raters differ by the same in both arms and nothing else varies, so that
 * it would have no width.
 * @throws RangeError where the arrays differ in length or a value is off the scale
 */
export function twoWayDifference(
  first: Votes,
  second: Votes,
  options: TwoWayOptions = {},
): TwoWayDifference | Undefined {
  const { level = 0.95, scale = { lower: 0, upper: 1 } } = options;
  const [ones, others] = [sumsOf(first, scale), sumsOf(second, scale)];
  if (ones === null || others === null) return undefinedBecause('no-data');
  const [one, other] = [armFrom(ones), armFrom(others)];
  const width = scale.upper - scale.lower;
  const shared = sharedBy(ones, one, others, other);
  const limitsFor = (first: Arm): ((level: number) => Limits) => {
    return (wanted) => {
      const { lower, upper } = limitsOfDifference(first, other, shared, reachAt(wanted));
      return { lower: width * lower, upper: width * upper };
    };
  };
  const found = estimate({
    value: width * (one.value - other.value),
    arms: [one, other],
    width,
    variance: shared.variance,
    raters: shared.raters,
    effectiveRaters: shared.effectiveRaters,
    degreesOfFreedom: shared.degreesOfFreedom,
    standardError: Math.sqrt(shared.squaredError),
    level,
    limitsAt: limitsFor(one),
  });
  const ifItWere = (difference: number): Expected | null => {
    const value = other.value + difference / width;
    if (value < 0 || value > 1) return null;
    const moved = { ...one, value, squaredError: (value * (1 - value)) / one.effectiveVotes };
    const squared = squaredErrorOfDifference(moved, other, shared.correlation);
    return { limitsAt: limitsFor(moved), standardError: width * Math.sqrt(squared) };
  };
  return { ...found, ifItWere: found.limitsAt === null ? null : ifItWere };
}

/** Part of the scale below which the width of an interval is rounding alone. */
const noWidth = 1e-7;

interface Made {
  readonly value: number;
  readonly arms: readonly Arm[];
  /** The width of the scale; errors and limits of arms are on a scale from 0 to 1. */
  readonly width: number;
  readonly variance: VarianceParts;
  readonly raters: number;
  readonly effectiveRaters: number;
  readonly degreesOfFreedom: number;
  readonly standardError: number;
  readonly level: number;
  readonly limitsAt: (level: number) => Limits;
}

function estimate(made: Made): TwoWayEstimated {
  const { value, arms, width, variance, raters, effectiveRaters, degreesOfFreedom, level } = made;
  const total = (of: (arm: Arm) => number): number => arms.reduce((sum, arm) => sum + of(arm), 0);
  const shared = {
    kind: 'estimate',
    value,
    n: total((arm) => arm.items),
    raters,
    votes: total((arm) => arm.votes),
    effectiveRaters,
    degreesOfFreedom,
    variance: {
      items: width ** 2 * variance.items,
      raters: width ** 2 * variance.raters,
      cells: width ** 2 * variance.cells,
    },
  } as const;
  if (arms.some((arm) => arm.raters < fewestRaters))
    return { ...shared, limitsAt: null, withoutInterval: undefinedReasons['too-few-raters'] };
  const limits = made.limitsAt(level);
  if (!(limits.upper - limits.lower > noWidth * width))
    return { ...shared, limitsAt: null, withoutInterval: undefinedReasons['no-variation'] };
  return {
    ...shared,
    standardError: width * made.standardError,
    limitsAt: made.limitsAt,
    interval: { ...limits, level, method: 'two-way' },
  };
}
