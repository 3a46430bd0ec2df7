import { tCdf, tQuantile } from '../distributions.js';
import type { Estimate } from '../estimate.js';
import { equivalenceOf } from './means.js';

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
  /** Degrees of freedom of the standard error; without them the normal distribution serves. */
  readonly degreesOfFreedom?: number;
}

/** An interval of a difference, turned so that higher is better. */
export interface Limits {
  readonly lower: number;
  readonly upper: number;
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
 * The verdict about a difference (first minus second) that carries a standard error.
 * Non-inferiority is tested at .025 and equivalence at .05 a side, unless told otherwise;
 * equivalent is said only of what is not worse too, so that no verdict goes beyond the wider
 * interval on the side that matters. With a margin of 0 there is only better, worse and undecided.
 * @throws RangeError for a margin below 0
 */
export function verdict(estimate: Estimate, options: VerdictOptions): Verdict {
  const {
    margin,
    higherIsBetter = true,
    alpha = 0.025,
    equivalenceAlpha = 0.05,
    degreesOfFreedom = 1e7,
  } = options;
  if (!(margin >= 0)) throw new RangeError(`A margin is 0 or more; got ${margin}.`);
  const none: Verdict = {
    kind: 'no-interval',
    equivalent: false,
    nonInferiority: null,
    inferiority: null,
    equivalence: null,
    difference: null,
  };
  if (estimate.kind === 'undefined' || estimate.standardError === undefined) return none;
  const error = estimate.standardError;
  const value = higherIsBetter ? estimate.value : -estimate.value;
  const bounds = equivalenceOf(value, error, [-margin, margin], degreesOfFreedom);
  if (bounds.kind === 'undefined') return none;
  const around = (level: number): Limits => {
    const reach = tQuantile(1 - level, degreesOfFreedom) * error;
    return { lower: value - reach, upper: value + reach };
  };
  const equivalent = bounds.p <= equivalenceAlpha;
  return {
    kind: verdictOf(around(alpha), around(equivalenceAlpha), margin),
    equivalent,
    nonInferiority: bounds.lower.p,
    inferiority: tCdf((value + margin) / error, degreesOfFreedom),
    equivalence: bounds.p,
    difference: Math.min(1, 2 * tCdf(-Math.abs(value / error), degreesOfFreedom)),
  };
}
