import { type Db, engineOf, type Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { StudyState } from '#storage/tables.js';
import { Problem } from '#web/problem.js';
import { getStudy, lockStudy, recordStudyEvent, type Study } from './study.js';

/** The moves of a study. Opening a draft is `openStudy`, which samples first. */
export const studyMoves: Readonly<Record<StudyState, readonly StudyState[]>> = {
  draft: ['open'],
  open: ['paused', 'closed'],
  paused: ['open', 'closed'],
  closed: ['paused'],
};

/**
 * Reads a study under its lock and that of all its raters. Raters read its state under their own:
 * what they are doing at this moment is stored before, and what they do afterwards meets the state
 * that follows.
 */
async function lockWithRaters(trx: Trx, studyId: number): Promise<Study> {
  const study = await lockStudy(trx, studyId);
  if (engineOf(trx) === 'postgres')
    await trx
      .selectFrom('rater')
      .select('id')
      .where('study_id', '=', studyId)
      .orderBy('id')
      .forUpdate()
      .execute();
  return study;
}

/**
 * When a study is closed: not before anything that counts was sent, whatever the clocks of several
 * servers say.
 */
async function closingTime(trx: Trx, studyId: number, now: number): Promise<number> {
  const { last } = await trx
    .selectFrom('assignment')
    .select((eb) => eb.fn.max<number | null>('submitted_at').as('last'))
    .where('study_id', '=', studyId)
    .where('state', '=', 'submitted')
    .executeTakeFirstOrThrow();
  return Math.max(now, last ?? 0);
}

/**
 * Moves a study to a state, with the event, in one transaction; being there already is fine. Throws
 * a `Problem` on a move that the table does not know. Assignment reads the state at every lease and
 * submit: nothing else has to be told.
 */
export async function moveStudyIn(
  trx: Trx,
  options: { studyId: number; to: StudyState; now: number; accountId: number | null },
): Promise<Study> {
  const study = await lockWithRaters(trx, options.studyId);
  if (study.state === options.to) return study;
  if (!studyMoves[study.state].includes(options.to)) {
    throw new Problem(
      409,
      'study_move',
      `A ${study.state} study cannot become ${options.to}.`,
      `It can become ${studyMoves[study.state].join(' or ')}. Nothing was changed.`,
    );
  }
  const moved = await trx
    .updateTable('study')
    .set({
      state: options.to,
      closed_at: options.to === 'closed' ? await closingTime(trx, study.id, options.now) : null,
      ...(study.state === 'draft'
        ? { opened_at: options.now, settings_opened: study.settings }
        : {}),
    })
    .where('id', '=', study.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordStudyEvent(trx, {
    studyId: study.id,
    at: options.now,
    accountId: options.accountId,
    action: 'move',
    from: study.state,
    to: options.to,
  });
  return moved;
}

/** Pauses, resumes, closes or re-opens a study that was opened before. */
export const moveStudy = (
  db: Db,
  options: {
    studyId: number;
    to: Exclude<StudyState, 'draft'>;
    now: number;
    accountId: number | null;
  },
): Promise<Study> =>
  inTransaction(db, async (trx) => {
    const study = await getStudy(trx, options.studyId);
    if (study.state === 'draft')
      throw new Problem(409, 'study_draft', 'The study is still a draft.', 'Open it first.');
    return moveStudyIn(trx, options);
  });
