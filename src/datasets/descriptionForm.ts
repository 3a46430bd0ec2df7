import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import type { Trx } from '#storage/database.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';
import { type Behaviour, describeBehaviour } from './behaviour.js';

/** A description as a form sends it. */
export const DescriptionForm = z.object({
  csrf: z.string().optional(),
  short: z
    .string()
    .trim()
    .min(1, 'Write what the behaviour is, in one line.')
    .max(200, 'This is longer than 200 characters; the longer text has room.'),
  long: z.string().trim().max(4000, 'This is longer than 4,000 characters.').default(''),
  confirm: z.literal('yes').optional(),
});

/** What of a refused form is shown again. */
export const DescriptionTyped = z.object({
  short: z.string().catch(''),
  long: z.string().catch(''),
});

/** Stores a description that somebody wrote, with its line in the audit log. */
export const storeDescription = (
  { db, now }: Application,
  options: {
    behaviourOf: (trx: Trx) => Promise<Behaviour>;
    form: z.output<typeof DescriptionForm>;
    /** True where another text than a confirmed one is refused, as `describeBehaviour` does. */
    keepConfirmed?: boolean;
    staff: Staff;
  },
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { behaviourOf, form, keepConfirmed = false, staff } = options;
    const behaviour = await behaviourOf(trx);
    const { description, changed } = await describeBehaviour(trx, {
      behaviourId: behaviour.id,
      text: { short: form.short, long: form.long },
      confirm: form.confirm === 'yes',
      keepConfirmed,
      now: now(),
      accountId: staff.accountId,
    });
    if (!changed) return;
    await recordAudit(trx, {
      at: now(),
      staff,
      action: form.confirm === 'yes' ? 'behaviour.confirm' : 'behaviour.describe',
      subject: `behaviour ${behaviour.public_id}`,
      detail: { version: description.version },
    });
  });
