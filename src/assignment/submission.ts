import { z } from 'zod';
import { isProven } from '#raters/proof.js';
import { requireRater } from '#web/identity.js';
import { judgmentsStored } from '#web/health.js';
import { parse } from '#web/parse.js';
import { type FieldFault, Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import type { Answers } from '#studies/questions/questionType.js';
import { enteredAnswers, readAnswers } from './answers.js';
import { readChoiceOrder } from './choiceOrder.js';
import { ownProgress } from './progressOfRater.js';
import { atWork, fragmentOf, showItem } from './rate.js';
import { seenFields } from './seenVersions.js';
import { shownItem } from './shownItem.js';
import type { StudyForRating } from './studyForRating.js';
import { submissionOutcomes, submitJudgment, type Submitted } from './submit.js';
import type { Assignment } from './transitions.js';

const milliseconds = z
  .string()
  .regex(/^\d{1,9}$/)
  .optional();

const SubmissionBody = z.looseObject({
  assignment: z.string().min(1).max(40),
  key: z.string().min(8).max(80),
  ...seenFields,
  comment: z.string().max(5000).optional(),
  active_ms: milliseconds,
  visible_ms: milliseconds,
  /** The item that the page's script has put on the screen already. */
  have: z.string().max(40).optional(),
});

/** Answers that cannot be stored as they are: carries what the page needs to ask again. */
class Unreadable extends Error {
  constructor(
    readonly faults: readonly FieldFault[],
    readonly rating: StudyForRating,
    readonly assignment: Assignment,
  ) {
    super('the answers cannot be read');
  }
}

/**
 * `POST /rate`: stores a judgment. A script gets the next items as fragments, a plain form is led
 * back to `/rate`.
 */
export const createSubmission: Handler = async (request, response, application) => {
  const body = parse(SubmissionBody, request.body);
  const scripted = request.get('x-fragment') === '1';
  const { raterId } = requireRater(request);
  const at = {
    ...atWork(request, application),
    unproven: !(await isProven(request, application, raterId)),
  };
  const comment = body.comment?.toWellFormed().trim() ?? '';
  const answers = (rating: StudyForRating, assignment: Assignment): Answers => {
    const read = readAnswers(rating.form, readChoiceOrder(assignment.choice_order), body);
    if ('faults' in read) throw new Unreadable(read.faults, rating, assignment);
    return read.answers;
  };
  let result: Submitted;
  try {
    result = await submitJudgment(
      at,
      {
        assignment: body.assignment,
        key: body.key,
        seen: { form: body.form_version, guidelines: body.guidelines_version },
        answers,
        comment: comment === '' ? null : comment,
        activeMs: body.active_ms === undefined ? null : Number(body.active_ms),
        visibleMs: body.visible_ms === undefined ? null : Number(body.visible_ms),
      },
      { fetchAhead: scripted },
    );
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { faults, rating, assignment } = error;
    if (scripted)
      throw new Problem(
        422,
        'invalid_input',
        'An answer is missing or cannot be accepted.',
        'This answer was not stored. Answer the example again.',
        faults,
      );
    const item = await shownItem(application.db, {
      rating,
      assignment,
      mode: assignment.state === 'submitted' ? 'change' : 'rate',
      faults,
      entered: enteredAnswers(body),
      key: body.key,
    });
    return showItem(request, response, application, { rating, item, status: 422 });
  }
  if (result.outcome !== 'saved_again') judgmentsStored.inc();
  if (!scripted) {
    const saved =
      result.outcome === 'changed'
        ? 'changed'
        : result.outcome === 'saved_late' || result.outcome === 'saved_after_close'
          ? 'late'
          : '1';
    response.redirect(303, `/rate?saved=${saved}`);
    return;
  }
  const { rating, shown, ahead } = result;
  response.json({
    outcome: result.outcome,
    message: submissionOutcomes[result.outcome],
    progress: await ownProgress(application.db, {
      rating,
      rater: result.rater,
      now: at.now,
      owner: application.database,
    }),
    shown:
      shown === undefined
        ? null
        : shown.public_id === body.have
          ? { id: shown.public_id, html: null }
          : await fragmentOf(request, application, rating, shown),
    ahead: await fragmentOf(request, application, rating, ahead),
  });
};
