import type { Selectable } from 'kysely';
import type { Request } from 'express';
import type { Db } from '#storage/database.js';
import { hashSecret, newPublicId, newSecret } from '#storage/identifiers.js';
import type { ApiTokenTable } from '#storage/tables.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';
import { notFound } from '#web/problem.js';
import { findAccount, staffOf } from './account.js';

export type ApiToken = Selectable<ApiTokenTable>;

const usedEvery = 60_000;

/** Makes a token that acts with its account's role; the secret is shown once. */
export async function createToken(
  db: Db,
  options: { accountId: number; name: string; now: number },
): Promise<{ token: ApiToken; secret: string }> {
  const secret = `assay_${newSecret()}`;
  const token = await db
    .insertInto('api_token')
    .values({
      public_id: newPublicId(),
      account_id: options.accountId,
      name: options.name,
      token_hash: hashSecret(secret),
      created_at: options.now,
      last_used_at: null,
      revoked_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { token, secret };
}

export const listTokens = (db: Db, accountId: number): Promise<ApiToken[]> =>
  db
    .selectFrom('api_token')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .execute();

/**
 * Revokes a token of this account. Throws "not found" where it has no such token, or none that is
 * not revoked yet.
 */
export async function revokeToken(
  db: Db,
  options: { accountId: number; publicId: string; now: number },
): Promise<void> {
  const revoked = await db
    .updateTable('api_token')
    .set({ revoked_at: options.now })
    .where('public_id', '=', options.publicId)
    .where('account_id', '=', options.accountId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (revoked === undefined) throw notFound('token');
}

/** The member of staff whose token a request bears. */
export async function staffOfToken(
  request: Request,
  application: Application,
): Promise<Staff | undefined> {
  const secret = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1];
  if (secret === undefined) return undefined;
  const { db } = application;
  const token = await db
    .selectFrom('api_token')
    .selectAll()
    .where('token_hash', '=', hashSecret(secret))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (token === undefined) return undefined;
  const account = await findAccount(db, token.account_id);
  if (account?.state !== 'active') return undefined;
  const now = application.now();
  if (now - (token.last_used_at ?? 0) > usedEvery)
    await db
      .updateTable('api_token')
      .set({ last_used_at: now })
      .where('id', '=', token.id)
      .execute();
  return staffOf(account);
}
