import { recordAudit } from '#accounts/audit.js';
import { lockRater } from '#raters/rater.js';
import type { LedgerKind } from '#storage/crowdTables.js';
import type { Db, Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { lockStudy, type Study } from '#studies/study.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { amountWords } from './money.js';
import { owed } from './owed.js';
import { openRewards } from './rewards.js';
import { currentRule } from './rule.js';
import { workOfStudy } from './work.js';

interface NewEntry {
  readonly studyId: number;
  readonly raterId: number;
  readonly kind: LedgerKind;
  /** The visit that it is paid for, where it is for one. */
  readonly submissionId?: number;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  readonly basis: object;
  /** Names what is entered: the same key is entered once. */
  readonly key: string;
  readonly now: number;
  readonly staff: Staff | null;
}

/** Appends an entry; false where one with its key is there. */
async function enter(trx: Trx, entry: NewEntry): Promise<boolean> {
  const added = await trx
    .insertInto('ledger_entry')
    .values({
      public_id: newPublicId(),
      study_id: entry.studyId,
      rater_id: entry.raterId,
      platform_submission_id: entry.submissionId ?? null,
      kind: entry.kind,
      amount_minor: entry.amount,
      currency: entry.currency,
      reason: entry.reason,
      basis: JSON.stringify(entry.basis),
      request_key: entry.key,
      at: entry.now,
      made_by: entry.staff?.accountId ?? null,
    })
    .onConflict((conflict) => conflict.column('request_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

/** What stands in the ledger of a study, by rater and kind. */
async function entered(db: Db, studyId: number): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('ledger_entry')
    .select((eb) => ['rater_id', 'kind', eb.fn.sum<number>('amount_minor').as('sum')])
    .where('study_id', '=', studyId)
    .groupBy(['rater_id', 'kind'])
    .execute();
  return new Map(rows.map((row) => [`${row.rater_id} ${row.kind}`, Number(row.sum)]));
}

/** What a study has posted, and what it owes beyond that, by rater. */
export interface Account {
  readonly raterId: number;
  readonly publicId: string;
  readonly pseudonym: string;
  readonly judgments: number;
  /** What was earned and entered, corrections included. */
  readonly posted: number;
  /** What the platform has paid of it by itself. */
  readonly rewarded: number;
  readonly open: number;
}

const noRule = new Problem(
  409,
  'no_pay_rule',
  'This study has no rule for pay.',
  'Nothing was entered. Save a rule first.',
);

/** What is owed to each rater and not posted yet: never less than nothing. */
async function openEntries(db: Db, study: Study) {
  const stored = await currentRule(db, study.id);
  if (stored === null) throw noRule;
  const { raters, medianMs } = await workOfStudy(db, study.id);
  const sums = await entered(db, study.id);
  return raters.flatMap((rater) => {
    const { kind, work, floor } = owed(stored.rule, rater, medianMs);
    // A rule may have changed from judgments to time: what was posted for work counts all the same.
    const posted =
      (sums.get(`${rater.raterId} work`) ?? 0) + (sums.get(`${rater.raterId} time`) ?? 0);
    const topped = sums.get(`${rater.raterId} floor`) ?? 0;
    const basis = {
      version: stored.version,
      judgments: rater.judgments,
      activeMs: rater.activeMs,
      medianMs,
    };
    const common = { rater, basis, currency: stored.rule.currency };
    // All that was posted counts towards all that is owed: a floor that was topped up before a rule
    // was raised is a part of what the raised rule gives.
    const open = Math.max(0, work + floor - posted - topped);
    const forWork = Math.min(open, Math.max(0, work - posted));
    return [
      { ...common, kind, amount: forWork, total: posted + forWork },
      { ...common, kind: 'floor' as const, amount: open - forWork, total: topped + open - forWork },
    ].filter(({ amount }) => amount > 0);
  });
}

/**
 * Enters what raters are owed beyond what was entered before, in one transaction under the study's
 * lock; again it enters nothing. Nothing is ever taken back: who was excluded, blocked or has
 * withdrawn is paid like everybody. What the platform pays by itself is entered beside it, so that
 * no file pays it again. Throws a 409 `Problem` where there is no rule.
 */
export const postPay = (
  db: Db,
  given: { study: Study; now: number; staff: Staff | null },
): Promise<{ entries: number; total: number }> =>
  inTransaction(
    db,
    async (trx) => {
      const { study, now, staff } = given;
      await lockStudy(trx, study.id);
      let [entries, total] = [0, 0];
      for (const { rater, kind, amount, total: reached, basis, currency } of await openEntries(
        trx,
        study,
      )) {
        const isNew = await enter(trx, {
          studyId: study.id,
          raterId: rater.raterId,
          kind,
          amount,
          currency,
          reason: kind === 'floor' ? 'up to the floor per hour' : 'for the work sent',
          basis,
          key: `post ${rater.publicId} ${kind} ${reached}`,
          now,
          staff,
        });
        if (!isNew) continue;
        entries += 1;
        total += amount;
      }
      const stored = await currentRule(trx, study.id);
      if (stored === null) throw noRule;
      for (const reward of await openRewards(trx, study, stored.rule))
        await enter(trx, { studyId: study.id, kind: 'reward', basis: {}, now, staff, ...reward });
      if (entries > 0)
        await recordAudit(trx, {
          at: now,
          staff,
          action: 'pay.post',
          subject: `study ${study.public_id}`,
          detail: { entries, total },
        });
      return { entries, total };
    },
    { repeatable: true },
  );

/**
 * Enters a correction of what a rater is paid, with its reason; `key` comes with the form, so that
 * the form sent twice enters one. Throws a 409 `Problem` where it would take more than was entered.
 */
export const correctPay = (
  db: Db,
  given: {
    study: Study;
    raterId: number;
    amount: number;
    reason: string;
    key: string;
    now: number;
    staff: Staff | null;
  },
): Promise<void> =>
  inTransaction(
    db,
    async (trx) => {
      const { study, raterId, amount, reason, key, now, staff } = given;
      await lockStudy(trx, study.id);
      const rater = await lockRater(trx, raterId);
      const stored = await currentRule(trx, study.id);
      if (stored === null) throw noRule;
      const { currency } = stored.rule;
      const { sum } = await trx
        .selectFrom('ledger_entry')
        .select((eb) => eb.fn.sum<number | null>('amount_minor').as('sum'))
        .where('rater_id', '=', rater.id)
        .where('kind', '<>', 'reward')
        .executeTakeFirstOrThrow();
      const isNew =
        (await trx
          .selectFrom('ledger_entry')
          .select('id')
          .where('request_key', '=', `correction ${key}`)
          .executeTakeFirst()) === undefined;
      if (!isNew) return;
      if (Number(sum ?? 0) + amount < 0)
        throw new Problem(
          409,
          'below_nothing',
          `${rater.pseudonym} has ${amountWords(Number(sum ?? 0), currency)} in the ledger, so no more than that can be taken off.`,
          'Nothing was entered.',
        );
      await enter(trx, {
        studyId: study.id,
        raterId: rater.id,
        kind: 'correction',
        amount,
        currency,
        reason,
        basis: {},
        key: `correction ${key}`,
        now,
        staff,
      });
      await recordAudit(trx, {
        at: now,
        staff,
        action: 'pay.correct',
        subject: `rater ${rater.public_id}`,
        detail: { amount, currency, reason },
      });
    },
    { repeatable: true },
  );

/** Every rater of a study who did or was paid something. */
export async function accountsOf(db: Db, study: Study): Promise<Account[]> {
  const { raters } = await workOfStudy(db, study.id);
  const hasRule = (await currentRule(db, study.id)) !== null;
  const open = hasRule ? await openEntries(db, study) : [];
  const posted = await db
    .selectFrom('ledger_entry')
    .select((eb) => [
      'rater_id',
      eb.fn
        .sum<number | null>(
          eb.case().when('kind', '<>', 'reward').then(eb.ref('amount_minor')).else(0).end(),
        )
        .as('sum'),
      eb.fn
        .sum<number | null>(
          eb.case().when('kind', '=', 'reward').then(eb.ref('amount_minor')).else(0).end(),
        )
        .as('rewards'),
    ])
    .where('study_id', '=', study.id)
    .groupBy('rater_id')
    .execute();
  return raters.map(({ raterId, publicId, pseudonym, judgments }) => ({
    raterId,
    publicId,
    pseudonym,
    judgments,
    posted: Number(posted.find((row) => row.rater_id === raterId)?.sum ?? 0),
    rewarded: -Number(posted.find((row) => row.rater_id === raterId)?.rewards ?? 0),
    open: open
      .filter(({ rater }) => rater.raterId === raterId)
      .reduce((sum, { amount }) => sum + amount, 0),
  }));
}
