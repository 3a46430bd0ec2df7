import { tCdf, tQuantile } from '../distributions.js';
import type { Estimate } from '../estimate.js';
import { equivalenceOf } from './means.js';

/** What a difference with a margin set beforehand can say. */
export const verdicts = {
  better: 'the interval lies above no difference',
  'not-worse': 'the interval lies above the negative margin',
  equivalent: 'the interval lies above the negative margin, and the narrower one of the two one-sided tests within the margin on both sides',
  worse: 'the interval lies below the negative margin',
  undecided: 'the interval reaches across the negative margin',
  'no-interval': 'there is no interval',
} as const;
export type VerdictKind = keyof typeof verdicts;

export interface Verdict {
  readonly kind: VerdictKind;
  /** The two one-sided tests show it within the margin on both sides (Schuirmann 1987); may hold beside every verdict but worse. */
  readonly equivalent: boolean;
  /** One-sided p-value that the difference is not below the negative margin (non-inferiority). */
  readonly nonInferiority: number | null;
  /** One-sided p-value that the difference is not above it (inferiority by more than the margin). */
  readonly inferiority: number | null;
  /** The larger of the two one-sided p-values against the margin on both sides. */
  readonly equivalence: number | null;
  /** Two-sided p-value that there is no difference. */
  readonly difference: number | null;
}

export interface VerdictOptions {
  /** How much worse would still do; 0 or more, in the unit of the difference, set before looking. */
  readonly margin: number;
  readonly higherIsBetter?: boolean;
  /** One-sided level of non-inferiority; better and worse use the interval with twice this level left out. */
  readonly alpha?: number;
  /** One-sided level of the two tests of equivalence. */
  readonly equivalenceAlpha?: number;
  /** Degrees of freedom of the standard error; without them the normal distribution serves. */
  readonly degreesOfFreedom?: number;
}

/** How far an interval reaches on each side: that of the difference, and the narrower one of the two one-sided tests. */
export interface Reaches {
  readonly interval: number;
  readonly equivalence: number;
}

/** The verdict about a difference (turned so that higher is better) from how far its intervals reach, in the order in which `verdicts` are tried. */
export function verdictOf(difference: number, reaches: Reaches, margin: number): Exclude<VerdictKind, 'no-interval'> {
  if (difference - reaches.interval > 0) return 'better';
  if (difference + reaches.interval < -margin) return 'worse';
  if (difference - reaches.interval <= -margin) return 'undecided';
  return Math.abs(difference) + reaches.equivalence <= margin ? 'equivalent' : 'not-worse';
}

/**
 * The verdict about a difference (first minus second) that carries a standard error.
 * Non-inferiority is tested at .025 and equivalence at .05 a side, unless told otherwise; equivalent is said only of what
 * is not worse too, so that no verdict goes beyond the wider interval on the side that matters. With a margin of 0 there
 * is only better, worse and undecided.
 * @throws RangeError for a margin below 0
 */
export function verdict(estimate: Estimate, options: VerdictOptions): Verdict {
  const { margin, higherIsBetter = true, alpha = 0.025, equivalenceAlpha = 0.05, degreesOfFreedom = 1e7 } = options;
  if (!(margin >= 0)) throw new RangeError(`A margin is 0 or more; got ${margin}.`);
  const none: Verdict = { kind: 'no-interval', equivalent: false, nonInferiority: null, inferiority: null, equivalence: null, difference: null };
  if (estimate.kind === 'undefined' || estimate.standardError === undefined) return none;
  const error = estimate.standardError;
  const value = higherIsBetter ? estimate.value : -estimate.value;
  const bounds = equivalenceOf(value, error, [-margin, margin], degreesOfFreedom);
  if (bounds.kind === 'undefined') return none;
  const reach = tQuantile(1 - alpha, degreesOfFreedom) * error;
  const equivalent = bounds.p <= equivalenceAlpha;
  return {
    kind: verdictOf(value, { interval: reach, equivalence: tQuantile(1 - equivalenceAlpha, degreesOfFreedom) * error }, margin),
    equivalent, nonInferiority: bounds.lower.p, inferiority: tCdf((value + margin) / error, degreesOfFreedom), equivalence: bounds.p,
    difference: Math.min(1, 2 * tCdf(-Math.abs(value / error), degreesOfFreedom)),
  };
}
