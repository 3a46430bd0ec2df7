import { z } from 'zod';
import type { Application } from '#web/application.js';
import { Problem, type FieldFault } from '#web/problem.js';
import { faultsOf, parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import type { Request, Response } from 'express';
import { renderPage } from '#web/render.js';
import { renewSession } from '#web/sessions.js';
import { Email, findAccount, findLink, PersonName, redeemLink } from './account.js';
import { passwordFault } from './password.js';
import { signIn } from './signIn.js';

const closed = new Problem(
  410,
  'link_used',
  'This link does not open anything any more.',
  'It was used, or it has run out. Ask an admin for a new one, or use “assay users reset” on the command line.',
);

/**
 * `/link/:secret` → the secret moves into the session, so that it stands in no address, history or
 * log.
 */
export const openLink: Handler = async (request, response, application) => {
  const secret = String(request.params['secret']);
  if ((await findLink(application.db, secret, application.now())) === undefined) throw closed;
  await renewSession(request, { linkSecret: secret });
  response.redirect(303, '/welcome-staff');
};

interface Purpose {
  readonly purpose: 'set-up' | 'invitation' | 'password-reset';
  readonly email: string;
  readonly name: string;
}

async function purposeOf(
  request: Request,
  application: Application,
): Promise<Purpose & { secret: string }> {
  const secret = request.session.linkSecret;
  const link =
    secret === undefined ? undefined : await findLink(application.db, secret, application.now());
  if (secret === undefined || link === undefined) throw closed;
  const account =
    link.account_id === null ? undefined : await findAccount(application.db, link.account_id);
  return { secret, purpose: link.purpose, email: account?.email ?? '', name: account?.name ?? '' };
}

function showForm(
  request: Request,
  response: Response,
  application: Application,
  page: Purpose & { faults: readonly FieldFault[] },
): void {
  renderPage(request, response, application, {
    view: 'accounts/link',
    shell: {
      layout: 'plain',
      title: page.purpose === 'set-up' ? 'Set up Assay' : 'Choose a password',
    },
    status: page.faults.length > 0 ? 422 : 200,
    page: { purpose: page.purpose, email: page.email, name: page.name, faults: page.faults },
  });
}

export const showLink: Handler = async (request, response, application) => {
  showForm(request, response, application, {
    ...(await purposeOf(request, application)),
    faults: [],
  });
};

const Body = z.object({
  email: z.string().default(''),
  name: z.string().default(''),
  password: z.string().default(''),
});

export const createPassword: Handler = async (request, response, application) => {
  const known = await purposeOf(request, application);
  const body = parse(Body, request.body);
  const email = known.purpose === 'set-up' ? body.email : known.email;
  const name = known.purpose === 'password-reset' ? known.name : body.name;
  const parsed = z.object({ email: Email, name: PersonName }).safeParse({ email, name });
  const faults = parsed.success ? [] : faultsOf(parsed.error);
  const fault = passwordFault(body.password, email);
  if (fault !== undefined) faults.push({ field: 'password', message: fault });
  if (!parsed.success || faults.length > 0) {
    showForm(request, response, application, { purpose: known.purpose, email, name, faults });
    return;
  }
  const account = await redeemLink(application.db, {
    secret: known.secret,
    password: body.password,
    ...parsed.data,
    now: application.now(),
  });
  await signIn(request, application, { account });
  response.redirect(303, '/');
};
