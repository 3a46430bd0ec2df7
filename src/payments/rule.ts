import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import { readJson, writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import { lockStudy, type Study } from '#studies/study.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { currencies } from './money.js';

const minor = z.int().min(0).max(1_000_000_000);

/** What is paid for, in the smallest coin of a currency. */
export const PayRule = z.strictObject({
  currency: z.enum(currencies),
  /** Each judgment, each batch of so many (a part of one pro rata), or each hour of active time. */
  per: z.enum(['judgment', 'batch', 'hour']),
  amount: minor,
  batch: z.int().min(1).max(100_000),
  /** At least so much for everybody who sent a judgment. */
  least: minor,
  /** At least so much for an hour at the median pace of the study; what lacks is added. */
  floor: minor.nullable(),
  /** What the platform pays by itself for each visit that is done: no file pays that part again. */
  reward: minor.default(0),
  /** Share of the pay that the vendor takes on top of it. */
  fee: z.number().min(0).max(2),
});
export type PayRule = z.output<typeof PayRule>;

export interface StoredRule {
  readonly version: number;
  readonly rule: PayRule;
}

/** The rule of a study that holds now; null where it has none. */
export async function currentRule(db: Db, studyId: number): Promise<StoredRule | null> {
  const row = await db
    .selectFrom('pay_rule')
    .select(['version', 'rule'])
    .where('study_id', '=', studyId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined
    ? null
    : { version: row.version, rule: readJson(PayRule, row.rule, 'pay_rule.rule') };
}

/** Stores a rule as the next version; what was posted by an earlier one stays. */
export const storeRule = (
  db: Db,
  given: { study: Study; rule: PayRule; now: number; staff: Staff | null },
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { study, rule, now, staff } = given;
    await lockStudy(trx, study.id);
    const before = await currentRule(trx, study.id);
    if (before !== null && JSON.stringify(before.rule) === JSON.stringify(rule)) return;
    const entered = await trx
      .selectFrom('ledger_entry')
      .select('currency')
      .where('study_id', '=', study.id)
      .where('currency', '<>', rule.currency)
      .limit(1)
      .executeTakeFirst();
    if (entered !== undefined)
      throw new Problem(
        409,
        'other_currency',
        `The ledger of this study is in ${entered.currency}, so its pay stays in it.`,
        'The rule was not changed.',
      );
    const version = (before?.version ?? 0) + 1;
    await trx
      .insertInto('pay_rule')
      .values({
        study_id: study.id,
        version,
        rule: writeJson(PayRule, rule),
        currency: rule.currency,
        created_at: now,
        created_by: staff?.accountId ?? null,
      })
      .execute();
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'pay.rule',
      subject: `study ${study.public_id}`,
      detail: { version, ...rule },
    });
  });
