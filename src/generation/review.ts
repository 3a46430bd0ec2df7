import type { ExpressionBuilder, Selectable } from 'kysely';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import type { CandidateReviewTable } from '#storage/generationTables.js';
import { readJson } from '#storage/json.js';
import type { Tables } from '#storage/tables.js';
import { Problem } from '#web/problem.js';
import { type Candidate, editsOf, Fields, flowRows } from './candidates.js';
import { allStages } from './candidateSearch.js';
import { currentStages, type Generation, type Stage } from './generation.js';
import { readable, screeningsOf } from './screened.js';

/** What a reviewer decides about a candidate. */
export const decisiveActions = ['accepted', 'edited', 'rejected'] as const;
export type ReviewChoice = (typeof decisiveActions)[number] | 'skipped';

export const dayOf = (now: number): number => Math.floor(now / 86_400_000) * 86_400_000;

export type Eb = ExpressionBuilder<Tables, 'candidate'>;

/** The review at which a generation stands. */
export interface Review {
  readonly generation: Generation;
  readonly stage: Stage;
  readonly note: string;
  readonly flow: NonNullable<ReturnType<typeof flowRows>>;
  /** Which candidates of the flow may be read, as a condition. */
  readonly readable: (eb: Eb) => ReturnType<typeof readable>;
}

/** The review at which a generation stands; null where it stands at none. */
export async function findReview(db: Db | Trx, generation: Generation): Promise<Review | null> {
  const run = await db
    .selectFrom('model_run')
    .select('state')
    .where('id', '=', generation.run_id)
    .executeTakeFirstOrThrow();
  const current = await currentStages(db, generation.id);
  const stage = current.find(({ state }) => state === 'review');
  if (run.state !== 'review' || stage === undefined) return null;
  const flow = flowRows(db, current, stage.position);
  const settings = generation.pipeline.stages[stage.position];
  if (flow === undefined || settings?.kind !== 'review') return null;
  const screenings = screeningsOf(await allStages(db, generation.id), flow.source).filter(
    ({ id }) => current.some((one) => one.id === id && one.position < stage.position),
  );
  return {
    generation,
    stage,
    note: settings.note,
    flow,
    readable: (eb) => readable(eb, flow.source, screenings),
  };
}

const noReview = (): Problem =>
  new Problem(
    409,
    'no_review',
    'This generation does not wait for a review.',
    'Nothing was stored. The page of the generation shows how it stands.',
  );

/** The same, where it has to stand at one. Throws a `Problem`. */
export async function requireReview(db: Db | Trx, generation: Generation): Promise<Review> {
  const review = await findReview(db, generation);
  if (review === null) throw noReview();
  return review;
}

/** Whether somebody decided about the candidate, and nobody opened it again since. */
export const isDecided = (eb: Eb, stage: Stage) =>
  eb.exists(
    eb
      .selectFrom('candidate_review as decided')
      .select('decided.id')
      .where('decided.stage_id', '=', stage.id)
      .whereRef('decided.candidate_id', '=', 'candidate.id')
      .where('decided.action', 'in', [...decisiveActions])
      .where((inner) =>
        inner.not(
          inner.exists(
            inner
              .selectFrom('candidate_review as later')
              .select('later.id')
              .whereRef('later.stage_id', '=', 'decided.stage_id')
              .whereRef('later.candidate_id', '=', 'decided.candidate_id')
              .where('later.action', '=', 'reopened')
              .whereRef('later.id', '>', 'decided.id'),
          ),
        ),
      ),
  );

export const isSkippedBy = (eb: Eb, stage: Stage, accountId: number) =>
  eb.exists(
    eb
      .selectFrom('candidate_review as skip')
      .select('skip.id')
      .where('skip.stage_id', '=', stage.id)
      .whereRef('skip.candidate_id', '=', 'candidate.id')
      .where('skip.action', '=', 'skipped')
      .where('skip.account_id', '=', accountId)
      .where((inner) =>
        inner.not(
          inner.exists(
            inner
              .selectFrom('candidate_review as later')
              .select('later.id')
              .whereRef('later.stage_id', '=', 'skip.stage_id')
              .whereRef('later.candidate_id', '=', 'skip.candidate_id')
              .where('later.action', '=', 'reopened')
              .whereRef('later.id', '>', 'skip.id'),
          ),
        ),
      ),
  );

/** How far a review is, for one reviewer. */
export interface ReviewProgress {
  readonly total: number;
  readonly read: number;
  /** Undecided ones that this reviewer has skipped. */
  readonly skipped: number;
  /** Candidates that nobody may read, since they were not screened. */
  readonly unscreened: number;
  /** Milliseconds that all reviewers together have worked. */
  readonly activeMs: number;
}

export async function reviewProgress(
  db: Db | Trx,
  review: Review,
  accountId: number,
): Promise<ReviewProgress> {
  const { flow, stage } = review;
  const number = async (condition: (eb: Eb) => ReturnType<Eb['and']>): Promise<number> => {
    const row = await flow.rows
      .where((eb) => condition(eb))
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return Number(row.n);
  };
  const total = await number((eb) => eb.and([review.readable(eb)]));
  const read = await number((eb) => eb.and([review.readable(eb), isDecided(eb, stage)]));
  const skipped = await number((eb) =>
    eb.and([review.readable(eb), isSkippedBy(eb, stage, accountId), eb.not(isDecided(eb, stage))]),
  );
  const unscreened = await number((eb) => eb.and([eb.not(review.readable(eb))]));
  const work = await db
    .selectFrom('candidate_review')
    .select((eb) => eb.fn.sum<number | null>('active_ms').as('ms'))
    .where('stage_id', '=', stage.id)
    .executeTakeFirstOrThrow();
  return { total, read, skipped, unscreened, activeMs: Number(work.ms ?? 0) };
}

/** How many candidates a person was shown first since the day began (UTC), in all reviews. */
export async function shownToday(db: Db | Trx, accountId: number, now: number): Promise<number> {
  const row = await db
    .selectFrom('candidate_opening')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', accountId)
    .where('at', '>=', dayOf(now))
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

export type ReviewRow = Selectable<CandidateReviewTable>;

/** What was done last to a candidate in a review, skips aside. */
export const newestRow = (
  db: Db | Trx,
  stage: Pick<Stage, 'id'>,
  candidateId: number,
): Promise<ReviewRow | undefined> =>
  db
    .selectFrom('candidate_review')
    .selectAll()
    .where('stage_id', '=', stage.id)
    .where('candidate_id', '=', candidateId)
    .where('action', '!=', 'skipped')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

/** A candidate as a reviewer is shown it. */
export interface ShownForReview {
  readonly candidate: Candidate;
  /** What was done last to it, skips aside; null where nothing was. */
  readonly newest: ReviewRow | null;
}

/** Reads the row anew with the fields that it has when it comes into the review. */
export async function shownOf(
  db: Db | Trx,
  review: Review,
  row: Selectable<Tables['candidate']>,
): Promise<ShownForReview> {
  const edits = await editsOf(db, review.flow.between, [row.id]);
  const own = await editsOf(db, [review.stage], [row.id]);
  const fields =
    own.get(row.id) ?? edits.get(row.id) ?? readJson(Fields, row.fields, 'candidate.fields');
  return {
    candidate: { ...row, fields },
    newest: (await newestRow(db, review.stage, row.id)) ?? null,
  };
}

/** The id of a reviewer's last skip of a candidate; 0 where there is none. */
export async function lastSkipOf(
  db: Db | Trx,
  given: { stage: Pick<Stage, 'id'>; candidateId: number; accountId: number },
): Promise<number> {
  const row = await db
    .selectFrom('candidate_review')
    .select((eb) => eb.fn.max<number | null>('id').as('id'))
    .where('stage_id', '=', given.stage.id)
    .where('candidate_id', '=', given.candidateId)
    .where('account_id', '=', given.accountId)
    .where('action', '=', 'skipped')
    .executeTakeFirstOrThrow();
  return Number(row.id ?? 0);
}

/** The stage is locked, so that two reviewers are not given the same, and follow one another. */
export const lockStage = (trx: Trx, stage: Pick<Stage, 'id'>): Promise<unknown> =>
  trx
    .selectFrom('generation_stage')
    .select('id')
    .where('id', '=', stage.id)
    .$if(engineOf(trx) === 'postgres', (query) => query.forUpdate())
    .executeTakeFirstOrThrow();
