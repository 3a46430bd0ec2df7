import { type Gate, gateOf } from '#raters/gate.js';
import { unprovenGate } from '#raters/proof.js';
import { lockRater, type Rater } from '#raters/rater.js';
import type { Database, Trx } from '#storage/database.js';
import { type StudyForRating, studyForRating } from './studyForRating.js';

/** Who is at work in which database; passed to every verb of this feature. */
export interface AtWork {
  readonly database: Database;
  readonly raterId: number;
  readonly now: number;
  /** Nothing has shown yet that they are who they say: see `raters/proof.ts`. */
  readonly unproven?: boolean;
}

/** Locks a rater at work, and reads the study that they work in and what they may do there now. */
export async function lockAtWork(
  trx: Trx,
  at: AtWork,
): Promise<{ rater: Rater; rating: StudyForRating; gate: Gate }> {
  const rater = await lockRater(trx, at.raterId);
  const rating = await studyForRating(trx, rater.study_id, at.database);
  const gate = gateOf(rater, rating.study, at.now);
  return { rater, rating, gate: at.unproven === true ? unprovenGate(gate) : gate };
}
