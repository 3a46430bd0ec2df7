import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Db, Trx } from '#storage/database.js';
import { hashSecret, newPublicId, newSecret } from '#storage/identifiers.js';
import { isUniqueViolation } from '#storage/faults.js';
import { inTransaction } from '#storage/transaction.js';
import type { AccountLinkTable, AccountTable } from '#storage/tables.js';
import type { Staff } from '#web/identity.js';
import { notFound, Problem } from '#web/problem.js';
import { recordAudit } from './audit.js';
import { hashPassword } from './password.js';

export type Account = Selectable<AccountTable>;

/** What each role may do; `docs/admins/accounts.md` says the same. */
export const roles = {
  admin: 'Everything: datasets, studies, raters, accounts.',
  researcher: 'Looks at datasets and studies, reads and downloads reports; changes nothing.',
} as const;
export const Role = z.enum(['admin', 'researcher']);

export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email('is not an e-mail address'));
export const PersonName = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(120, 'is longer than 120 characters');

const day = 24 * 3_600_000;
/** How long each kind of link opens something. */
export const linkLifetimes: Record<Selectable<AccountLinkTable>['purpose'], number> = {
  'set-up': 7 * day,
  invitation: 14 * day,
  'password-reset': day,
};

export const staffOf = (account: Account): Staff => ({
  accountId: account.id,
  publicId: account.public_id,
  email: account.email,
  name: account.name,
  role: account.role,
});

export const findAccountByEmail = (db: Db, email: string): Promise<Account | undefined> =>
  db
    .selectFrom('account')
    .selectAll()
    .where('email', '=', email.trim().toLowerCase())
    .executeTakeFirst();

export const findAccount = (db: Db, id: number): Promise<Account | undefined> =>
  db.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst();

/** An account by its public id. Throws "not found". */
export async function requireAccount(db: Db, publicId: string): Promise<Account> {
  const account = await db
    .selectFrom('account')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (account === undefined) throw notFound('account');
  return account;
}

export const listAccounts = (db: Db): Promise<Account[]> =>
  db.selectFrom('account').selectAll().orderBy('email').execute();

export const hasAccounts = async (db: Db): Promise<boolean> =>
  (await db
    .selectFrom('account')
    .select('id')
    .where('state', '=', 'active')
    .limit(1)
    .executeTakeFirst()) !== undefined;

/** Makes a one-time link and gives its secret, which only the link's reader ever has. */
export async function createLink(
  db: Db,
  options: {
    purpose: Selectable<AccountLinkTable>['purpose'];
    accountId: number | null;
    now: number;
  },
): Promise<string> {
  const secret = newSecret();
  await db
    .insertInto('account_link')
    .values({
      token_hash: hashSecret(secret),
      purpose: options.purpose,
      account_id: options.accountId,
      created_at: options.now,
      expires_at: options.now + linkLifetimes[options.purpose],
      used_at: null,
    })
    .execute();
  return secret;
}

/**
 * Invites a person: an account without a password, and the secret of the link that sets one. Throws
 * when the address is taken.
 */
export async function inviteAccount(
  db: Db,
  options: { email: string; name: string; role: Account['role']; now: number },
): Promise<{ account: Account; secret: string }> {
  try {
    const account = await db
      .insertInto('account')
      .values({
        public_id: newPublicId(),
        email: options.email,
        name: options.name,
        role: options.role,
        state: 'invited',
        password_hash: null,
        created_at: options.now,
        last_sign_in_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return {
      account,
      secret: await createLink(db, {
        purpose: 'invitation',
        accountId: account.id,
        now: options.now,
      }),
    };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Problem(
      422,
      'email_taken',
      'There is an account with this address already.',
      'Nothing was changed. Send that person a new link instead.',
      [{ field: 'email', message: `${options.email} has an account already.` }],
    );
  }
}

/** A link that still opens something, by its secret. */
export const findLink = (
  db: Db,
  secret: string,
  now: number,
): Promise<Selectable<AccountLinkTable> | undefined> =>
  db
    .selectFrom('account_link')
    .selectAll()
    .where('token_hash', '=', hashSecret(secret))
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();

const usedUp = new Problem(
  410,
  'link_used',
  'This link does not open anything any more.',
  'It was used, or it has run out. Ask an admin for a new one, or use “assay users reset”.',
);

/** What a person enters who opened a link. */
interface Redemption {
  readonly secret: string;
  readonly password: string;
  readonly email: string;
  readonly name: string;
  readonly now: number;
}

/** The account that a link which has just been used up belongs to, or makes. */
async function accountOfLink(
  trx: Trx,
  link: Selectable<AccountLinkTable>,
  options: Omit<Redemption, 'secret' | 'password'> & { passwordHash: string },
): Promise<Account> {
  const { passwordHash } = options;
  if (link.purpose === 'set-up') {
    if (await hasAccounts(trx)) throw usedUp;
    await trx
      .updateTable('account_link')
      .set({ used_at: options.now })
      .where('purpose', '=', 'set-up')
      .where('used_at', 'is', null)
      .execute();
    const known = await findAccountByEmail(trx, options.email);
    const values = {
      name: options.name,
      role: 'admin',
      state: 'active',
      password_hash: passwordHash,
    } as const;
    if (known !== undefined)
      return trx
        .updateTable('account')
        .set(values)
        .where('id', '=', known.id)
        .returningAll()
        .executeTakeFirstOrThrow();
    return trx
      .insertInto('account')
      .values({
        ...values,
        public_id: newPublicId(),
        email: options.email,
        created_at: options.now,
        last_sign_in_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  }
  await trx
    .updateTable('account_link')
    .set({ used_at: options.now })
    .where('account_id', '=', link.account_id)
    .where('used_at', 'is', null)
    .execute();
  const account = await trx
    .updateTable('account')
    .set((eb) => ({
      password_hash: passwordHash,
      state: 'active',
      session_epoch: eb('session_epoch', '+', 1),
      ...(link.purpose === 'invitation' ? { name: options.name } : {}),
    }))
    .where('id', '=', link.account_id)
    .where('state', '<>', 'disabled')
    .returningAll()
    .executeTakeFirst();
  if (account === undefined) throw usedUp;
  return account;
}

/**
 * Uses a link up: sets the password, makes the first admin where the link was the set-up link, ends
 * the account's sessions and its other links, and notes it in the audit log. Throws when somebody
 * else was quicker.
 */
export async function redeemLink(db: Db, options: Redemption): Promise<Account> {
  const passwordHash = await hashPassword(options.password);
  return inTransaction(db, async (trx) => {
    const link = await trx
      .updateTable('account_link')
      .set({ used_at: options.now })
      .where('token_hash', '=', hashSecret(options.secret))
      .where('used_at', 'is', null)
      .where('expires_at', '>', options.now)
      .returningAll()
      .executeTakeFirst();
    if (link === undefined) throw usedUp;
    const account = await accountOfLink(trx, link, { ...options, passwordHash });
    await recordAudit(trx, {
      at: options.now,
      staff: staffOf(account),
      action: `account.${link.purpose}`,
      subject: `account ${account.public_id}`,
    });
    return account;
  });
}

/** Changes the own password, with a line of the audit log; other sessions of the account end. */
export async function changePassword(
  db: Db,
  options: { staff: Staff; password: string; now: number },
): Promise<Account> {
  const { staff } = options;
  const passwordHash = await hashPassword(options.password);
  return inTransaction(db, async (trx) => {
    const account = await trx
      .updateTable('account')
      .set((eb) => ({ session_epoch: eb('session_epoch', '+', 1) }))
      .set('password_hash', passwordHash)
      .where('id', '=', staff.accountId)
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordAudit(trx, {
      at: options.now,
      staff,
      action: 'account.password',
      subject: `account ${staff.publicId}`,
    });
    return account;
  });
}

export const renameAccount = (db: Db, accountId: number, name: string): Promise<unknown> =>
  db.updateTable('account').set({ name }).where('id', '=', accountId).execute();

export const noteSignIn = (db: Db, accountId: number, now: number): Promise<unknown> =>
  db.updateTable('account').set({ last_sign_in_at: now }).where('id', '=', accountId).execute();

const lastAdmin = new Problem(
  409,
  'last_admin',
  'This is the last admin.',
  'Nothing was changed. Make somebody else an admin first.',
);

/**
 * Changes role or state of an account; its sessions end, and with disabling its open links. Throws
 * where no active admin would be left.
 */
export function changeAccount(
  db: Db,
  account: Account,
  { now, ...change }: { role?: Account['role']; state?: 'active' | 'disabled'; now: number },
): Promise<Account> {
  return inTransaction(db, async (trx) => {
    const state =
      change.state === 'active' && account.password_hash === null ? 'invited' : change.state;
    const changed = await trx
      .updateTable('account')
      .set((eb) => ({ session_epoch: eb('session_epoch', '+', 1) }))
      .$if(change.role !== undefined, (query) => query.set({ role: change.role ?? account.role }))
      .$if(state !== undefined, (query) => query.set({ state: state ?? account.state }))
      .where('id', '=', account.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const admin = await trx
      .selectFrom('account')
      .select('id')
      .where('role', '=', 'admin')
      .where('state', '=', 'active')
      .limit(1)
      .executeTakeFirst();
    if (admin === undefined) throw lastAdmin;
    if (state === 'disabled')
      await trx
        .updateTable('account_link')
        .set({ used_at: now })
        .where('account_id', '=', account.id)
        .where('used_at', 'is', null)
        .execute();
    return changed;
  });
}
