import { wilsonInterval } from '../proportions.js';

/** Decided items after which it is said whether labels are reversed. */
export const fewestDecided = 20;

/**
 * What a strict majority says of a dataset's labels (`labelsUpheld`), and how far the set is
 * judged.
 */
export interface LabelOutcomes {
  readonly upheld: number;
  readonly overruled: number;
  /** Items with a label that have all their judgments. */
  readonly complete: number;
  /** All items with a label. */
  readonly labelled: number;
}

export interface LabelPolarity {
  /** `unknown`: too few items are decided to tell. */
  readonly kind: 'reversed' | 'unknown' | 'as-labelled';
  /** Whether every item with a label has all its judgments. */
  readonly finished: boolean;
  /** Items with a strict majority, for the label or for one other answer. */
  readonly decided: number;
  /**
   * Upper 95 % Wilson limit of the share of decided items that are upheld; 1 where none is decided.
   */
  readonly upper: number;
}

/**
 * Whether the labels of a set are reversed. They look reversed where the upper 95 % Wilson limit of
 * upheld among decided items lies below one half: a tie and a mere plurality speak neither for a
 * label nor against it. That is said after twenty decided items, or at the end of a set with fewer
 * labels than that. A set that is complete with fewer decided items stands as labelled, unless they
 * speak against it: then, and as long as judgments are missing, it is unknown.
 */
export function labelPolarity({
  upheld,
  overruled,
  complete,
  labelled,
}: LabelOutcomes): LabelPolarity {
  const decided = upheld + overruled;
  const upper = decided === 0 ? 1 : wilsonInterval(upheld, decided).upper;
  const against = upper < 0.5;
  const finished = complete === labelled;
  const enough = decided >= fewestDecided || (finished && labelled < fewestDecided);
  const kind =
    enough && against ? 'reversed' : enough || (finished && !against) ? 'as-labelled' : 'unknown';
  return { kind, finished, decided, upper };
}
