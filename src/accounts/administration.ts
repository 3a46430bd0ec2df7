import { z } from 'zod';
import type { Request, Response } from 'express';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { faultsOf, parse } from '#web/parse.js';
import { Problem, type FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  changeAccount,
  createLink,
  Email,
  inviteAccount,
  linkLifetimes,
  listAccounts,
  PersonName,
  requireAccount,
  Role,
  roles,
} from './account.js';
import { recordAudit } from './audit.js';

interface Shown {
  readonly entered: { email: string; name: string; role: string };
  readonly faults: readonly FieldFault[];
  /** A link made just now: shown once, never stored. */
  readonly link: { address: string; email: string; days: number } | null;
}

async function show(
  request: Request,
  response: Response,
  application: Application,
  shown: Shown,
): Promise<void> {
  const accounts = await listAccounts(application.db);
  renderPage(request, response, application, {
    view: 'accounts/list',
    shell: {
      layout: 'staff',
      title: 'Accounts',
      section: 'accounts',
      scripts: ['js/copy_to_clipboard.js'],
    },
    status: shown.faults.length > 0 ? 422 : 200,
    page: {
      ...shown,
      roles,
      own: requireStaff(request).publicId,
      accounts: accounts.map((account) => ({
        id: account.public_id,
        email: account.email,
        name: account.name,
        role: account.role,
        state: account.state,
        lastSignIn: account.last_sign_in_at,
      })),
    },
  });
}

const blank = { email: '', name: '', role: 'researcher' };
export const linkAddress = (application: Application, secret: string): string =>
  `${application.config.baseUrl}/link/${secret}`;

const daysOf = (purpose: keyof typeof linkLifetimes): number =>
  linkLifetimes[purpose] / (24 * 3_600_000);

export const showAccounts: Handler = (request, response, application) =>
  show(request, response, application, { entered: blank, faults: [], link: null });

const Invitation = z.object({ email: Email, name: PersonName, role: Role });
const Entered = z.object({
  email: z.string().catch(''),
  name: z.string().catch(''),
  role: z.string().catch(''),
});

export const createInvitation: Handler = async (request, response, application) => {
  const entered = parse(Entered, request.body);
  const parsed = Invitation.safeParse(entered);
  if (!parsed.success)
    return show(request, response, application, {
      entered,
      faults: faultsOf(parsed.error),
      link: null,
    });
  const staff = requireStaff(request);
  try {
    const now = application.now();
    const { account, secret } = await inTransaction(application.db, async (trx) => {
      const invited = await inviteAccount(trx, { ...parsed.data, now });
      await recordAudit(trx, {
        at: now,
        staff,
        action: 'account.invite',
        subject: `account ${invited.account.public_id}`,
        detail: { role: invited.account.role },
      });
      return invited;
    });
    return await show(request, response, application, {
      entered: blank,
      faults: [],
      link: {
        address: linkAddress(application, secret),
        email: account.email,
        days: daysOf('invitation'),
      },
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return show(request, response, application, { entered, faults: error.faults, link: null });
  }
};

export const createResetLink: Handler = async (request, response, application) => {
  const account = await requireAccount(application.db, String(request.params['account']));
  if (account.state === 'disabled')
    throw new Problem(409, 'account_disabled', 'This account is disabled.', 'Enable it first.');
  const purpose = account.state === 'invited' ? 'invitation' : 'password-reset';
  const now = application.now();
  const secret = await inTransaction(application.db, async (trx) => {
    const made = await createLink(trx, { purpose, accountId: account.id, now });
    await recordAudit(trx, {
      at: now,
      staff: requireStaff(request),
      action: 'account.link',
      subject: `account ${account.public_id}`,
      detail: { purpose },
    });
    return made;
  });
  await show(request, response, application, {
    entered: blank,
    faults: [],
    link: {
      address: linkAddress(application, secret),
      email: account.email,
      days: daysOf(purpose),
    },
  });
};

const Change = z.object({
  role: Role.optional(),
  state: z.enum(['active', 'disabled']).optional(),
});

export const updateAccount: Handler = async (request, response, application) => {
  const account = await requireAccount(application.db, String(request.params['account']));
  const { role, state } = parse(Change, request.body);
  const now = application.now();
  await inTransaction(application.db, async (trx) => {
    await changeAccount(trx, account, {
      ...(role === undefined ? {} : { role }),
      ...(state === undefined ? {} : { state }),
      now,
    });
    await recordAudit(trx, {
      at: now,
      staff: requireStaff(request),
      action: 'account.change',
      subject: `account ${account.public_id}`,
      detail: { role, state },
    });
  });
  response.redirect(303, '/accounts');
};
