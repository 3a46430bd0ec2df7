import type { Limits } from '../twoWay/limits.js';

/** What a difference with a margin set beforehand can say. */
export const verdicts = {
  better: 'the interval lies above no difference',
  'not-worse': 'the interval lies above the negative margin',
  equivalent:
    'the interval lies above the negative margin, and the narrower one of the two one-sided tests within the margin on both sides',
  worse: 'the interval lies below the negative margin',
  undecided: 'the interval reaches across the negative margin',
  'no-interval': 'there is no interval',
} as const;
export type VerdictKind = keyof typeof verdicts;

export interface Verdict {
  readonly kind: VerdictKind;
  /**
   * The two one-sided tests show it within the margin on both sides (Schuirmann 1987); may hold
   * beside every verdict but worse.
   */
  readonly equivalent: boolean;
  /** One-sided p-value that the difference is not below the negative margin (non-inferiority). */
  readonly nonInferiority: number | null;
  /**
   * One-sided p-value that the difference is not above it (inferiority by more than the margin).
   */
  readonly inferiority: number | null;
  /** The larger of the two one-sided p-values against the margin on both sides. */
  readonly equivalence: number | null;
  /** Two-sided p-value that there is no difference. */
  readonly difference: number | null;
}

export interface VerdictOptions {
  /**
   * How much worse would still do; 0 or more, in the unit of the difference, set before looking.
   */
  readonly margin: number;
  readonly higherIsBetter?: boolean;
  /**
   * One-sided level of non-inferiority; better and worse use the interval with twice this level
   * left out.
   */
  readonly alpha?: number;
  /** One-sided level of the two tests of equivalence. */
  readonly equivalenceAlpha?: number;
}

/**
 * The verdict from the interval of a difference and the narrower one of the two one-sided tests, in
 * the order in which `verdicts` are tried.
 */
export function verdictOf(
  interval: Limits,
  narrower: Limits,
  margin: number,
): Exclude<VerdictKind, 'no-interval'> {
  if (interval.lower > 0) return 'better';
  if (interval.upper < -margin) return 'worse';
  if (interval.lower <= -margin) return 'undecided';
  return narrower.lower >= -margin && narrower.upper <= margin ? 'equivalent' : 'not-worse';
}

/**
 * The verdict about a difference (first minus second), from its limits at any confidence level, such
 * as those of `twoWayDifference`. Non-inferiority is tested at .025 and equivalence at .05 a side,
 * unless told otherwise; equivalent is said only of what is not worse too, so that no verdict goes
 * beyond the wider interval on the side that matters. A p-value is the level at which the limit
 * reaches the value that is tested, so that tests and intervals agree where higher levels never give
 * nearer limits. With a margin of 0 there is only better, worse and undecided.
 * @param limitsAt null where there is no interval
 * @throws RangeError for a margin below 0
 */
export function verdict(
  limitsAt: ((level: number) => Limits) | null,
  { margin, higherIsBetter = true, alpha = 0.025, equivalenceAlpha = 0.05 }: VerdictOptions,
): Verdict {
  if (!(margin >= 0)) throw new RangeError(`A margin is 0 or more; got ${margin}.`);
  if (limitsAt === null)
    return {
      kind: 'no-interval',
      equivalent: false,
      nonInferiority: null,
      inferiority: null,
      equivalence: null,
      difference: null,
    };
  const turned = (level: number): Limits => {
    const { lower, upper } = limitsAt(level);
    return higherIsBetter ? { lower, upper } : { lower: -upper, upper: -lower };
  };
  const [above, within, apart] = [
    oneSided(turned, -margin),
    oneSided(turned, margin),
    oneSided(turned, 0),
  ];
  const equivalence = Math.max(above, 1 - within);
  return {
    kind: verdictOf(turned(1 - 2 * alpha), turned(1 - 2 * equivalenceAlpha), margin),
    equivalent: equivalence <= equivalenceAlpha,
    nonInferiority: above,
    inferiority: 1 - above,
    equivalence,
    difference: 2 * Math.min(apart, 1 - apart),
  };
}

/**
 * The one-sided p-value that the difference is above the bound: the level at which its lower limit
 * (from .5 on the upper limit of the other side) reaches the bound.
 */
function oneSided(limitsAt: (level: number) => Limits, bound: number): number {
  const limit = (p: number): number => {
    const { lower, upper } = limitsAt(Math.max(1e-9, Math.abs(1 - 2 * p)));
    return p < 0.5 ? lower : upper;
  };
  let [below, above] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (below + above) / 2;
    if (limit(middle) < bound) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}
