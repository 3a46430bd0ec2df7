import { recordAudit } from '#accounts/audit.js';
import type { Db, Trx } from '#storage/database.js';
import type { ReviewAction } from '#storage/generationTables.js';
import { readJson, writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { Fields } from './candidates.js';
import type { Generation, Stage } from './generation.js';
import {
  lockStage,
  requireReview,
  type Review,
  type ReviewChoice,
  type ReviewRow,
  shownOf,
} from './review.js';
import { findByRules } from './screening/byRules.js';

/** Without a script the time of work is that since the candidate was shown, at most so much. */
const mostGuessedMs = 5 * 60_000;
const mostActiveMs = 60 * 60_000;

/** The review at which a generation stands, locked, and not ended before the lock was there. */
async function lockedReview(
  trx: Trx,
  generation: Generation,
): Promise<Awaited<ReturnType<typeof requireReview>>> {
  const { stage } = await requireReview(trx, generation);
  await lockStage(trx, stage);
  return requireReview(trx, generation);
}

/** What came of a review that was sent. */
export type Reviewed =
  | { readonly kind: 'stored'; readonly action: ReviewAction }
  /** Somebody else, or another window, was faster: nothing was stored. */
  | { readonly kind: 'taken'; readonly newest: ReviewRow | null }
  /** A rule of the screening before the review finds something in the edited text. */
  | { readonly kind: 'screened'; readonly rule: string };

/** The rule that finds something in an edited text, of the screenings before the review. */
const ruleAgainst = ({ generation, stage }: Review, fields: Fields): string | undefined =>
  generation.pipeline.stages
    .slice(0, stage.position)
    .flatMap((settings) =>
      settings.kind === 'screen' ? (findByRules(settings, { fields })?.detail ?? []) : [],
    )
    .at(0);

/**
 * Stores what a reviewer did with a candidate. What was sent twice is stored once, and nothing is
 * stored over what another has done since the candidate was shown. An edit that changes nothing is
 * an acceptance; one in which a rule of the screening finds something is refused.
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
      const found = await lockedReview(trx, given.generation);
      const { stage } = found;
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
      const rule = action === 'edited' ? ruleAgainst(found, after) : undefined;
      if (rule !== undefined) return { kind: 'screened', rule };
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
      const found = await lockedReview(trx, given.generation);
      const { stage } = found;
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
