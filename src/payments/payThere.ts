import { mostBonuses, type RecruitmentRow, want } from '#platforms/actions.js';
import { sendAction } from '#platforms/prolific/send.js';
import { lockStudy, type Study } from '#studies/study.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { fileIn, payableTo, releaseRefused, secretsOfServer } from './files.js';

/** What one call to Prolific would pay: to so many people as it takes. */
export async function payableThere(
  { db }: Pick<Application, 'db'>,
  study: Study,
  recruitment: RecruitmentRow,
): Promise<{ people: number; total: number }> {
  const payable = (await payableTo(db, study.id, recruitment)).slice(0, mostBonuses);
  return { people: payable.length, total: payable.reduce((sum, { sum: one }) => sum + one, 0) };
}

/**
 * Has Prolific pay what stands open for people of a recruitment, at most 200 of them: the entries go
 * into a file, and the call that pays it is stored with it before it is sent, once. Where its
 * outcome is unknown the entries stay in the file until a person has looked; where it was refused,
 * the next file takes them. Throws a 409 `Problem` where the sum is not the one that was confirmed.
 */
export async function payThere(
  application: Application,
  given: {
    study: Study;
    recruitment: RecruitmentRow;
    confirmedMinor: number;
    now: number;
    staff: Staff;
  },
): Promise<void> {
  const { study, recruitment, confirmedMinor, now, staff } = given;
  const secrets = secretsOfServer(application);
  const action = await inTransaction(application.db, async (trx) => {
    await lockStudy(trx, study.id);
    await releaseRefused(trx, study, now);
    const payable = (await payableTo(trx, study.id, recruitment)).slice(0, mostBonuses);
    const file = await fileIn(trx, { study, recruitment, payable, secrets, now, staff });
    if (file.total_minor !== confirmedMinor)
      throw new Problem(
        409,
        'sum_changed',
        'What stands open has changed since the sum was shown.',
        'Nothing was sent. Look at the sum again.',
      );
    const wanted = await want(trx, {
      recruitment,
      submissionId: null,
      request: {
        kind: 'bonus',
        rows: payable.map(({ submissionId, sum }) => ({ submissionId, minor: sum })),
      },
      amountMinor: file.total_minor,
      key: `pay ${file.public_id}`,
      staff,
      now,
    });
    if (wanted.currency !== file.currency)
      throw new Problem(
        409,
        'other_currency',
        `The ledger is in ${file.currency}, and the account at Prolific pays in ${wanted.currency ?? 'no currency'}.`,
        'Nothing was sent. Make a file, and pay it in another way.',
      );
    await trx
      .updateTable('payment_file')
      .set({ platform_action_id: wanted.id })
      .where('id', '=', file.id)
      .execute();
    return wanted;
  });
  await sendAction(application, action.id);
}
