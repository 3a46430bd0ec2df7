import { createHash } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session, { type SessionData, Store } from 'express-session';
import type { Db } from '#storage/database.js';
import type { Config } from '../config.js';
import type { Application } from './application.js';
import { csrfToken } from './csrf.js';
import { Problem } from './problem.js';
import { outageOf } from '#storage/faults.js';
import { newSecret } from '#storage/identifiers.js';
import { prepared } from '#storage/prepared.js';
import { patiently } from '#storage/patience.js';

const hour = 3_600_000;
/** A session ends after this long without a request, and this long after it began at the latest. */
const idleFor = 14 * 24 * hour;
const touchEvery = 5 * 60_000;

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');

const sessionOf = prepared<{ hash: string }>()((db, value) =>
  db.selectFrom('session').select(['data', 'expires_at']).where('id_hash', '=', value('hash')),
);

/**
 * A session is written and ended as often as one likes: where a cut line leaves it open whether it
 * was, it is done again.
 */
const isAway = (error: unknown): boolean => outageOf(error) === 'away';

/** Sessions on our table, under the hash of their id; a touch writes every five minutes at most. */
class DatabaseStore extends Store {
  readonly #db: Db;
  readonly #now: () => number;
  readonly #touched = new Map<string, number>();
  readonly #written = new WeakMap<SessionData, string>();

  constructor(db: Db, now: () => number) {
    super();
    this.#db = db;
    this.#now = now;
  }

  override get(id: string, callback: (error: unknown, data?: SessionData | null) => void): void {
    sessionOf(this.#db, { hash: hashOf(id) }).then(
      ({ rows: [row] }) =>
        callback(
          null,
          row === undefined || row.expires_at <= this.#now()
            ? null
            : (JSON.parse(row.data) as SessionData),
        ),
      (error: unknown) => callback(error),
    );
  }

  override set(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    // express-session writes a renewed session again when the answer ends, perhaps over what the
    // next request has written.
    const content = JSON.stringify({ ...data, cookie: null });
    if (this.#written.get(data) === content) {
      callback?.();
      return;
    }
    this.#written.set(data, content);
    const now = this.#now();
    const values = { data: JSON.stringify(data), expires_at: now + idleFor, touched_at: now };
    const write = this.#db
      .insertInto('session')
      .values({ id_hash: hashOf(id), ...values })
      .onConflict((conflict) => conflict.column('id_hash').doUpdateSet(values));
    void patiently(() => write.execute(), isAway).then(() => callback?.(), callback);
  }

  override destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#touched.delete(id);
    const end = this.#db.deleteFrom('session').where('id_hash', '=', hashOf(id));
    void patiently(() => end.execute(), isAway).then(() => callback?.(), callback);
  }

  override touch(id: string, _data: SessionData, callback?: () => void): void {
    const now = this.#now();
    if (now - (this.#touched.get(id) ?? 0) < touchEvery) {
      callback?.();
      return;
    }
    if (this.#touched.size > 50_000) this.#touched.clear();
    this.#touched.set(id, now);
    this.#db
      .updateTable('session')
      .set({ expires_at: now + idleFor, touched_at: now })
      .where('id_hash', '=', hashOf(id))
      .where('touched_at', '<', now - touchEvery)
      .execute()
      .then(
        () => callback?.(),
        () => callback?.(),
      );
  }
}

/** The secret that signs session cookies: made once per installation. */
async function sessionSecret(db: Db): Promise<string> {
  const read = () =>
    db
      .selectFrom('installation_value')
      .select('value')
      .where('name', '=', 'session_secret')
      .executeTakeFirst();
  const known = await read();
  if (known !== undefined) return known.value;
  await db
    .insertInto('installation_value')
    .values({ name: 'session_secret', value: newSecret() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await read();
  if (made === undefined) throw new Error('The session secret could not be stored.');
  return made.value;
}

const isSecure = (config: Config): boolean => config.baseUrl.startsWith('https://');
const cookieName = (config: Config): string => (isSecure(config) ? '__Host-assay' : 'assay');
const cookieOptions = (config: Config) =>
  ({ httpOnly: true, sameSite: 'lax', secure: isSecure(config), path: '/' }) as const;

const notByHttps = new Problem(
  421,
  'not_by_https',
  'This page did not come by https.',
  'Open it under the address of this installation. For its operator: BASE_URL is https, so the proxy must send the header X-Forwarded-Proto: https.',
);

/**
 * The middleware that gives every page request its session. Where cookies are for https alone, it
 * refuses what came without: signing in would fail there in silence.
 */
export async function sessionMiddleware(application: Application): Promise<RequestHandler> {
  const { config, db } = application;
  const sessions = session({
    name: cookieName(config),
    secret: await sessionSecret(db),
    store: new DatabaseStore(db, () => application.now()),
    resave: false,
    rolling: false,
    saveUninitialized: false,
    cookie: { ...cookieOptions(config), maxAge: idleFor },
  });
  return (request, response, next) => {
    if (isSecure(config) && !request.secure) next(notByHttps);
    else
      sessions(request, response, (error?: unknown) => {
        if (error === undefined) redirectOnceSaved(request, response, next);
        next(error);
      });
  };
}

/**
 * Redirects once the session is stored. express-session sends the headers first, and whoever
 * follows them at once would find the session as it was.
 */
function redirectOnceSaved(request: Request, response: Response, next: NextFunction): void {
  const content = (): string =>
    JSON.stringify(request.session, (key, value: unknown) =>
      key === 'cookie' ? undefined : value,
    );
  const before = content();
  const redirect = response.redirect.bind(response) as (status: number, url: string) => void;
  const later = (status: number, url: string): void => {
    if (request.session === undefined || content() === before) redirect(status, url);
    else
      request.session.save((error: unknown) => {
        if (error === undefined || error === null) redirect(status, url);
        else next(error);
      });
  };
  response.redirect = (first: number | string, second?: number | string): void => {
    if (typeof first === 'number') later(first, String(second));
    else later(302, first);
  };
}

/** Ends the session of a request, in the database and in the browser. */
export function endSession(request: Request, response: Response, config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.destroy((error: unknown) => {
      if (error !== undefined && error !== null) {
        reject(error instanceof Error ? error : new Error('the session could not be ended'));
        return;
      }
      response.clearCookie(cookieName(config), cookieOptions(config));
      resolve();
    });
  });
}

/** Deletes sessions that have run out. */
export async function sweepSessions(application: Application): Promise<void> {
  await application.db.deleteFrom('session').where('expires_at', '<=', application.now()).execute();
}

/**
 * Gives the session a new id and keeps nothing of the old one but `keep`: against fixation at every
 * change of who is meant. The old one ends unless `keepOld`.
 */
export function renewSession(
  request: Request,
  keep: Partial<SessionData>,
  options: { keepOld?: boolean } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = (error?: unknown): void => {
      if (error !== undefined && error !== null) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      Object.assign(request.session, keep);
      // With its form token from the start, pages that are opened at the same moment share one.
      csrfToken(request);
      request.session.save((fault: unknown) =>
        fault === undefined || fault === null
          ? resolve()
          : reject(fault instanceof Error ? fault : new Error(String(fault))),
      );
    };
    if (options.keepOld !== true) {
      request.session.regenerate(begin);
      return;
    }
    request.sessionStore.generate(request);
    begin();
  });
}
