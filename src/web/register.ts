import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Application } from './application.js';
import { mayTakeLong } from './arrival.js';
import { csrfProtection } from './csrf.js';
import { type RaterIdentity, requireRater, setRater, setStaff, type Staff } from './identity.js';
import { Problem } from './problem.js';
import { withinLimit } from './rateLimit.js';
import type { Access, Route } from './route.js';

/** How the app finds out who is calling; the features that know are handed in by app.ts. */
export interface Doorkeepers {
  staffOfSession(request: Request, application: Application): Promise<Staff | undefined>;
  staffOfToken(request: Request, application: Application): Promise<Staff | undefined>;
  raterOfSession(request: Request, application: Application): Promise<RaterIdentity | undefined>;
}

/**
 * A streamed form carries its token in its first field, which only the handler can read: it must
 * check that before any file.
 */
const csrfUnlessForm: RequestHandler = (request, response, next) => {
  if (request.get('x-csrf-token') === undefined && request.is('multipart/form-data') !== false)
    next();
  else csrfProtection(request, response, next);
};

const otherRater = new Problem(
  409,
  'other_rater',
  'This browser is now in use by another rater, or for another study.',
  'Nothing was stored. To go on, open your own personal link again.',
);

/**
 * A session may have become another rater's since a page was opened: what that page sends is
 * refused.
 */
const sameRater: RequestHandler = (request, _response, next) => {
  const body: unknown = request.body;
  const field =
    typeof body === 'object' && body !== null && 'rater' in body ? body.rater : undefined;
  const named = [request.get('x-rater'), field];
  const { mark } = requireRater(request);
  next(named.every((name) => name === undefined || name === mark) ? undefined : otherRater);
};

const isApi = (route: Route): boolean => route.operation !== undefined;

const readers: Record<NonNullable<Route['body']>, RequestHandler[]> = {
  form: [express.urlencoded({ extended: false, limit: '2mb', parameterLimit: 20_000 })],
  json: [express.json({ limit: '5mb' })],
  stream: [mayTakeLong],
  raw: [express.raw({ type: () => true, limit: '256kb', inflate: false })],
};

/** True where a string of a body, however deep, holds a NUL: PostgreSQL stores no text with one. */
function holdsNul(body: unknown): boolean {
  const left: unknown[] = [body];
  while (left.length > 0) {
    const value = left.pop();
    if (Buffer.isBuffer(value)) continue;
    if (typeof value === 'string' && value.includes('\0')) return true;
    if (typeof value === 'object' && value !== null)
      for (const [name, part] of Object.entries(value)) left.push(name, part);
  }
  return false;
}

const refuseNul: RequestHandler = (request, _response, next) => {
  if (holdsNul(request.body))
    next(
      new Problem(
        400,
        'nul_character',
        'What was sent holds a NUL character (code 0).',
        'Nothing was changed. Remove the character and send it again.',
      ),
    );
  else next();
};

function bodyReaders(route: Route): RequestHandler[] {
  if (route.method === 'get') return [];
  return [...readers[route.body ?? (isApi(route) ? 'json' : 'form')], refuseNul];
}

function refuse(
  request: Request,
  response: Response,
  access: Access,
  staff: Staff | undefined,
  api: boolean,
): void {
  if (access === 'operator') throw new Problem(404, 'not_found', 'There is no such page.');
  if (access === 'rater')
    throw new Problem(
      403,
      'rater_only',
      'This page belongs to a rater in a study.',
      'Open your personal link. If you have not joined yet, open the link to the study.',
    );
  if (staff !== undefined)
    throw new Problem(
      403,
      'admin_only',
      'Only admins may do this.',
      'Ask an admin of this installation.',
    );
  if (api) {
    response.set('WWW-Authenticate', 'Bearer');
    throw new Problem(
      401,
      'token_needed',
      'This needs an API token.',
      'Send it as “Authorization: Bearer TOKEN”; make one on your account page.',
    );
  }
  if (request.method === 'GET' || request.method === 'HEAD')
    response.redirect(303, `/sign-in?to=${encodeURIComponent(request.originalUrl)}`);
  else
    throw new Problem(
      401,
      'signed_out',
      'You are not signed in any more.',
      'Nothing was changed. Sign in and send it again.',
    );
}

/**
 * Paths without a parameter first, so that `/studies/:study` of one table never takes
 * `/studies/new` of another.
 */
export const inOrder = (routes: readonly Route[]): Route[] => {
  const isFixed = (route: Route): boolean => !route.path.includes(':');
  return [...routes.filter(isFixed), ...routes.filter((route) => !isFixed(route))];
};

/**
 * Puts a table of routes on the app: access, body, whose page it is, CSRF, handler. Nothing is
 * reachable that no table names.
 */
export function register(
  app: Express,
  routes: readonly Route[],
  application: Application,
  doorkeepers: Doorkeepers,
  session: RequestHandler,
): void {
  for (const route of inOrder(routes)) {
    const api = isApi(route);
    const sessionless = route.sessionless === true || route.access === 'operator';
    const gate = async (
      request: Request,
      response: Response,
      next: NextFunction,
    ): Promise<void> => {
      const staff = sessionless
        ? undefined
        : api
          ? await doorkeepers.staffOfToken(request, application)
          : await doorkeepers.staffOfSession(request, application);
      if (staff !== undefined) setStaff(request, staff);
      let allowed = false;
      switch (route.access) {
        case 'anyone':
          allowed = true;
          break;
        case 'rater': {
          const rater = await doorkeepers.raterOfSession(request, application);
          if (rater !== undefined) setRater(request, rater);
          allowed = rater !== undefined;
          break;
        }
        case 'researcher':
          allowed = staff !== undefined;
          break;
        case 'admin':
          allowed = staff?.role === 'admin';
          break;
        case 'operator':
          allowed =
            application.config.metricsToken !== null &&
            request.get('authorization') === `Bearer ${application.config.metricsToken}`;
          break;
      }
      if (allowed) next();
      else refuse(request, response, route.access, staff, api);
    };
    const chain: RequestHandler[] = api || sessionless ? [] : [session];
    chain.push(gate, ...bodyReaders(route));
    if (route.access === 'rater') chain.push(sameRater);
    if (!api && !sessionless && route.method !== 'get')
      chain.push(route.body === 'stream' ? csrfUnlessForm : csrfProtection);
    app[route.method](route.path, ...chain, async (request, response) => {
      const handle = () => route.handler(request, response, application);
      await (route.limit === undefined
        ? handle()
        : withinLimit(route.limit, application, request, response, handle));
    });
  }
}
