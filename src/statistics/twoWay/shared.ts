import { type Arm, noiseOf, satterthwaite, type Sums, type VarianceParts } from './arm.js';

/** Rounding leaves a trace of variance where every vote is the same. */
const trace = 1e-14;

/** What two arms that the same raters judged have in common. */
export interface Shared {
  readonly correlation: number;
  readonly variance: VarianceParts;
  readonly squaredError: number;
  /** Of the difference. */
  readonly degreesOfFreedom: number;
  /** Over the work in both. */
  readonly effectiveRaters: number;
  readonly raters: number;
}

/**
 * The correlation of two arms' means, and the variance of their difference with its degrees of
 * freedom. The correlation takes nothing away from the variance between items, so that the
 * difference has no less than its larger one-way variance.
 */
export function sharedBy(ones: Sums, one: Arm, others: Sums, other: Arm): Shared {
  const both = Math.max(ones.share.length, others.share.length);
  const votes = one.votes + other.votes;
  let [products, second, raters] = [0, 0, 0];
  for (let rater = 0; rater < both; rater++) {
    products += (ones.influence[rater] ?? 0) * (others.influence[rater] ?? 0);
    const work =
      (one.votes * (ones.share[rater] ?? 0) + other.votes * (others.share[rater] ?? 0)) / votes;
    second += work * work;
    if (work > 0) raters++;
  }
  const covariance = products * Math.sqrt(one.correction * other.correction);
  const beyondItems = one.whole - one.variance.items + other.whole - other.variance.items;
  const scale = Math.sqrt(
    Math.max(one.whole, one.squaredError) * Math.max(other.whole, other.squaredError),
  );
  const correlation =
    one.whole > trace && other.whole > trace
      ? Math.max(-1, Math.min(1, Math.min(covariance, beyondItems / 2) / scale))
      : 0;
  const effectiveRaters = 1 / second;
  return {
    correlation,
    variance: {
      items: one.variance.items + other.variance.items,
      raters: one.variance.raters + other.variance.raters - 2 * covariance,
      cells: one.variance.cells + other.variance.cells,
    },
    squaredError: squaredErrorOfDifference(one, other, correlation),
    degreesOfFreedom: freedomOfDifference(one, other, correlation, effectiveRaters),
    effectiveRaters,
    raters,
  };
}

/** Satterthwaite's degrees of freedom over raters and the items of both arms. */
function freedomOfDifference(
  one: Arm,
  other: Arm,
  correlation: number,
  effectiveRaters: number,
): number {
  const [first, second] = [spreadWithin(one), spreadWithin(other)];
  const [left, right] = [first / one.effectiveVotes, second / other.effectiveVotes];
  const common = 2 * correlation * Math.sqrt(left * right);
  const whole = left + right - common;
  const between = Math.min(
    whole,
    Math.max(0, first * one.shown.raters + second * other.shown.raters - common),
  );
  const noise =
    noiseOf(between, effectiveRaters) +
    noiseOf(first * one.shown.items, one.items) +
    noiseOf(second * other.shown.items, other.items);
  return satterthwaite(whole, noise, one.votes + other.votes - 2);
}

/**
 * The variance of one vote that Wilson's interval at 95 % has in it: value × (1 - value), and more
 * where the mean may be further from its end.
 */
const spreadWithin = ({ value, effectiveVotes }: Pick<Arm, 'value' | 'effectiveVotes'>): number =>
  value * (1 - value) + 1 / effectiveVotes;

/**
 * The squared standard error of the difference of two means with this correlation. What the two
 * have in common varies no more than the one that varies less.
 */
export const squaredErrorOfDifference = (
  one: Pick<Arm, 'squaredError'>,
  other: Pick<Arm, 'squaredError'>,
  correlation: number,
): number =>
  Math.max(
    0,
    one.squaredError +
      other.squaredError -
      2 *
        Math.min(
          one.squaredError,
          other.squaredError,
          correlation * Math.sqrt(one.squaredError * other.squaredError),
        ),
  );
