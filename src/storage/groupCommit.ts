import { CompiledQuery } from 'kysely';
import type { Database, Db, Trx } from './database.js';
import { attempts, inTransaction, mayTryAgain } from './transaction.js';

type Grouping = Pick<Database, 'db' | 'engine'>;

/** One piece of work that waits for the next common transaction. */
interface Member {
  /** Does the work inside its own savepoint; throws nothing, keeps result or error. */
  run(trx: Trx): Promise<void>;
  /** Hands the result over, once the common transaction is on the disk. */
  settle(): void;
  fail(error: unknown): void;
}

/** Larger groups save little and make everybody wait for everybody: answers go out between them. */
const largest = 32;
const queues = new WeakMap<Db, Member[]>();
const flushing = new WeakSet<Db>();
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const savepoint = CompiledQuery.raw('savepoint member');
const release = CompiledQuery.raw('release member');
const rollback = CompiledQuery.raw('rollback to member');

/**
 * Takes back what a member did. Where that fails too, the transaction is gone, and `error` says
 * why.
 */
async function undone(trx: Trx, error: unknown): Promise<void> {
  try {
    await trx.executeQuery(rollback);
    await trx.executeQuery(release);
  } catch {
    throw error;
  }
}

async function insideSavepoint<T>(trx: Trx, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    await trx.executeQuery(savepoint);
    try {
      const result = await work(trx);
      await trx.executeQuery(release);
      return result;
    } catch (error) {
      await undone(trx, error);
      if (!mayTryAgain(error) || attempt === attempts) throw error;
    }
  }
}

async function flush({ db, engine }: Grouping, queue: Member[]): Promise<void> {
  for (; queue.length > 0; await nextTurn()) {
    const members = queue.splice(0, largest);
    const together = async (trx: Trx): Promise<void> => {
      for (const member of members) await member.run(trx);
    };
    try {
      if (engine === 'sqlite') await db.transaction().execute(together);
      else await inTransaction(db, together, { repeatable: true });
      for (const member of members) member.settle();
    } catch (error) {
      for (const member of members) member.fail(error);
    }
  }
  // In the same breath as the last look at the queue: whoever comes now starts the next flush.
  flushing.delete(db);
}

/**
 * Runs `work` in a write transaction that it may share: on SQLite everything that asks within one
 * turn of the event loop goes into one transaction, each in a savepoint of its own, and is answered
 * after the common commit. A commit waits for the disk, so that is several times as much a second;
 * whose work fails is rolled back alone. PostgreSQL groups by itself, so each has a transaction of
 * its own there. As in `inTransaction` with `repeatable`, `work` may run again after it was stored,
 * and must find out by itself.
 * @param options.oneRow all of them change one row, for which transactions of their own would queue:
 *   then they share one on PostgreSQL too
 */
export function inGroup<T>(
  database: Grouping,
  work: (trx: Trx) => Promise<T>,
  options: { oneRow?: boolean } = {},
): Promise<T> {
  if (database.engine !== 'sqlite' && options.oneRow !== true)
    return inTransaction(database.db, work, { repeatable: true });
  const { db } = database;
  return new Promise((resolve, reject) => {
    let outcome: { value: T } | { error: unknown } | undefined;
    const member: Member = {
      run: (trx) =>
        insideSavepoint(trx, work).then(
          (value) => void (outcome = { value }),
          (error: unknown) => void (outcome = { error }),
        ),
      settle() {
        if (outcome === undefined)
          reject(new Error('A member of a group was committed before it ran.'));
        else if ('value' in outcome) resolve(outcome.value);
        else reject(outcome.error);
      },
      fail: reject,
    };
    let queue = queues.get(db);
    if (queue === undefined) queues.set(db, (queue = []));
    const waiting = queue;
    waiting.push(member);
    if (flushing.has(db)) return;
    flushing.add(db);
    setImmediate(() => void flush(database, waiting));
  });
}
