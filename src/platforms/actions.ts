import type { Selectable } from 'kysely';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import type { PlatformActionTable, PlatformStudyTable } from '#storage/crowdTables.js';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { readJson, writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { AccountSettings } from './accounts.js';
import { type RejectionCategory, rejectionCategories } from './prolific/client.js';

export type Action = Selectable<PlatformActionTable>;
export type RecruitmentRow = Selectable<PlatformStudyTable>;

const Text = z.string().trim().min(1).max(2000);
const Code = z.strictObject({
  code: z.string().min(1),
  type: z.string(),
  actor: z.enum(['participant', 'researcher']),
  action: z.string(),
});
const plain = <K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind) });

/** The most people of one bonus payment. */
export const mostBonuses = 200;
/** The least characters of the message of a rejection. */
export const leastRejection = 100;

/** What is asked of a platform. */
export const ActionRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('create-study'),
    name: Text,
    internalName: z.string(),
    description: Text,
    link: z.url(),
    places: z.int().min(1),
    minutes: z.int().min(1),
    rewardMinor: z.int().min(1),
    codes: z.array(Code).min(1),
    invited: z.array(z.string()),
    excluded: z.array(z.string()),
  }),
  plain('publish'),
  plain('pause'),
  plain('resume'),
  plain('stop'),
  z.strictObject({ kind: z.literal('places'), total: z.int().min(1) }),
  plain('approve'),
  z.strictObject({
    kind: z.literal('reject'),
    message: z.string().trim().min(leastRejection).max(2000),
    category: z.enum(Object.keys(rejectionCategories) as [RejectionCategory]),
  }),
  z.strictObject({ kind: z.literal('request-return'), reason: Text }),
  z.strictObject({ kind: z.literal('complete'), code: z.string().min(1) }),
  z.strictObject({ kind: z.literal('screen-out'), code: z.string().min(1) }),
  z.strictObject({ kind: z.literal('message'), body: Text }),
  z.strictObject({
    kind: z.literal('bonus'),
    rows: z
      .array(z.strictObject({ submissionId: z.int(), minor: z.int().min(1) }))
      .min(1)
      .max(mostBonuses),
  }),
]);
export type ActionRequest = z.output<typeof ActionRequest>;
export type ActionKind = ActionRequest['kind'];

/**
 * Kinds that do the same when they are sent twice: Prolific’s transitions, and a number of places
 * that is set. All others wait for a person where their outcome is unknown.
 */
const repeatable: ReadonlySet<string> = new Set<ActionKind>([
  'publish',
  'pause',
  'resume',
  'stop',
  'places',
  'approve',
  'reject',
  'request-return',
  'complete',
  'screen-out',
]);
export const isRepeatable = (kind: string): boolean => repeatable.has(kind);
/** Kinds that only a person may ask for. */
const byPerson: ReadonlySet<ActionKind> = new Set<ActionKind>(['reject', 'bonus', 'places']);

/** How many calls of a study wait for a person to look what became of them. */
export async function callsToLookAt(db: Db, studyId: number): Promise<number> {
  const { count } = await db
    .selectFrom('platform_action')
    .innerJoin('platform_study', 'platform_study.id', 'platform_action.platform_study_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('platform_study.study_id', '=', studyId)
    .where('platform_action.state', '=', 'unknown')
    .where('platform_action.kind', 'not in', [...repeatable])
    .executeTakeFirstOrThrow();
  return count;
}

/** How long somebody has to look what became of a call with an unknown outcome, ms. */
export const lookWithin = 24 * 3_600_000;

export const requestOf = (action: Pick<Action, 'request'>): ActionRequest =>
  readJson(ActionRequest, action.request, 'platform_action.request');

export interface Wanted {
  readonly recruitment: RecruitmentRow;
  readonly submissionId: number | null;
  readonly request: z.input<typeof ActionRequest>;
  /** What it spends, without fees; null where it spends nothing. */
  readonly amountMinor: number | null;
  /** Names the intent: the same key is wanted once. */
  readonly key: string;
  /** Null where a program asks. */
  readonly staff: Staff | null;
  readonly now: number;
}

const noAccount = new Problem(
  409,
  'no_platform_account',
  'This recruitment has no account at the platform.',
  'Choose one on its page.',
);

/** Locks the account, so that spending and bonuses come one after the other. */
export const lockAccount = (trx: Trx, id: number) =>
  trx
    .selectFrom('platform_account')
    .selectAll()
    .where('id', '=', id)
    .$if(engineOf(trx) === 'postgres', (query) => query.forUpdate())
    .executeTakeFirstOrThrow();

/** What calls of an account have spent or may have spent, in its smallest coin, without fees. */
export async function spentBy(db: Db, accountId: number): Promise<number> {
  const { sum } = await db
    .selectFrom('platform_action')
    .innerJoin('platform_study', 'platform_study.id', 'platform_action.platform_study_id')
    .select((eb) => eb.fn.sum<number | null>('amount_minor').as('sum'))
    .where('platform_account_id', '=', accountId)
    .where('state', '<>', 'refused')
    .executeTakeFirstOrThrow();
  return Number(sum ?? 0);
}

/**
 * Stores what is to be asked of a platform, before it is sent. Throws a `Problem` where it would
 * spend more than the account’s limit.
 */
export async function want(trx: Trx, wanted: Wanted): Promise<Action> {
  const { recruitment, request, staff, amountMinor, now } = wanted;
  if (staff === null && byPerson.has(request.kind))
    throw new Error(`Only a person may ask to ${request.kind}.`);
  if (recruitment.platform_account_id === null) throw noAccount;
  const account = await lockAccount(trx, recruitment.platform_account_id);
  const known = await trx
    .selectFrom('platform_action')
    .selectAll()
    .where('request_key', '=', wanted.key)
    .executeTakeFirst();
  if (known !== undefined) return known;
  const settings = readJson(AccountSettings, account.settings, 'platform_account.settings');
  if (amountMinor !== null) {
    const sum = (await spentBy(trx, account.id)) + amountMinor;
    if (sum > settings.limitMinor)
      throw new Problem(
        409,
        'over_spending_limit',
        `With this, ${(sum / 100).toFixed(2)} ${settings.currency} would be spent; the limit of the account is ${(settings.limitMinor / 100).toFixed(2)}.`,
        'Nothing was sent. An admin can raise the limit on the page of the account.',
      );
  }
  const action = await trx
    .insertInto('platform_action')
    .values({
      public_id: newPublicId(),
      platform_study_id: recruitment.id,
      platform_submission_id: wanted.submissionId,
      kind: request.kind,
      amount_minor: amountMinor,
      currency: amountMinor === null ? null : settings.currency,
      request: writeJson(ActionRequest, request),
      request_key: wanted.key,
      state: 'wanted',
      created_at: now,
      created_by: staff?.accountId ?? null,
      sent_at: null,
      ended_at: null,
      answer: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordAudit(trx, {
    at: now,
    staff,
    action: `platform.${request.kind}`,
    subject: `platform action ${action.public_id}`,
    detail: { amountMinor },
  });
  return action;
}

/**
 * Takes an action for sending; null where it may not be sent: it was sent, it has ended, or, for a
 * bonus, another bonus of the account is on its way or has an unknown outcome.
 */
export const claim = (db: Db, id: number, now: number): Promise<Action | null> =>
  inTransaction(db, async (trx) => {
    const found = await trx
      .selectFrom('platform_action')
      .innerJoin('platform_study', 'platform_study.id', 'platform_action.platform_study_id')
      .select(['platform_account_id as account', 'platform_action.kind'])
      .where('platform_action.id', '=', id)
      .executeTakeFirstOrThrow();
    if (found.account === null) throw noAccount;
    await lockAccount(trx, found.account);
    if (found.kind === 'bonus') {
      const other = await trx
        .selectFrom('platform_action')
        .innerJoin('platform_study', 'platform_study.id', 'platform_action.platform_study_id')
        .select('platform_action.id')
        .where('platform_account_id', '=', found.account)
        .where('kind', '=', 'bonus')
        .where('state', 'in', ['sent', 'unknown'])
        .executeTakeFirst();
      if (other !== undefined) return null;
    }
    const taken = await trx
      .updateTable('platform_action')
      .set({ state: 'sent', sent_at: now, answer: null })
      .where('id', '=', id)
      .where('state', 'in', isRepeatable(found.kind) ? ['wanted', 'unknown'] : ['wanted'])
      .returningAll()
      .executeTakeFirst();
    return taken ?? null;
  });

/**
 * Stores that the call that spends is about to be made. False where the action is no longer this
 * process’s, which then must not make it.
 */
export const markSpending = async (db: Db, action: Action, answer: object): Promise<boolean> =>
  (
    await db
      .updateTable('platform_action')
      .set({ answer: JSON.stringify(answer) })
      .where('id', '=', action.id)
      .where('state', '=', 'sent')
      .where('sent_at', '=', action.sent_at)
      .where('answer', 'is', null)
      .executeTakeFirst()
  ).numUpdatedRows > 0n;

/** Stores what became of an action that this process sent. */
export const conclude = (
  trx: Trx,
  action: Action,
  end: { state: 'done' | 'refused' | 'unknown' | 'wanted'; answer: object | null; now: number },
): Promise<unknown> =>
  trx
    .updateTable('platform_action')
    .set({
      state: end.state,
      ended_at: end.state === 'done' || end.state === 'refused' ? end.now : null,
      answer: end.answer === null ? null : JSON.stringify(end.answer),
    })
    .where('id', '=', action.id)
    .where('state', 'in', ['sent', 'unknown'])
    .where('sent_at', '=', action.sent_at)
    .execute();

/** How long after sending a call certainly has ended or its process is dead, ms. */
export const surelyOver = 5 * 60_000;

/**
 * What processes left behind that died: a call that had been sent is unknown; a bonus that had only
 * been prepared was not paid, so it is wanted again.
 */
export const recover = (db: Db, now: number): Promise<unknown> =>
  inTransaction(db, async (trx) => {
    const dead = (state: 'wanted' | 'unknown') =>
      trx
        .updateTable('platform_action')
        .set({ state })
        .where('state', '=', 'sent')
        .where('sent_at', '<=', now - surelyOver);
    await dead('wanted').where('kind', '=', 'bonus').where('answer', 'is', null).execute();
    await dead('unknown').execute();
  });

/**
 * A person looked at the platform and says what became of a call with an unknown outcome. Throws
 * where it is not unknown any more.
 */
export async function settle(
  trx: Trx,
  action: Action,
  said: { done: boolean; staff: Staff; now: number; note: string },
): Promise<void> {
  const settled = await trx
    .updateTable('platform_action')
    .set({
      state: said.done ? 'done' : 'refused',
      ended_at: said.now,
      answer: JSON.stringify({ saidBy: said.staff.publicId, note: said.note }),
    })
    .where('id', '=', action.id)
    .where('state', '=', 'unknown')
    .executeTakeFirst();
  if (settled.numUpdatedRows === 0n)
    throw new Problem(409, 'not_unknown', 'The outcome of this call is known by now.');
  await recordAudit(trx, {
    at: said.now,
    staff: said.staff,
    action: 'platform.settle',
    subject: `platform action ${action.public_id}`,
    detail: { done: said.done, note: said.note },
  });
}
