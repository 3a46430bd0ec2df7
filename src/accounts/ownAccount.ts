import type { Request, Response } from 'express';
import { z } from 'zod';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { faultsOf, parse } from '#web/parse.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { changePassword, findAccount, PersonName, renameAccount } from './account.js';
import { recordAudit } from './audit.js';
import { passwordFault, passwordFits } from './password.js';
import { signIn } from './signIn.js';
import { createToken, listTokens, revokeToken } from './tokens.js';

async function show(
  request: Request,
  response: Response,
  application: Application,
  shown: { faults: readonly FieldFault[]; secret: string | null; saved: boolean },
): Promise<void> {
  const staff = requireStaff(request);
  const tokens = await listTokens(application.db, staff.accountId);
  renderPage(request, response, application, {
    view: 'accounts/own',
    shell: { layout: 'staff', title: 'Your account', scripts: ['js/copy_to_clipboard.js'] },
    status: shown.faults.length > 0 ? 422 : 200,
    page: {
      ...shown,
      email: staff.email,
      name: staff.name,
      role: staff.role,
      tokens: tokens.map((token) => ({
        id: token.public_id,
        name: token.name,
        createdAt: token.created_at,
        lastUsedAt: token.last_used_at,
      })),
    },
  });
}

export const showOwnAccount: Handler = (request, response, application) =>
  show(request, response, application, {
    faults: [],
    secret: null,
    saved: request.query['saved'] === '1',
  });

export const updateName: Handler = async (request, response, application) => {
  const parsed = z.object({ name: PersonName }).safeParse(request.body);
  if (!parsed.success)
    return show(request, response, application, {
      faults: faultsOf(parsed.error),
      secret: null,
      saved: false,
    });
  await renameAccount(application.db, requireStaff(request).accountId, parsed.data.name);
  response.redirect(303, '/account?saved=1');
};

const Passwords = z.object({
  current: z.string().max(1000).default(''),
  password: z.string().max(1000).default(''),
});

export const updatePassword: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const { current, password } = parse(Passwords, request.body);
  const account = await findAccount(application.db, staff.accountId);
  const faults: FieldFault[] = [];
  if (
    account?.password_hash === undefined ||
    account.password_hash === null ||
    !(await passwordFits(account.password_hash, current))
  )
    faults.push({ field: 'current', message: 'This is not your present password.' });
  const fault = passwordFault(password, staff.email);
  if (fault !== undefined) faults.push({ field: 'password', message: fault });
  if (faults.length > 0)
    return show(request, response, application, { faults, secret: null, saved: false });
  const changed = await changePassword(application.db, { staff, password, now: application.now() });
  await signIn(request, application, { account: changed });
  response.redirect(303, '/account?saved=1');
};

const TokenBody = z.object({
  tokenName: z
    .string()
    .trim()
    .min(1, 'Give the token a name, such as the machine that will use it.')
    .max(120),
});

export const createOwnToken: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const parsed = TokenBody.safeParse(request.body);
  if (!parsed.success)
    return show(request, response, application, {
      faults: faultsOf(parsed.error),
      secret: null,
      saved: false,
    });
  const now = application.now();
  const { secret } = await inTransaction(application.db, async (trx) => {
    const made = await createToken(trx, {
      accountId: staff.accountId,
      name: parsed.data.tokenName,
      now,
    });
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'token.create',
      subject: `token ${made.token.public_id}`,
    });
    return made;
  });
  return show(request, response, application, { faults: [], secret, saved: false });
};

export const deleteOwnToken: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const publicId = String(request.params['token']);
  const now = application.now();
  await inTransaction(application.db, async (trx) => {
    await revokeToken(trx, { accountId: staff.accountId, publicId, now });
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'token.revoke',
      subject: `token ${publicId}`,
    });
  });
  response.redirect(303, '/account');
};
