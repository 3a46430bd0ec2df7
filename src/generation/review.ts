import { recordAudit } from '#accounts/audit.js';
import type { ExpressionBuilder, Selectable } from 'kysely';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import type { CandidateReviewTable, ReviewAction } from '#storage/generationTables.js';
import { readJson, writeJson } from '#storage/json.js';
import type { Tables } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { type Candidate, editsOf, Fields, flowRows } from './candidates.js';
import { allStages } from './candidateSearch.js';
import { currentStages, type Generation, type Stage } from './generation.js';
import { readable, screeningsOf } from './screened.js';

/** What a reviewer decides about a candidate. */
export const decisiveActions = ['accepted', 'edited', 'rejected'] as const;
export type ReviewChoice = (typeof decisiveActions)[number] | 'skipped';

/** How long a candidate that one reviewer was shown is kept from others, while there are any else. */
const heldFor = 15 * 60_000;
/** Without a script the time of work is that since the candidate was shown, at most so much. */
const mostGuessedMs = 5 * 60_000;
const mostActiveMs = 60 * 60_000;

export const dayOf = (now: number): number => Math.floor(now / 86_400_000) * 86_400_000;

type Eb = ExpressionBuilder<Tables, 'candidate'>;

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
const isDecided = (eb: Eb, stage: Stage) =>
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

const isSkippedBy = (eb: Eb, stage: Stage, accountId: number) =>
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

type ReviewRow = Selectable<CandidateReviewTable>;

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
async function shownOf(
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

/** The stage is locked, so that two reviewers are not given the same, and follow one another. */
const lockStage = (trx: Trx, stage: Pick<Stage, 'id'>): Promise<unknown> =>
  trx
    .selectFrom('generation_stage')
    .select('id')
    .where('id', '=', stage.id)
    .$if(engineOf(trx) === 'postgres', (query) => query.forUpdate())
    .executeTakeFirstOrThrow();

/** What a reviewer may be shown now. */
export type NextForReview =
  | { readonly kind: 'candidate'; readonly shown: ShownForReview }
  /** The reviewer was shown as many as a person is shown in a day. */
  | { readonly kind: 'capped'; readonly until: number }
  /** Nothing is left that this reviewer has not decided or skipped. */
  | { readonly kind: 'none' };

/**
 * The next candidate for a reviewer, noted as shown to them: the one that is open already, then one
 * that nobody else was shown in the last quarter of an hour, then any.
 * @param options.wanted the public id of a candidate to show in any case
 * @param options.cap how many a person is shown in a day
 */
export const nextForReview = (
  db: Db,
  options: {
    generation: Generation;
    accountId: number;
    wanted: string | null;
    cap: number;
    now: number;
  },
): Promise<NextForReview> =>
  inTransaction(
    db,
    async (trx): Promise<NextForReview> => {
      const { accountId, wanted, cap, now } = options;
      const found = await requireReview(trx, options.generation);
      await lockStage(trx, found.stage);
      const { stage } = found;
      const open = found.flow.rows
        .selectAll('candidate')
        .where((eb) => found.readable(eb))
        .orderBy('candidate.slot')
        .orderBy('candidate.place')
        .limit(1);
      const undecided = open.where((eb) =>
        eb.and([eb.not(isDecided(eb, stage)), eb.not(isSkippedBy(eb, stage, accountId))]),
      );
      const opened = (eb: Eb, mine: boolean) =>
        eb.exists(
          eb
            .selectFrom('candidate_opening')
            .select('candidate_opening.at')
            .where('candidate_opening.stage_id', '=', stage.id)
            .whereRef('candidate_opening.candidate_id', '=', 'candidate.id')
            .where('candidate_opening.account_id', mine ? '=' : '!=', accountId)
            .$if(!mine, (query) => query.where('candidate_opening.at', '>', now - heldFor)),
        );
      const row =
        wanted === null
          ? ((await undecided.where((eb) => opened(eb, true)).executeTakeFirst()) ??
            (await undecided.where((eb) => eb.not(opened(eb, false))).executeTakeFirst()) ??
            (await undecided.executeTakeFirst()))
          : await open.where('candidate.public_id', '=', wanted).executeTakeFirst();
      if (row === undefined) return { kind: 'none' };
      const before = await trx
        .selectFrom('candidate_opening')
        .select('at')
        .where('stage_id', '=', stage.id)
        .where('candidate_id', '=', row.id)
        .where('account_id', '=', accountId)
        .executeTakeFirst();
      if (before === undefined) {
        if ((await shownToday(trx, accountId, now)) >= cap)
          return { kind: 'capped', until: dayOf(now) + 86_400_000 };
        await trx
          .insertInto('candidate_opening')
          .values({ stage_id: stage.id, candidate_id: row.id, account_id: accountId, at: now })
          .execute();
      }
      return { kind: 'candidate', shown: await shownOf(trx, found, row) };
    },
    { repeatable: true },
  );

/** What came of a review that was sent. */
export type Reviewed =
  | { readonly kind: 'stored'; readonly action: ReviewAction }
  /** Somebody else, or another window, was faster: nothing was stored. */
  | { readonly kind: 'taken'; readonly newest: ReviewRow | null };

/**
 * Stores what a reviewer did with a candidate. What was sent twice is stored once, and nothing is
 * stored over what another has done since the candidate was shown. An edit that changes nothing is
 * an acceptance.
 * @param given.seen the id of what was done last when it was shown, skips aside; 0 where nothing was
 * @param given.fields the fields as the reviewer leaves them, for an edit
 * @param given.activeMs null where no script measured it
 */
export const storeReview = (
  db: Db,
  given: {
    generation: Generation;
    candidate: string;
    staff: Staff;
    choice: ReviewChoice;
    fields: Fields;
    seen: number;
    activeMs: number | null;
    now: number;
  },
): Promise<Reviewed> =>
  inTransaction(
    db,
    async (trx): Promise<Reviewed> => {
      const { staff, choice, seen, now } = given;
      const { accountId } = staff;
      const found = await requireReview(trx, given.generation);
      const { stage } = found;
      await lockStage(trx, stage);
      const row = await found.flow.rows
        .selectAll('candidate')
        .where((eb) => found.readable(eb))
        .where('candidate.public_id', '=', given.candidate)
        .executeTakeFirst();
      if (row === undefined) return { kind: 'taken', newest: null };
      const { candidate, newest } = await shownOf(trx, found, row);
      const before = candidate.fields;
      const after = { ...before, ...given.fields };
      const changed = Object.keys(after).some((name) => after[name] !== before[name]);
      const action: ReviewAction = choice === 'edited' && !changed ? 'accepted' : choice;
      const own = await trx
        .selectFrom('candidate_review')
        .selectAll()
        .where('stage_id', '=', stage.id)
        .where('candidate_id', '=', row.id)
        .where('account_id', '=', accountId)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (own !== undefined && isSame(own, { choice, after: given.fields, seen, newest }))
        return { kind: 'stored', action: own.action };
      if ((newest?.id ?? 0) !== seen) return { kind: 'taken', newest };
      if (newest !== null && newest.action !== 'reopened') return { kind: 'taken', newest };
      const opening = await trx
        .selectFrom('candidate_opening')
        .select('at')
        .where('stage_id', '=', stage.id)
        .where('candidate_id', '=', row.id)
        .where('account_id', '=', accountId)
        .executeTakeFirst();
      const guessed = Math.min(mostGuessedMs, now - (opening?.at ?? now));
      await trx
        .insertInto('candidate_review')
        .values({
          stage_id: stage.id,
          candidate_id: row.id,
          account_id: accountId,
          action,
          before: writeJson(Fields, { ...before }),
          after: action === 'edited' ? writeJson(Fields, after) : null,
          active_ms: Math.max(0, Math.min(mostActiveMs, given.activeMs ?? guessed)),
          at: now,
        })
        .execute();
      if (action === 'edited' || action === 'rejected')
        await recordAudit(trx, {
          at: now,
          staff,
          action: action === 'edited' ? 'candidate.edit' : 'candidate.reject',
          subject: `candidate ${candidate.public_id}`,
          detail: { generation: given.generation.public_id },
        });
      return { kind: 'stored', action };
    },
    { repeatable: true },
  );

/** Whether a reviewer's newest row is what is being sent: a double click, or a request sent again. */
function isSame(
  own: ReviewRow,
  sent: { choice: ReviewChoice; after: Fields; seen: number; newest: ReviewRow | null },
): boolean {
  if (own.action === 'skipped') return sent.choice === 'skipped';
  if (own.id !== sent.newest?.id || own.id <= sent.seen || own.action === 'reopened') return false;
  if (own.after === null) return own.action === sent.choice || sent.choice === 'edited';
  const after = readJson(Fields, own.after, 'candidate_review.after');
  return (
    sent.choice === 'edited' &&
    Object.entries(sent.after).every(([name, value]) => after[name] === value)
  );
}

/** What a reviewer did last and may take back: the newest row of theirs that still counts. */
export async function lastOf(
  db: Db | Trx,
  stage: Pick<Stage, 'id'>,
  accountId: number,
): Promise<(ReviewRow & { candidate: string; slot: number; place: number }) | null> {
  const rows = await db
    .selectFrom('candidate_review')
    .innerJoin('candidate', 'candidate.id', 'candidate_review.candidate_id')
    .selectAll('candidate_review')
    .select(['candidate.public_id as candidate', 'candidate.slot', 'candidate.place'])
    .where('candidate_review.stage_id', '=', stage.id)
    .where('candidate_review.account_id', '=', accountId)
    .where('candidate_review.action', '!=', 'reopened')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('candidate_review as later')
            .select('later.id')
            .whereRef('later.stage_id', '=', 'candidate_review.stage_id')
            .whereRef('later.candidate_id', '=', 'candidate_review.candidate_id')
            .whereRef('later.id', '>', 'candidate_review.id'),
        ),
      ),
    )
    .orderBy('candidate_review.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return rows ?? null;
}

/**
 * Takes back what was done to a candidate: it is open again. Doing so twice does it once; what
 * somebody has done since stays. Gives the public id of the candidate.
 * @param given.row the id of what is taken back
 */
export const reopen = (
  db: Db,
  given: { generation: Generation; row: number; staff: Staff; now: number },
): Promise<string | null> =>
  inTransaction(
    db,
    async (trx): Promise<string | null> => {
      const found = await requireReview(trx, given.generation);
      const { stage } = found;
      await lockStage(trx, stage);
      const row = await trx
        .selectFrom('candidate_review')
        .innerJoin('candidate', 'candidate.id', 'candidate_review.candidate_id')
        .selectAll('candidate_review')
        .select(['candidate.public_id', 'candidate.fields'])
        .where('candidate_review.stage_id', '=', stage.id)
        .where('candidate_review.id', '=', given.row)
        .executeTakeFirst();
      if (row === undefined || row.action === 'reopened') return null;
      const later = await trx
        .selectFrom('candidate_review')
        .select('id')
        .where('stage_id', '=', stage.id)
        .where('candidate_id', '=', row.candidate_id)
        .where('id', '>', row.id)
        .executeTakeFirst();
      if (later !== undefined) return row.public_id;
      await trx
        .insertInto('candidate_review')
        .values({
          stage_id: stage.id,
          candidate_id: row.candidate_id,
          account_id: given.staff.accountId,
          action: 'reopened',
          before: row.after ?? row.before,
          after: null,
          active_ms: 0,
          at: given.now,
        })
        .execute();
      return row.public_id;
    },
    { repeatable: true },
  );
