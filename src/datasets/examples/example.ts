import type { Family } from '#storage/datasetTables.js';
import type { ParsedChoice } from './choices.js';

/**
 * An example as recognition leaves it: what a rater sees, the dataset's own label, and what is
 * doubtful about it.
 */
export interface Example {
  readonly family: Family;
  readonly text: string;
  /**
   * Canonical order: letters as in the question, Yes before No, otherwise as the row lists them.
   */
  readonly choices: readonly ParsedChoice[];
  /** Index of the dataset's own label among the choices; null where the set has none. */
  readonly labelChoice: number | null;
  /** The discriminator's confidence in the label, 0 to 1; null where the row has none. */
  readonly labelConfidence: number | null;
  /**
   * True where the order of the choices must not be shuffled (Yes/No, or choices that lean on each
   * other).
   */
  readonly fixedOrder: boolean;
  /** Pieces of the row's text that are neither text nor choice, such as “Question:” before it. */
  readonly removed: readonly string[];
  /** Names of findings that recognition itself came to. */
  readonly doubts: readonly string[];
}

/**
 * Why a row cannot be an example: a code of `examples/refusals.ts` and a sentence about this row.
 */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export const isRefusal = (result: Example | Refusal): result is Refusal => 'code' in result;
