/** The share of judgments that might be a model's before a verdict changes. */
export interface Tips {
  readonly kind: 'tips';
  /** From this share on the verdict no longer holds. */
  readonly share: number;
}
/** Why there is no such share. */
export const steadyReasons = {
  'no-verdict': 'the interval includes the threshold, so that there is no verdict to change',
  never:
    'judgments of such a model move the figure away from the verdict, or not past the threshold: no share below 1 changes it',
} as const;
export interface Steady {
  readonly kind: 'steady';
  readonly reason: keyof typeof steadyReasons;
  readonly because: string;
}
export type TippingPoint = Tips | Steady;

export const steady = (reason: keyof typeof steadyReasons): Steady => ({
  kind: 'steady',
  reason,
  because: steadyReasons[reason],
});

/**
 * People's rate p where the rate seen is A = (1 − c) p + c u: a share c of the judgments is a
 * model's, which upholds the label with the rate u. Not cut to 0 and 1: outside, such a c and u
 * cannot have given A.
 * @throws RangeError for c outside 0 to 1, 1 left out
 */
export function peoplesRate(seen: number, share: number, upheld: number): number {
  if (!(share >= 0 && share < 1))
    throw new RangeError(`The share of a model's judgments is from 0 to below 1; got ${share}.`);
  return (seen - share * upheld) / (1 - share);
}

export interface ShareVerdict {
  /** The limit of the verdict's interval that faces the threshold. */
  readonly limit: number;
  readonly threshold: number;
  /** `above`: the lower limit is above the threshold; `below`: the upper limit is below it. */
  readonly verdict: 'above' | 'below';
  /** How often the model upholds the label: from its judgments, by their upper limit; else 1. */
  readonly upheld: number;
}

/**
 * The share c of a model's judgments at which people's limit reaches the threshold:
 * (limit − c u)/(1 − c) = threshold, so c = (limit − threshold)/(u − threshold). It starts from the
 * limit, so that with fewer model answers than c a verdict is wrong no more often than the interval
 * is.
 */
export function tippingShare({ limit, threshold, verdict, upheld }: ShareVerdict): TippingPoint {
  return tipping(limit - threshold, upheld - threshold, verdict);
}

export interface DifferenceVerdict {
  /** The limit of the difference (first minus second) that faces the bound. */
  readonly limit: number;
  /** The difference that the verdict excludes: minus the margin, or 0. */
  readonly bound: number;
  readonly verdict: 'above' | 'below';
  /** From where to where the model's rate may lie in either source. */
  readonly upheld: readonly [number, number];
}

/**
 * The same for a difference D between two sources with one share c: people's difference is
 * (D − c (u₁ − u₂))/(1 − c), and the worst case over the range of u takes its ends. A model with one
 * u for both is not the worst case.
 */
export function tippingDifference({
  limit,
  bound,
  verdict,
  upheld: [from, to],
}: DifferenceVerdict): TippingPoint {
  const apart = verdict === 'above' ? to - from : from - to;
  return tipping(limit - bound, apart - bound, verdict);
}

/** People's difference in the worst case over the range of u, at a given share. */
export function peoplesWorstDifference(
  seen: number,
  share: number,
  [from, to]: readonly [number, number],
): { readonly lower: number; readonly upper: number } {
  return {
    lower: peoplesRate(seen, share, to - from),
    upper: peoplesRate(seen, share, from - to),
  };
}

function tipping(room: number, pull: number, verdict: 'above' | 'below'): TippingPoint {
  const sign = verdict === 'above' ? 1 : -1;
  if (!(sign * room > 0)) return steady('no-verdict');
  if (!(sign * pull > sign * room)) return steady('never');
  return { kind: 'tips', share: room / pull };
}
