import { tQuantile } from '../distributions.js';
import { fewestRaters, type TwoWayDifference, type TwoWayEstimated } from '../twoWay.js';

/** Nobody plans more than this many times what there was. */
const mostTimes = 20;

/**
 * Where the variance of a two-way estimate comes from, as shares of the whole that add up to 1:
 * what falls with the number of examples only, with the number of raters only, and with the number
 * of single judgments, whichever way they are added. Null where each example has one judgment, for
 * then examples and judgments cannot be told apart.
 */
export interface VarianceShares {
  readonly examples: number;
  readonly raters: number;
  readonly judgments: number;
}

/**
 * Splits the two-way variance by moments. With k votes an item, V items = items + (k times cells'
 * own part), so that (V items - V cells) k / (k - 1) is what lies between items and V raters - V
 * cells what lies between raters (a little less than that, where raters differ in severity); the
 * rest belongs to single judgments. Negative parts are 0.
 */
export function varianceShares({ variance, votes, n }: TwoWayEstimated): VarianceShares | null {
  const overlap = votes / n;
  const whole = Math.max(
    variance.items,
    variance.raters,
    variance.items + variance.raters - variance.cells,
  );
  // Rounding leaves a trace of variance where every vote is the same.
  if (whole < 1e-20 || overlap <= 1) return null;
  const examples = Math.min(
    whole,
    Math.max(0, ((variance.items - variance.cells) * overlap) / (overlap - 1)),
  );
  const raters = Math.min(whole, Math.max(0, variance.raters - variance.cells));
  const judgments = Math.max(0, whole - examples - raters);
  const sum = examples + raters + judgments;
  return { examples: examples / sum, raters: raters / sum, judgments: judgments / sum };
}

/** How many times as much of each a study would have. */
export interface Times {
  readonly examples?: number;
  readonly overlap?: number;
  readonly raters?: number;
}

/**
 * The half-width that the interval of a two-way estimate would have with so many times the
 * examples, judgments per example and raters: that of today times the root of what is left of the
 * variance by `varianceShares`, and as t changes with the number of raters.
 * More overlap means more judgments by the same raters; more raters means the same judgments spread
 * over more people.
 */
export function plannedReach(
  { limitsAt, effectiveRaters, n }: TwoWayEstimated,
  shares: VarianceShares,
  { examples = 1, overlap = 1, raters: more = 1 }: Times,
  level = 0.95,
): number {
  if (limitsAt === null) return NaN;
  const { lower, upper } = limitsAt(level);
  const left = (times: Required<Times>): { parts: VarianceShares; whole: number } => {
    const parts = {
      examples: shares.examples / times.examples,
      raters: shares.raters / times.raters,
      judgments: shares.judgments / (times.examples * times.overlap),
    };
    return { parts, whole: parts.examples + parts.raters + parts.judgments };
  };
  // Satterthwaite, as in `worth` of twoWay/arm.ts: single judgments are in both parts.
  const t = (raters: number): number => {
    const { parts, whole } = left({ examples: 1, overlap: 1, raters });
    const noise =
      (parts.raters + parts.judgments) ** 2 / Math.max(0.01, effectiveRaters * raters - 1) +
      (parts.examples + parts.judgments) ** 2 / Math.max(1, n - 1);
    return tQuantile(1 - (1 - level) / 2, Math.max(1, whole ** 2 / noise));
  };
  const { whole } = left({ examples, overlap, raters: more });
  return ((upper - lower) / 2) * Math.sqrt(whole) * Math.min(1, t(more) / t(1));
}

/**
 * What would bring the half-width of the interval down to a wanted one, each by itself; null where
 * no reasonable number does.
 */
export interface Needed {
  /** Examples over both sets. */
  readonly examples: number | null;
  /** Judgments per example, at most as many as there are raters. */
  readonly overlap: number | null;
  readonly raters: number | null;
}

/** What has to be reached, and from where. */
export interface Wanted {
  /** The half-width of the interval. */
  readonly reach: number;
  /** The most votes that one item has: fewer are no plan to judge each example more often. */
  readonly mostVotes: number;
  readonly level?: number;
}

/**
 * The least of examples, of judgments per example and of raters with which `plannedReach` falls to
 * the wanted one; each is more than there is.
 */
export function neededFor(
  estimate: TwoWayEstimated,
  shares: VarianceShares,
  { reach, mostVotes, level = 0.95 }: Wanted,
): Needed {
  // The reach falls with each of the three, so that halving finds the least.
  const least = (from: number, most: number, at: (count: number) => Times): number | null => {
    const enough = (count: number): boolean =>
      plannedReach(estimate, shares, at(count), level) <= reach;
    if (most < from || !enough(most)) return null;
    let [below, above] = [from - 1, most];
    while (above - below > 1) {
      const middle = Math.floor((below + above) / 2);
      if (enough(middle)) above = middle;
      else below = middle;
    }
    return above;
  };
  const { n, votes, raters } = estimate;
  const overlap = votes / n;
  return {
    examples: least(n + 1, mostTimes * n, (count) => ({ examples: count / n })),
    overlap: least(
      Math.max(mostVotes, Math.floor(overlap)) + 1,
      Math.min(raters, Math.ceil(mostTimes * overlap)),
      (count) => ({ overlap: count / overlap }),
    ),
    raters: least(Math.max(raters + 1, fewestRaters), mostTimes * raters, (count) => ({
      raters: count / raters,
    })),
  };
}

/**
 * The smallest true difference for the worse that a two-sided test finds with the given power: the
 * one at which the limit of the interval, moved on by t at the power times the standard error, comes
 * to stand at no difference. Say it beside an open result, never as its proof. Null where there is
 * no interval, or no difference on the scale would be found.
 */
export function detectableDifference(
  { ifItWere, degreesOfFreedom }: Pick<TwoWayDifference, 'ifItWere' | 'degreesOfFreedom'>,
  {
    higherIsBetter = true,
    largest = 1,
    power = 0.8,
    alpha = 0.05,
  }: {
    readonly higherIsBetter?: boolean;
    /** The largest difference on the scale. */
    readonly largest?: number;
    readonly power?: number;
    readonly alpha?: number;
  } = {},
): number | null {
  if (ifItWere === null) return null;
  const further = tQuantile(power, degreesOfFreedom);
  const isFound = (size: number): boolean | null => {
    const expected = ifItWere(higherIsBetter ? -size : size);
    if (expected === null) return null;
    const { lower, upper } = expected.limitsAt(1 - alpha);
    return (higherIsBetter ? upper : -lower) + further * expected.standardError <= 0;
  };
  let [small, large] = [0, largest];
  for (let step = 0; step < 30; step++) {
    const middle = (small + large) / 2;
    if (isFound(middle) === false) small = middle;
    else large = middle;
  }
  return isFound(large) === true ? large : null;
}
