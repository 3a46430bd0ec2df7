import type { Request } from 'express';
import passport from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import type { Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { Handler } from '#web/route.js';
import type { Staff } from '#web/identity.js';
import { forgiveFailures } from '#web/rateLimit.js';
import { renderPage } from '#web/render.js';
import { endSession, renewSession } from '#web/sessions.js';
import { type Account, findAccount, findAccountByEmail, noteSignIn, staffOf } from './account.js';
import { recordAudit } from './audit.js';
import { decoyHash, passwordFits } from './password.js';

const longestSession = 30 * 24 * 3_600_000;

/**
 * The member of staff of a session: active, signed in not too long ago, and in the epoch of their
 * account.
 */
export async function staffOfSession(
  request: Request,
  application: Application,
): Promise<Staff | undefined> {
  const { accountId, accountEpoch, signedInAt } = request.session;
  if (
    accountId === undefined ||
    signedInAt === undefined ||
    application.now() - signedInAt > longestSession
  )
    return undefined;
  const account = await findAccount(application.db, accountId);
  return account?.state === 'active' && account.session_epoch === accountEpoch
    ? staffOf(account)
    : undefined;
}

/**
 * Makes the session that of this account, under a new id. What the sign-in notes is stored first,
 * so that nobody has a session without it; where the session cannot be stored afterwards, what was
 * noted stays.
 * @param options.also notes more, in the transaction in which the sign-in is noted
 */
export async function signIn(
  request: Request,
  application: Application,
  options: { account: Account; also?: (trx: Trx) => Promise<unknown> },
): Promise<void> {
  const { account } = options;
  const now = application.now();
  await inTransaction(application.db, async (trx) => {
    await noteSignIn(trx, account.id, now);
    await options.also?.(trx);
  });
  await renewSession(request, {
    accountId: account.id,
    accountEpoch: account.session_epoch,
    signedInAt: now,
  });
}

/** Only own paths: a link must not carry people elsewhere after they signed in. */
const ownPath = (to: unknown): string =>
  typeof to === 'string' && /^\/(?![/\\])[\w\-./?=&%]*$/.test(to) ? to : '/';

export const showSignIn: Handler = (request, response, application) => {
  renderPage(request, response, application, {
    view: 'accounts/signIn',
    shell: { layout: 'plain', title: 'Sign in' },
    page: { to: ownPath(request.query['to']), email: '', refused: false },
  });
};

/** Passport's local strategy without its sessions: ours are renewed by `signIn`. */
function authenticator(
  application: Application,
): (request: Request) => Promise<Account | undefined> {
  const strategy = new LocalStrategy(
    { usernameField: 'email', passwordField: 'password', session: false },
    (email, password, done) => {
      const check = async (): Promise<Account | false> => {
        const account = await findAccountByEmail(application.db, email.slice(0, 254));
        const fits = await passwordFits(
          account?.password_hash ?? (await decoyHash()),
          password.slice(0, 200),
        );
        return fits && account?.state === 'active' ? account : false;
      };
      check().then(
        (account) => done(null, account as Express.User | false),
        (error: unknown) => done(error),
      );
    },
  );
  const instance = new passport.Passport();
  instance.use(strategy);
  return (request) =>
    new Promise((resolve, reject) => {
      const handle = instance.authenticate(
        'local',
        { session: false },
        (error: unknown, account: Account | false | undefined) => {
          if (error !== null && error !== undefined)
            reject(error instanceof Error ? error : new Error('signing in failed'));
          else resolve(account === false ? undefined : account);
        },
      ) as (request: Request, response: unknown, next: () => void) => void;
      handle(request, {}, () => resolve(undefined));
    });
}

const byApplication = new WeakMap<Application, ReturnType<typeof authenticator>>();
function authenticate(request: Request, application: Application): Promise<Account | undefined> {
  let known = byApplication.get(application);
  if (known === undefined) {
    known = authenticator(application);
    byApplication.set(application, known);
  }
  return known(request);
}

export const createSignIn: Handler = async (request, response, application) => {
  const body = request.body as Record<string, unknown>;
  const to = ownPath(body['to']);
  const account = await authenticate(request, application);
  if (account === undefined) {
    application.log.info({ event: 'sign_in_refused' }, 'a sign-in was refused');
    renderPage(request, response, application, {
      view: 'accounts/signIn',
      shell: { layout: 'plain', title: 'Sign in' },
      status: 422,
      page: { to, email: typeof body['email'] === 'string' ? body['email'] : '', refused: true },
    });
    return;
  }
  await forgiveFailures(request);
  await signIn(request, application, {
    account,
    also: (trx) =>
      recordAudit(trx, {
        at: application.now(),
        staff: staffOf(account),
        action: 'account.sign-in',
        subject: `account ${account.public_id}`,
      }),
  });
  response.redirect(303, to);
};

export const createSignOut: Handler = async (request, response, application) => {
  await endSession(request, response, application.config);
  response.redirect(303, '/sign-in');
};
