import type { Selectable } from 'kysely';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import type { PlatformAccountTable } from '#storage/crowdTables.js';
import type { Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { readJson, writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';
import { notFound, Problem } from '#web/problem.js';
import { type ProlificClient, prolificClient, ProlificFailure } from './prolific/client.js';
import { type Secrets, secretsOf } from './secrets.js';

export type PlatformAccount = Selectable<PlatformAccountTable>;
/** What this part needs of the process. */
export type Platforms = Pick<Application, 'db' | 'config' | 'log' | 'now'>;

export const AccountSettings = z.strictObject({
  workspace: z.string().regex(/^[\w-]{1,64}$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** The most that calls of this account may spend in all, without fees. */
  limitMinor: z.int().min(0),
});
export type AccountSettings = z.output<typeof AccountSettings>;

const AccountSecret = z.strictObject({
  token: z.string().min(1),
  webhookSecret: z.string().min(1).nullable(),
});
export type AccountSecret = z.output<typeof AccountSecret>;

const placeOf = (accountId: number): string => `platform_account.secret ${accountId}`;

/** The secrets of this installation. Throws a `Problem` where ASSAY_SECRET_KEY is not set. */
export function requireSecrets({ config }: Pick<Application, 'config'>): Secrets {
  const { secretKey } = config.platforms;
  if (secretKey === null)
    throw new Problem(
      409,
      'no_secret_key',
      'Without ASSAY_SECRET_KEY no account at a platform can be used.',
      'An operator sets it and starts Assay again.',
    );
  return secretsOf(secretKey);
}

export const accountSettings = (account: PlatformAccount): AccountSettings =>
  readJson(AccountSettings, account.settings, 'platform_account.settings');

/** The token and webhook secret of an account, opened. */
export function secretOf(application: Platforms, account: PlatformAccount): AccountSecret {
  if (account.secret === null) throw new Error(`account ${account.public_id} has no secret`);
  const text = requireSecrets(application).open(placeOf(account.id), account.secret);
  return readJson(AccountSecret, text, 'platform_account.secret');
}

export const clientOf = (application: Platforms, account: PlatformAccount): ProlificClient =>
  prolificClient({
    url: application.config.platforms.prolificUrl,
    token: secretOf(application, account).token,
  });

export const listAccounts = (db: Db): Promise<PlatformAccount[]> =>
  db.selectFrom('platform_account').selectAll().orderBy('id').execute();

/** An account by its public id. Throws “not found”. */
export async function requireAccount(db: Db, publicId: string): Promise<PlatformAccount> {
  const found = await db
    .selectFrom('platform_account')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('account');
  return found;
}

export interface NewAccount {
  readonly label: string;
  readonly settings: AccountSettings;
  readonly secret: AccountSecret;
  readonly staff: Staff;
}

/** Stores an account at Prolific; what is secret is encrypted, and never shown again. */
export const addAccount = (
  application: Platforms,
  { label, settings, secret, staff }: NewAccount,
): Promise<PlatformAccount> => {
  const secrets = requireSecrets(application);
  const now = application.now();
  return inTransaction(application.db, async (trx) => {
    const { id: project } = await trx
      .selectFrom('project')
      .select('id')
      .orderBy('id')
      .limit(1)
      .executeTakeFirstOrThrow();
    const { id, public_id: publicId } = await trx
      .insertInto('platform_account')
      .values({
        public_id: newPublicId(),
        project_id: project,
        platform: 'prolific',
        label,
        secret: null,
        settings: writeJson(AccountSettings, settings),
        created_at: now,
        created_by: staff.accountId,
        checked_at: null,
        check_message: null,
        retired_at: null,
      })
      .returning(['id', 'public_id'])
      .executeTakeFirstOrThrow();
    const sealed = secrets.seal(placeOf(id), writeJson(AccountSecret, secret));
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'platform-account.add',
      subject: `platform account ${publicId}`,
      detail: { label },
    });
    return trx
      .updateTable('platform_account')
      .set({ secret: sealed })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
};

/** Changes what may be spent by an account, and its webhook secret where a new one is given. */
export const changeAccount = (
  application: Platforms,
  account: PlatformAccount,
  change: { limitMinor: number; webhookSecret: string | null; staff: Staff },
): Promise<unknown> =>
  inTransaction(application.db, async (trx) => {
    const secret = secretOf(application, account);
    const webhookSecret = change.webhookSecret ?? secret.webhookSecret;
    const sealed = requireSecrets(application).seal(
      placeOf(account.id),
      writeJson(AccountSecret, { ...secret, webhookSecret }),
    );
    const settings = { ...accountSettings(account), limitMinor: change.limitMinor };
    await trx
      .updateTable('platform_account')
      .set({ settings: writeJson(AccountSettings, settings), secret: sealed })
      .where('id', '=', account.id)
      .execute();
    await recordAudit(trx, {
      at: application.now(),
      staff: change.staff,
      action: 'platform-account.change',
      subject: `platform account ${account.public_id}`,
      detail: { limitMinor: change.limitMinor },
    });
  });

/** Asks Prolific whose token it is and what the workspace has, and stores the sentence. */
export async function checkAccount(
  application: Platforms,
  account: PlatformAccount,
): Promise<string> {
  const client = clientOf(application, account);
  const { workspace } = accountSettings(account);
  let message: string;
  try {
    const user = await client.user();
    const balance = await client.balance(workspace);
    const name = `${user.first_name} ${user.last_name}`.trim() || user.email;
    const amount = (balance.available_balance / 100).toFixed(2);
    message = `The token is ${name}’s. The workspace has ${amount} ${balance.currency_code}.`;
  } catch (error) {
    if (!(error instanceof ProlificFailure)) throw error;
    message = error.message;
  }
  await application.db
    .updateTable('platform_account')
    .set({ checked_at: application.now(), check_message: message })
    .where('id', '=', account.id)
    .execute();
  return message;
}
