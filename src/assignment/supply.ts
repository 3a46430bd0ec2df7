import type { Rater } from '#raters/rater.js';
import type { Trx } from '#storage/database.js';
import type { StudyForRating } from './studyForRating.js';
import type { Assignment } from './transitions.js';

/** Whose next item is looked for, and the slot that it is for (0: on screen, 1: fetched ahead). */
export interface Search {
  readonly rating: StudyForRating;
  readonly rater: Rater;
  readonly slot: 0 | 1;
  readonly now: number;
}

/**
 * Where a rater's next item comes from. Both functions run inside their caller's transaction, which
 * has seen that study and rater may work, that the slot is empty and that the rater is not at their
 * limit.
 */
export interface Supply {
  /**
   * Leases an item that nobody holds locked. `locked` where one is only locked at this moment and
   * no other may be taken in its turn; undefined where there is none at once.
   */
  readonly atOnce: (trx: Trx, search: Search) => Promise<Assignment | 'locked' | undefined>;
  /**
   * Leases an item that others hold locked, waiting for them; `taken` where its last place went to
   * them, undefined where there is none.
   */
  readonly afterWaiting: (trx: Trx, search: Search) => Promise<Assignment | 'taken' | undefined>;
}
