import type { Db, Trx } from './database.js';

/** PostgreSQL: serialisation failure, deadlock, and a place that somebody else took at the same moment. */
const retried = new Set(['40001', '40P01']);
export const attempts = 8;

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** True where the database refused a row because a unique key is taken, on either engine. */
export const isUniqueViolation = (error: unknown): boolean =>
  ['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(codeOf(error));

/** Thrown inside a transaction to have the whole of it tried again (a place was taken meanwhile). */
export class TryAgain extends Error {}

/** True where the same work may succeed when it is done again. */
export const mayTryAgain = (error: unknown): boolean => error instanceof TryAgain || retried.has(codeOf(error));

/**
 * Runs `work` in one write transaction and retries the whole of it after a deadlock, a serialisation failure or
 * `TryAgain`, eight times at most. `work` may therefore run more than once: it must not act outside the database.
 */
export async function inTransaction<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (!mayTryAgain(error) || attempt === attempts) throw error;
    }
  }
}

/** Runs reads in one transaction that sees a single moment and writes nothing: every number speaks of the same state. */
export const inSnapshot = <T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> => db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
