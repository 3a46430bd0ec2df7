import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { faultsOf, parse } from '#web/parse.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  accountSettings,
  addAccount,
  changeAccount,
  checkAccount,
  listAccounts,
  requireAccount,
} from './accounts.js';
import { spentBy } from './actions.js';

/** An amount as people write it, such as 250 or 12.50, in the smallest coin. */
export const Amount = z
  .string()
  .trim()
  .regex(/^\d{1,9}(\.\d{1,2})?$/, 'Enter an amount such as 250 or 12.50.')
  .transform((text) => Math.round(Number(text) * 100));

const Entered = z.object({
  label: z.string().trim().min(1, 'Enter a label.').max(100),
  workspace: z
    .string()
    .trim()
    .regex(/^[\w-]{1,64}$/, 'Enter the id of the workspace, as its address at Prolific has it.'),
  token: z.string().trim().min(1, 'Enter the API token.').max(1000),
  webhookSecret: z.string().trim().max(1000).default(''),
  currency: z
    .string()
    .trim()
    .regex(/^[A-Z]{3}$/, 'Enter three capital letters, such as GBP.'),
  limit: Amount,
});

async function showPage(
  request: Request,
  response: Response,
  application: Application,
  shown: { entered: Record<string, string>; faults: readonly FieldFault[] },
): Promise<void> {
  const { db, config } = application;
  const accounts = [];
  for (const account of await listAccounts(db)) {
    const settings = accountSettings(account);
    accounts.push({
      id: account.public_id,
      label: account.label,
      workspace: settings.workspace,
      currency: settings.currency,
      limit: (settings.limitMinor / 100).toFixed(2),
      spent: ((await spentBy(db, account.id)) / 100).toFixed(2),
      checkedAt: account.checked_at,
      checkMessage: account.check_message,
      hook: `${config.baseUrl}/hooks/prolific/${account.public_id}`,
    });
  }
  const value = (name: string): string => shown.entered[name] ?? '';
  renderPage(request, response, application, {
    view: 'platforms/accounts',
    shell: { layout: 'staff', title: 'Platforms', styles: ['css/datasets.css'] },
    status: shown.faults.length === 0 ? 200 : 422,
    page: {
      mayChange: requireStaff(request).role === 'admin',
      hasKey: config.platforms.secretKey !== null,
      accounts,
      faults: shown.faults,
      entered: {
        label: value('label'),
        workspace: value('workspace'),
        currency: value('currency') || 'GBP',
        limit: value('limit') || '0',
      },
    },
  });
}

/** GET /platforms */
export const showAccounts: Handler = (request, response, application) =>
  showPage(request, response, application, { entered: {}, faults: [] });

/** POST /platforms */
export const createAccount: Handler = async (request, response, application) => {
  const read = Entered.safeParse(request.body);
  if (!read.success) {
    const entered = parse(z.record(z.string(), z.string().catch('')), request.body);
    return showPage(request, response, application, { entered, faults: faultsOf(read.error) });
  }
  const { label, workspace, currency, token, webhookSecret, limit } = read.data;
  const account = await addAccount(application, {
    label,
    settings: { workspace, currency, limitMinor: limit },
    secret: { token, webhookSecret: webhookSecret || null },
    staff: requireStaff(request),
  });
  await checkAccount(application, account);
  response.redirect(303, '/platforms');
};

/** POST /platforms/:account/check */
export const createCheck: Handler = async (request, response, application) => {
  const account = await requireAccount(application.db, String(request.params['account']));
  await checkAccount(application, account);
  response.redirect(303, '/platforms');
};

/** POST /platforms/:account/change */
export const updateAccount: Handler = async (request, response, application) => {
  const account = await requireAccount(application.db, String(request.params['account']));
  const Change = z.object({ limit: Amount, webhookSecret: z.string().trim().default('') });
  const { limit, webhookSecret } = parse(Change, request.body);
  await changeAccount(application, account, {
    limitMinor: limit,
    webhookSecret: webhookSecret || null,
    staff: requireStaff(request),
  });
  response.redirect(303, '/platforms');
};
