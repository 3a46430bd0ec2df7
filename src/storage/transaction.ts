import { Transaction } from 'kysely';
import type { Db, Trx } from './database.js';
import { codeOf, OutcomeUnknown } from './faults.js';
import { isLost, patiently } from './patience.js';

/** PostgreSQL: serialisation failure and deadlock. */
const conflicts = new Set(['40001', '40P01']);
export const attempts = 8;

/**
 * Thrown inside a transaction to have the whole of it tried again (a place was taken in the
 * meantime).
 */
export class TryAgain extends Error {}

/** True where the same work may succeed when it is done again. */
export const mayTryAgain = (error: unknown): boolean =>
  error instanceof TryAgain || conflicts.has(codeOf(error));

/**
 * Runs `work` in one write transaction. The whole of it runs again after a deadlock, a
 * serialisation failure or `TryAgain` (eight times at most), and after a cut connection (for five
 * seconds): it must not act outside the database. Where the cut fell on the commit itself, it may
 * have been stored: then only `repeatable` work, which finds out by a key what it has stored
 * before, or does no harm twice, runs again. Throws `OutcomeUnknown` for other work.
 *
 * Given a transaction instead of a database, `work` becomes part of it: stored, taken back and run
 * again with it.
 */
export function inTransaction<T>(
  db: Db,
  work: (trx: Trx) => Promise<T>,
  options: { repeatable?: boolean } = {},
): Promise<T> {
  if (db instanceof Transaction) return work(db);
  const once = async (): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await db.transaction().execute(work);
      } catch (error) {
        if (!mayTryAgain(error) || attempt === attempts) throw error;
      }
    }
  };
  return patiently(
    once,
    (error) => isLost(error) || (options.repeatable === true && error instanceof OutcomeUnknown),
  );
}

/**
 * Runs reads in one transaction that sees a single moment and writes nothing: all numbers are of
 * the same state.
 */
export const inSnapshot = <T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> =>
  patiently(() =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
  );
