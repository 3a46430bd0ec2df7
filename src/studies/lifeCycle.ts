import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { StudyState } from '#storage/tables.js';
import { Problem } from '#web/problem.js';
import { getStudy, recordStudyEvent, type Study } from './study.js';

/** The moves of a study. Opening a draft is `openStudy`, which samples first. */
export const studyMoves: Readonly<Record<StudyState, readonly StudyState[]>> = {
  draft: ['open'],
  open: ['paused', 'closed'],
  paused: ['open', 'closed'],
  closed: ['paused'],
};

/**
 * Moves a study to a state, with the event, in one transaction; being there already is fine. Throws a `Problem` on a
 * move that the table does not know. Assignment reads the state at every lease and submit: nothing else has to be told.
 */
export async function moveStudyIn(trx: Trx, options: { studyId: number; to: StudyState; now: number; accountId: number | null }): Promise<Study> {
  const study = await getStudy(trx, options.studyId);
  if (study.state === options.to) return study;
  if (!studyMoves[study.state].includes(options.to)) {
    throw new Problem(409, 'study_move', `A ${study.state} study cannot become ${options.to}.`, `It can become ${studyMoves[study.state].join(' or ')}. Nothing was changed.`);
  }
  const moved = await trx
    .updateTable('study')
    .set({ state: options.to, closed_at: options.to === 'closed' ? options.now : null, ...(study.state === 'draft' ? { opened_at: options.now, settings_opened: study.settings } : {}) })
    .where('id', '=', study.id)
    .where('state', '=', study.state)
    .returningAll()
    .executeTakeFirst();
  if (moved === undefined) throw new Problem(409, 'study_move', 'Somebody else changed the study meanwhile.', 'Look at it again.');
  await recordStudyEvent(trx, { studyId: study.id, at: options.now, accountId: options.accountId, action: 'move', from: study.state, to: options.to });
  return moved;
}

/** Pauses, resumes, closes or re-opens a study that was opened before. */
export const moveStudy = (db: Db, options: { studyId: number; to: Exclude<StudyState, 'draft'>; now: number; accountId: number | null }): Promise<Study> =>
  inTransaction(db, async (trx) => {
    const study = await getStudy(trx, options.studyId);
    if (study.state === 'draft') throw new Problem(409, 'study_draft', 'The study is still a draft.', 'Open it first.');
    return moveStudyIn(trx, options);
  });
