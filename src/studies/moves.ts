import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import type { StudyState } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStaff, type Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { moveStudyIn } from './lifeCycle.js';
import { openStudy } from './opening.js';
import { getStudy, requireStudy, type Study } from './study.js';

/**
 * What an admin may do to a study that was opened: the state that it must be in, the one that
 * follows, and what it means.
 */
export const studyVerbs = {
  pause: {
    from: 'open',
    to: 'paused',
    sentence: 'Raters get nothing new; what they have on the screen may still be sent.',
  },
  resume: { from: 'paused', to: 'open', sentence: 'Raters go on.' },
  close: {
    from: 'open or paused',
    to: 'closed',
    sentence: 'Raters get nothing new; late answers are kept for a day, as surplus.',
  },
  reopen: {
    from: 'closed',
    to: 'paused',
    sentence: 'The study is paused first, so that nobody is let in by accident.',
  },
} as const satisfies Readonly<
  Record<string, { from: string; to: Exclude<StudyState, 'draft'>; sentence: string }>
>;
export type StudyVerb = keyof typeof studyVerbs;

const stateWords: Readonly<Record<StudyState, string>> = {
  draft: 'a draft',
  open: 'open',
  paused: 'paused',
  closed: 'closed',
};

/**
 * Pauses, resumes, closes or re-opens a study and notes it in the audit log, in one transaction.
 * Being there already is fine. Throws a `Problem` where the study is in another state than the verb
 * starts from.
 */
export const changeState = (
  db: Db,
  options: {
    study: Pick<Study, 'id' | 'public_id'>;
    verb: StudyVerb;
    now: number;
    staff: Staff | null;
  },
): Promise<Study> =>
  inTransaction(db, async (trx) => {
    const { from, to } = studyVerbs[options.verb];
    const study = await getStudy(trx, options.study.id);
    if (study.state === to) return study;
    if (!from.split(' or ').includes(study.state)) {
      const advice =
        study.state === 'draft'
          ? 'Open it first.'
          : study.state === 'closed'
            ? 'Re-open it first: it is then paused.'
            : '';
      throw new Problem(
        409,
        'study_move',
        `The study is ${stateWords[study.state]}; only ${from} studies can be ${to}.`,
        `Nothing was changed. ${advice}`.trim(),
      );
    }
    const moved = await moveStudyIn(trx, {
      studyId: study.id,
      to,
      now: options.now,
      accountId: options.staff?.accountId ?? null,
    });
    await recordAudit(trx, {
      at: options.now,
      staff: options.staff,
      action: `study.${options.verb}`,
      subject: `study ${study.public_id}`,
      detail: { from: study.state, to },
    });
    return moved;
  });

const moving =
  (verb: StudyVerb): Handler =>
  async (request, response, application) => {
    const study = await requireStudy(application.db, String(request.params['study']));
    await changeState(application.db, {
      study,
      verb,
      now: application.now(),
      staff: requireStaff(request),
    });
    response.redirect(303, `/studies/${study.public_id}`);
  };

/** POST /studies/:study/pause */
export const createPause = moving('pause');
/** POST /studies/:study/resume */
export const createResumption = moving('resume');
/** POST /studies/:study/close */
export const createClosing = moving('close');
/** POST /studies/:study/reopen */
export const createReopening = moving('reopen');

/**
 * POST /studies/:study/open: a draft is sampled and opened; what stands in the way is listed on the
 * review page.
 */
export const createOpening: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  if (study.state === 'closed' || study.state === 'paused')
    throw new Problem(
      409,
      'study_opened',
      'The study was opened before.',
      'Nothing was changed. A paused study is resumed, a closed one re-opened.',
    );
  try {
    await openStudy(application.db, {
      study,
      now: application.now(),
      staff: requireStaff(request),
    });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'study_not_ready') throw error;
    response.redirect(303, `/studies/${study.public_id}/review#obstacles`);
    return;
  }
  response.redirect(303, `/studies/${study.public_id}`);
};
