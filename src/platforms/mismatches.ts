import type { Db } from '#storage/database.js';
import { studyFacts } from './prolific/heard.js';
import { codeIn } from './prolific/poll.js';
import type { Submission } from './hear.js';
import { RecruitmentSettings } from './platform.js';
import { readJson } from '#storage/json.js';

/** What may repair a mismatch; `keep` leaves it as it is, with a reason. */
export type Repair = 'request-return' | 'complete' | 'approve' | 'ask' | 'keep';

interface Kind {
  readonly sentence: string;
  readonly repairs: readonly Repair[];
}
/** What does not fit between here and the platform, the gravest first. */
export const mismatchKinds = {
  'approved-timed-out': {
    sentence: 'It was approved here, and has timed out there.',
    repairs: ['complete', 'keep'],
  },
  'second-session': {
    sentence: 'It is a further session of a person who takes part already.',
    repairs: ['request-return', 'keep'],
  },
  replaced: {
    sentence: 'It was given back or timed out after work was sent, and its place is taken again.',
    repairs: ['complete', 'keep'],
  },
  'ended-after-work': {
    sentence: 'It was given back or timed out after work was sent.',
    repairs: ['complete', 'keep'],
  },
  'code-without-work': {
    sentence: 'The code was entered there, and no work stands here.',
    repairs: ['request-return', 'keep'],
  },
  'work-without-code': {
    sentence: 'The work is here, and another code or none was entered there.',
    repairs: ['approve', 'keep'],
  },
  'unknown-state': {
    sentence: 'The platform says a word that Assay does not know.',
    repairs: ['ask', 'keep'],
  },
} as const satisfies Readonly<Record<string, Kind>>;
export type MismatchKind = keyof typeof mismatchKinds;

/** What is known of a submission, here and there. */
export interface Known {
  readonly submission: Submission;
  readonly judgments: number;
  /** The code that was entered at the platform; null where none is known. */
  readonly entered: string | null;
  /** Codes of the recruitment that say that work was done. */
  readonly doneCode: string | null;
  readonly approvedHere: boolean;
  /** Every place at the platform is taken. */
  readonly full: boolean;
}

const over = new Set(['returned', 'timed-out', 'rejected', 'screened-out']);

/** The mismatch of a submission among all of its study; null where all fits or it was settled. */
export function mismatchOf(known: Known, all: readonly Known[]): MismatchKind | null {
  const { submission, judgments, entered, doneCode } = known;
  const { state } = submission;
  if (submission.settled_at !== null && submission.reported_at <= submission.settled_at)
    return null;
  if (known.approvedHere && state === 'timed-out') return 'approved-timed-out';
  const earlier = all.some(
    ({ submission: other }) =>
      other.fingerprint !== null &&
      other.fingerprint === submission.fingerprint &&
      other.id < submission.id,
  );
  if (earlier && !over.has(state)) return 'second-session';
  const hasWork = judgments > 0 || submission.code_given_at !== null;
  if ((state === 'returned' || state === 'timed-out') && hasWork)
    return known.full ? 'replaced' : 'ended-after-work';
  const saysDone = entered !== null && entered === doneCode;
  if (state === 'awaiting' && saysDone && judgments === 0) return 'code-without-work';
  if (state === 'awaiting' && submission.code !== null && entered !== submission.code)
    return 'work-without-code';
  return state === 'unknown' ? 'unknown-state' : null;
}

/** Everything known of the submissions of a study, oldest first. */
export async function knownOf(db: Db, studyId: number): Promise<Known[]> {
  const known: Known[] = [];
  const recruitments = await db
    .selectFrom('platform_study')
    .selectAll()
    .where('study_id', '=', studyId)
    .execute();
  for (const recruitment of recruitments) {
    const facts = await studyFacts(db, recruitment.id);
    const settings = readJson(RecruitmentSettings, recruitment.settings, 'platform_study.settings');
    const submissions = await db
      .selectFrom('platform_submission')
      .selectAll()
      .where('platform_study_id', '=', recruitment.id)
      .execute();
    const polled = await db
      .selectFrom('platform_event')
      .select(['platform_submission_id as id', 'payload'])
      .where('platform_study_id', '=', recruitment.id)
      .where('platform_submission_id', 'is not', null)
      .where('source', '=', 'poll')
      .orderBy('id')
      .execute();
    const entered = new Map(polled.map(({ id, payload }) => [id, codeIn(payload)]));
    const approved = await db
      .selectFrom('platform_action')
      .select('platform_submission_id as id')
      .where('platform_study_id', '=', recruitment.id)
      .where('kind', '=', 'approve')
      .where('state', '<>', 'refused')
      .execute();
    const counts = await db
      .selectFrom('judgment')
      .innerJoin('platform_submission', 'platform_submission.rater_id', 'judgment.rater_id')
      .select((eb) => ['platform_submission.id', eb.fn.countAll<number>().as('count')])
      .where('platform_study_id', '=', recruitment.id)
      .groupBy('platform_submission.id')
      .execute();
    const judged = new Map(counts.map(({ id, count }) => [id, Number(count)]));
    known.push(
      ...submissions.map((submission) => ({
        submission,
        judgments: judged.get(submission.id) ?? 0,
        entered: entered.get(submission.id) ?? null,
        doneCode: settings.endings.done?.code ?? null,
        approvedHere: approved.some(({ id }) => id === submission.id),
        full: facts !== null && facts.taken >= facts.places,
      })),
    );
  }
  return known.toSorted((one, other) => one.submission.id - other.submission.id);
}
