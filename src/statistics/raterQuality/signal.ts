/** Fewer judgments than this say nothing about a rater. */
export const fewestJudgments = 5;

/** Why nothing is said. */
export const silentReasons = {
  'too-few': `there are fewer than ${fewestJudgments} judgments to tell it from`,
  'too-few-halves': `one half of the work has fewer than ${fewestJudgments} judgments to tell it from`,
  'no-times': 'no times were recorded, or none of others on the same examples',
  'no-positions': 'where each choice was on the screen is not recorded, or was always the same',
  'no-relevance': 'the form does not ask for relevance',
} as const;
export type SilentReason = keyof typeof silentReasons;

/** What the two limits of a signal are. */
export const limitKinds = {
  confidence: 'confidence limits of the value',
  expected: 'what 95 of 100 raters would show who answer as the others did on the same items',
} as const;
export type LimitKind = keyof typeof limitKinds;

/** One figure about one rater, with what it rests on. */
export interface Measured {
  readonly kind: 'measured';
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly limits: LimitKind;
  /** How many judgments (pairs of judgments for repeated items) it is computed from. */
  readonly n: number;
  /** The indexes of the judgments behind it. */
  readonly rows: Int32Array;
  /** What is expected of a rater who answers as the others did, where the signal has such a value. */
  readonly expected?: number;
}

/** A figure that is not given, with the reason in a sentence. */
export interface Silent {
  readonly kind: 'silent';
  readonly reason: SilentReason;
  readonly because: string;
  readonly n: number;
}
export type Signal = Measured | Silent;

export const silent = (reason: SilentReason, n = 0): Silent => ({
  kind: 'silent',
  reason,
  because: silentReasons[reason],
  n,
});
