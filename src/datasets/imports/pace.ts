import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';

/** One write transaction: at most so many rows and bytes, then a pause. */
export interface Step {
  readonly rows: number;
  readonly bytes: number;
  readonly pauseMs: number;
}

/**
 * How an import writes while nobody is at work, and while a rater was served in the last two
 * seconds.
 */
const free: Step = { rows: 2500, bytes: 4_000_000, pauseMs: 0 };
const considerate: Step = { rows: 50, bytes: 1_000_000, pauseMs: 10 };
const servedWithin = 2000;
const lookEvery = 250;

export interface Pace {
  /** The step that suits how things are now. */
  readonly step: Step;
  /** Called after each transaction: looks for raters at work and pauses where there are. */
  breathe(): Promise<void>;
}

/**
 * Steps that leave room for raters: each lease and each submit leaves an event, so the newest one
 * tells whether anybody is being served, from any thread or process, by one look at the end of a
 * primary key.
 */
export function paceFor(db: Db, now: () => number, fixed?: Step): Pace {
  let step = fixed ?? free;
  let lookedAt = -Infinity;
  return {
    get step() {
      return step;
    },
    async breathe() {
      if (fixed === undefined && now() - lookedAt >= lookEvery) {
        lookedAt = now();
        const newest = await db
          .selectFrom('assignment_event')
          .select('at')
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        step = newest !== undefined && newest.at > now() - servedWithin ? considerate : free;
      }
      // A turn of the event loop lets a cancellation in, even where there is nothing to wait for.
      await (step.pauseMs === 0 ? turn() : wait(step.pauseMs));
    },
  };
}

/**
 * Stores rows in transactions of one step each. `store` may run twice for the same rows, and must do
 * no harm then.
 */
export async function inSteps<Row>(
  rows: readonly Row[],
  given: { readonly db: Db; readonly pace: Pace; readonly signal: AbortSignal },
  store: (trx: Trx, some: readonly Row[]) => Promise<void>,
): Promise<void> {
  const { db, pace, signal } = given;
  for (let at = 0; at < rows.length;) {
    signal.throwIfAborted();
    const some = rows.slice(at, at + pace.step.rows);
    await inTransaction(db, (trx) => store(trx, some), { repeatable: true });
    at += some.length;
    await pace.breathe();
  }
}
