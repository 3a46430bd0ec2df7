import { type ClientRateLimitInfo, type Options, rateLimit, type Store } from 'express-rate-limit';
import type { Request, RequestHandler } from 'express';
import { sql } from 'kysely';
import type { Db } from '#storage/database.js';
import { hashSecret } from '#storage/identifiers.js';
import type { Application } from './application.js';
import { Problem } from './problem.js';

/** Counts in the database, so that several processes share them and a restart forgives nothing. Addresses stand there as hashes. */
class DatabaseStore implements Store {
  #window = 60_000;
  readonly prefix: string;
  readonly #db: Db;
  readonly #now: () => number;

  constructor(db: Db, now: () => number, prefix: string) {
    this.#db = db;
    this.#now = now;
    this.prefix = prefix;
  }

  #row(key: string): string {
    return `${this.prefix}:${hashSecret(key)}`;
  }

  init(options: Options): void {
    this.#window = options.windowMs;
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    const now = this.#now();
    const row = await this.#db
      .insertInto('rate_limit')
      .values({ key: this.#row(key), hits: 1, resets_at: now + this.#window })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet({
          hits: sql<number>`case when rate_limit.resets_at <= ${now} then 1 else rate_limit.hits + 1 end`,
          resets_at: sql<number>`case when rate_limit.resets_at <= ${now} then ${now + this.#window} else rate_limit.resets_at end`,
        }),
      )
      .returning(['hits', 'resets_at'])
      .executeTakeFirstOrThrow();
    return { totalHits: row.hits, resetTime: new Date(row.resets_at) };
  }

  async decrement(key: string): Promise<void> {
    await this.#db.updateTable('rate_limit').set((eb) => ({ hits: eb('hits', '-', 1) })).where('key', '=', this.#row(key)).where('hits', '>', 0).execute();
  }

  async resetKey(key: string): Promise<void> {
    await this.#db.deleteFrom('rate_limit').where('key', '=', this.#row(key)).execute();
  }
}

/**
 * Refuses with 429 and the time to wait once `limit` requests of one key came within `windowMs`. Give it the key of what
 * is guarded: the address of the caller, or the account that is being tried.
 */
export function limitRate(application: Application, options: { name: string; limit: number; windowMs: number; key: (request: Request) => string; failuresOnly?: boolean }): RequestHandler {
  return rateLimit({
    windowMs: options.windowMs,
    limit: options.limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skipSuccessfulRequests: options.failuresOnly ?? false,
    keyGenerator: options.key,
    validate: false,
    store: new DatabaseStore(application.db, () => application.now(), options.name),
    handler: (_request, _response, next) => {
      next(new Problem(429, 'too_many_tries', 'Too many tries.', `Wait ${Math.ceil(options.windowMs / 60_000)} minutes and try again. Nothing was changed.`));
    },
  });
}

/** Deletes counts that have run out. */
export async function sweepRateLimits(application: Application): Promise<void> {
  await application.db.deleteFrom('rate_limit').where('resets_at', '<=', application.now()).execute();
}
