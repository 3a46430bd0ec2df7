import type { Selectable } from 'kysely';
import { standingOf } from '#raters/gate.js';
import { noteSeen, type Rater } from '#raters/rater.js';
import type { Trx } from '#storage/database.js';
import type { JudgmentTable } from '#storage/raterTables.js';
import { inGroup } from '#storage/groupCommit.js';
import { prepared } from '#storage/prepared.js';
import { TryAgain } from '#storage/transaction.js';
import { lockStudy } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import type { Answers } from '#studies/questions/questionType.js';
import { givePlaceBack, lockItem, takeFreePlace } from './places.js';
import { asSeen, type SeenVersions } from './seenVersions.js';
import type { StudyForRating } from './studyForRating.js';
import { type Assignment, moveAssignment, notYours } from './transitions.js';
import { type AtWork, lockAtWork } from './atWork.js';
import { type Before, fillSlots } from './slots.js';

export type Judgment = Selectable<JudgmentTable>;

export interface Submission {
  /** Public id of the assignment. */
  readonly assignment: string;
  /** Chosen by the page; the same key again gives the same result and stores nothing. */
  readonly key: string;
  /** Which questions and guidelines stood on the page; the newest where it does not say. */
  readonly seen?: SeenVersions;
  /**
   * The answers, or what reads them once the study as it was seen and the assignment are known;
   * what it throws is passed on and nothing is stored.
   */
  readonly answers: Answers | ((rating: StudyForRating, assignment: Assignment) => Answers);
  readonly comment: string | null;
  /** Milliseconds during which the page was visible and in use, as the page counted them. */
  readonly activeMs: number | null;
  /** Milliseconds during which the page was visible; stored as no more than shown to sent. */
  readonly visibleMs?: number | null;
}

/** How a submission ended; the pages put it into words. */
export const submissionOutcomes = {
  saved: 'Saved.',
  saved_again: 'Saved already.',
  changed: 'Your changed answer is saved.',
  saved_late: 'Saved. It came after its time, so it may not count towards this example.',
  saved_after_close:
    'Saved. The study was closed meanwhile, so it does not count towards this example.',
} as const;
export type SubmissionOutcome = keyof typeof submissionOutcomes;

export interface Submitted extends Before {
  readonly outcome: SubmissionOutcome;
  /** The judgment stands for one of the item's k places. */
  readonly counted: boolean;
  readonly rating: StudyForRating;
  readonly rater: Rater;
}

async function highestRevision(trx: Trx, assignmentId: number): Promise<number> {
  const row = await trx
    .selectFrom('judgment')
    .select('revision')
    .where('assignment_id', '=', assignmentId)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.revision ?? 0;
}

type Stored = Omit<Judgment, 'blanked_at' | 'blank_reason'>;

const newJudgment = prepared<Stored>()((db, value) =>
  db.insertInto('judgment').values({
    assignment_id: value('assignment_id'),
    revision: value('revision'),
    rater_id: value('rater_id'),
    submission_key: value('submission_key'),
    label_choice: value('label_choice'),
    ambiguous: value('ambiguous'),
    relevance: value('relevance'),
    answers: value('answers'),
    comment: value('comment'),
    choice_order: value('choice_order'),
    form_version: value('form_version'),
    guidelines_version: value('guidelines_version'),
    origin: value('origin'),
    shown_at: value('shown_at'),
    submitted_at: value('submitted_at'),
    active_ms: value('active_ms'),
    visible_ms: value('visible_ms'),
    blanked_at: null,
    blank_reason: null,
  }),
);

async function insertJudgment(
  trx: Trx,
  options: {
    rating: StudyForRating;
    rater: Rater;
    assignment: Assignment;
    revision: number;
    submission: Submission;
    answers: Answers;
    now: number;
  },
): Promise<void> {
  const { rating, rater, assignment, submission, answers, now } = options;
  const shownAt = assignment.shown_at ?? now;
  const visibleMs = submission.visibleMs ?? null;
  await newJudgment(trx, {
    assignment_id: assignment.id,
    revision: options.revision,
    rater_id: rater.id,
    submission_key: submission.key,
    label_choice: answers.labelChoice,
    ambiguous: answers.ambiguous === null ? null : Number(answers.ambiguous),
    relevance: answers.relevance,
    answers: JSON.stringify(answers.others),
    comment: submission.comment,
    choice_order: assignment.choice_order,
    form_version: rating.formVersion,
    guidelines_version: rating.guidelinesVersion,
    origin: rater.origin,
    shown_at: shownAt,
    submitted_at: now,
    active_ms: submission.activeMs,
    visible_ms: visibleMs === null ? null : Math.min(visibleMs, Math.max(0, now - shownAt)),
  });
}

const ownAssignment = prepared<{ assignment: string; rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .selectAll()
    .where('public_id', '=', value('assignment'))
    .where('rater_id', '=', value('rater')),
);
const sentWithKey = prepared<{ rater: number; key: string }>()((db, value) =>
  db
    .selectFrom('judgment')
    .select('assignment_id')
    .where('rater_id', '=', value('rater'))
    .where('submission_key', '=', value('key')),
);

/**
 * Stores the first judgment of an assignment: with its place, with one that is still free, or as
 * surplus.
 */
async function submitFirst(
  trx: Trx,
  options: {
    at: AtWork;
    rating: StudyForRating;
    rater: Rater;
    assignment: Assignment;
    submission: Submission;
    answers: Answers;
  },
): Promise<{ outcome: SubmissionOutcome; counted: boolean }> {
  const { at, rating, rater, assignment, submission, answers } = options;
  const closed = rating.study.state === 'closed';
  // A blocked or excluded rater holds no lease; what they still send takes no place.
  const counts =
    !closed &&
    standingOf(rater) === 'working' &&
    assignment.state !== 'revoked' &&
    assignment.role === 'validation';
  let place = assignment.place_no;
  if (place !== null && !counts) {
    await givePlaceBack(trx, assignment.item_id, place, rating.settings.strategy);
    place = null;
  } else if (place === null && counts) {
    place =
      (await takeFreePlace(
        trx,
        await lockItem(trx, assignment.item_id),
        rating.settings.strategy,
      )) ?? null;
  }
  const late = assignment.state !== 'leased';
  const moved = await moveAssignment(trx, assignment, 'submitted', {
    at: at.now,
    cause: late ? 'late' : 'submit',
    values: { place_no: place, submitted_at: at.now, excluded_at: rater.excluded_at },
  });
  await insertJudgment(trx, {
    rating,
    rater,
    assignment: moved,
    revision: 1,
    submission,
    answers,
    now: at.now,
  });
  if (rating.study.first_judgment_at === null)
    await trx
      .updateTable('study')
      .set({ first_judgment_at: at.now })
      .where('id', '=', rating.study.id)
      .where('first_judgment_at', 'is', null)
      .execute();
  return {
    outcome: closed ? 'saved_after_close' : late ? 'saved_late' : 'saved',
    counted: place !== null,
  };
}

const notTaken = (title: string, advice: string): Problem =>
  new Problem(409, 'not_taken', title, advice);

/**
 * Stores what a rater sent for one assignment, and leases what comes next, in one transaction:
 * after it returned, the judgment is on the disk. The first submit moves the assignment, a later
 * one appends a revision; the one before stays. A repeated key changes nothing. Throws a `Problem`
 * where it is not this rater's, was skipped, or came too late; what was sent stands as it is once
 * the study is closed or the rater blocked.
 */
export function submitJudgment(
  at: AtWork,
  submission: Submission,
  options: { fetchAhead: boolean },
): Promise<Submitted> {
  let studyToLock: number | undefined;
  return inGroup(at.database, async (trx) => {
    if (studyToLock !== undefined) await lockStudy(trx, studyToLock);
    const { rater, rating, gate } = await lockAtWork(trx, at);
    const [repeated] = (await sentWithKey(trx, { rater: rater.id, key: submission.key })).rows;
    const [assignment] = (
      await ownAssignment(trx, { assignment: submission.assignment, rater: rater.id })
    ).rows;
    if (assignment === undefined) throw notYours;
    const next = (): Before | Promise<Before> =>
      gate.refusal('lease') === undefined
        ? fillSlots(trx, { at, rater, rating, fetchAhead: options.fetchAhead })
        : { shown: undefined, ahead: undefined };
    if (repeated !== undefined) {
      if (repeated.assignment_id !== assignment.id)
        throw notTaken(
          'This was sent for another example already.',
          'Nothing was changed. Reload the page.',
        );
      gate.require('repeat');
      return {
        outcome: 'saved_again',
        counted: assignment.place_no !== null,
        rating,
        rater,
        ...(await next()),
      };
    }
    gate.require(assignment.state === 'submitted' ? 'change' : 'submit');
    if (assignment.state === 'returned')
      throw notTaken(
        'You have skipped this example.',
        'This answer was not stored. Take the example up again first.',
      );
    await noteSeen(trx, rater, at.now);
    const seen = await asSeen(trx, rating, submission.seen ?? {});
    const answers =
      typeof submission.answers === 'function'
        ? submission.answers(seen, assignment)
        : submission.answers;
    if (assignment.state === 'submitted') {
      const revision = (await highestRevision(trx, assignment.id)) + 1;
      await insertJudgment(trx, {
        rating: seen,
        rater,
        assignment,
        revision,
        submission,
        answers,
        now: at.now,
      });
      return {
        outcome: 'changed',
        counted: assignment.place_no !== null,
        rating,
        rater,
        ...(await next()),
      };
    }
    // The study's first judgment is noted on its row, which is locked before any rater: as by who
    // pauses or closes it.
    if (rating.study.first_judgment_at === null && studyToLock === undefined) {
      studyToLock = rating.study.id;
      throw new TryAgain();
    }
    const stored = await submitFirst(trx, {
      at,
      rating: seen,
      rater,
      assignment,
      submission,
      answers,
    });
    return { ...stored, rating, rater, ...(await next()) };
  });
}

/** The judgment that stands for an assignment: its highest revision. */
export const standingJudgment = (
  trx: Trx | AtWork['database']['db'],
  assignmentId: number,
): Promise<Judgment | undefined> =>
  trx
    .selectFrom('judgment')
    .selectAll()
    .where('assignment_id', '=', assignmentId)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
