/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Estimated, type Undefined, undefinedBecause } from '../estimate.js';
import type { Ratings } from '../ratings.js';
import { fewestRaters } from '../twoWay.js';
import {
  agreementLimits,
  type AgreementSpread,
  agreementSpread,
  effectiveRaters,
  ratersVariance,
  varies,
} from './overRaters.js';
import { type AgreementStatistic, pointOf, settingOf } from './setting.js';

/** A difference of two coefficients. `n` counts the items of both. */
export interface AgreementDifference extends Estimated {
  /** Two-sided p-value of no difference: 1 - the level of the interval that ends at 0. */
  readonly p: number | null;
}

/**
 * The coefficient of the first ratings minus that of the second, where raters are the same people
 * under the same indexes and items are each side's own. What raters add is taken from the
 * difference that each of them makes to it, so that those who bring the same to both sides add
 * nothing; the limits of both sides, each with its part of that, are joined (MOVER, Zou 2008). The
 * test asks whether the interval holds 0. Under 4 raters on either side, and where agreement is the same for every item of a side, the difference has
 * no interval.
 */
export function agreementDifference(
  first: Ratings,
  second: Ratings,
  statistic: AgreementStatistic,
  level = 0.95,
): AgreementDifference | Undefined {
  const points = [pointOf(first, statistic), pointOf(second, statistic)] as const;
  const [one, other] = points;
  if (one.kind === 'undefined') return one;
  if (other.kind === 'undefined') return other;
  const settings = [settingOf(first, statistic), settingOf(second, statistic)] as const;
  const shared = {
    kind: 'estimate',
    value: one.value - other.value,
    n: settings[0].items.length + settings[1].items.length,
  } as const;
  if (settings.some(({ raters }) => raters.length < fewestRaters))
    return { ...shared, p: null, withoutInterval: undefinedBecause('too-few-raters').because };
  const left = agreementSpread(settings[0]);
  const right = agreementSpread(settings[1]);
  const known = [left, right].filter((side) => side !== null && varies(side));
  const limits = left === null || right === null ? null : limitsAt(left, right);
  const interval = limits?.(level) ?? null;
  if (limits === null || interval === null)
    return {
      ...shared,
      p: null,
      withoutInterval: undefinedBecause(
        known.length === 1 ? 'one-side-without-variation' : 'no-variation',
      ).because,
    };
  return {
    ...shared,
    p: pOf(limits),
    interval: { ...interval, level, method: 'agreement-mover' },
  };
}

type Limits = (level: number) => { readonly lower: number; readonly upper: number } | null;

function limitsAt(left: AgreementSpread, right: AgreementSpread): Limits {
  const together = (part: (side: AgreementSpread) => Float64Array, sign: 1 | -1): Float64Array =>
    Float64Array.from(
      { length: Math.max(part(left).length, part(right).length) },
      (_, rater) => (part(left)[rater] ?? 0) + sign * (part(right)[rater] ?? 0),
    );
  const raters = ratersVariance(
    together(({ ofRater }) => ofRater, -1),
    together(({ cells }) => cells, 1),
    together(({ work }) => work, 1),
    0,
  );
  const items = left.items + right.items;
  const effective = Math.min(effectiveRaters(left.work), effectiveRaters(right.work));
  const difference = left.value - right.value;
  const sideAt = (side: AgreementSpread, level: number): ReturnType<typeof agreementLimits> =>
    agreementLimits(
      { ...side, items: items > 0 ? side.items * (1 + raters / items) : 0, raters: 0 },
      level,
      effective,
    );
  return (level) => {
    const one = sideAt(left, level);
    const other = sideAt(right, level);
    return one === null || other === null
      ? null
      : {
          lower: difference - Math.hypot(left.value - one.lower, other.upper - right.value),
          upper: difference + Math.hypot(one.upper - left.value, right.value - other.lower),
        };
  };
}

/** By bisection: intervals grow with their level. */
function pOf(limits: Limits): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const p = (low + high) / 2;
    const interval = limits(1 - p);
    if (interval !== null && interval.lower <= 0 && interval.upper >= 0) low = p;
    else high = p;
  }
  return (low + high) / 2;
}
