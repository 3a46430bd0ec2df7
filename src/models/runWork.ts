import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#storage/database.js';
import { type Asking, createAsking, RunStopped } from './asking.js';
import { beginRun, leaveRun } from './run.js';

/** How long a run that stops waits for answers that are under way, in milliseconds. */
const drainMs = 10_000;

/** How work on a run ended; `result` where it came to its end. */
export type WorkEnded<T> =
  | { readonly state: 'done'; readonly result: T }
  | { readonly state: 'stopped'; readonly reason: string };

const pauseFor = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal });
};

/** Gives what is under way a while to end; what has not ended then counts as lost. */
async function drain(asking: Asking): Promise<void> {
  const enough = new AbortController();
  await Promise.race([
    asking.settled(),
    sleep(drainMs, undefined, { signal: enough.signal }).catch(() => undefined),
  ]);
  enough.abort();
  asking.abandon();
  await asking.settled();
}

/**
 * Does the work of a run: takes it, gives `work` a way to ask models, and stores how it ended. Work
 * is begun anew after a stop or a death: what was answered comes from the ledger then, so it must do
 * no harm twice. Null where the run was paused or has ended before. A fault of the work itself
 * fails the run and is thrown.
 * @param options.signal aborted where the process stops or somebody cancels the job: a run that was
 *   neither paused nor cancelled then waits for another process, and the reason is thrown
 */
export async function workOnRun<T>(
  database: Database,
  options: {
    runId: number;
    now: () => number;
    signal: AbortSignal;
    pause?: (ms: number, signal: AbortSignal) => Promise<void>;
    random?: () => number;
  },
  work: (asking: Asking) => Promise<T>,
): Promise<WorkEnded<T> | null> {
  const { now, signal, pause = pauseFor, random = Math.random } = options;
  const { db } = database;
  const hold = await beginRun(db, options.runId, now());
  if (hold === null) return null;
  const asking = createAsking(database, hold, { now, pause, random });
  const halt = (): void => asking.stop(new RunStopped('waiting', 'The server stopped.'));
  signal.addEventListener('abort', halt);
  if (signal.aborted) halt();
  try {
    const result = await work(asking);
    await drain(asking);
    await leaveRun(db, hold, { state: 'done', reason: null, now: now() });
    return { state: 'done', result };
  } catch (error) {
    const stopped =
      error instanceof RunStopped
        ? error
        : new RunStopped('failed', error instanceof Error ? error.message : String(error));
    asking.stop(stopped);
    await drain(asking);
    await leaveRun(db, hold, { state: stopped.state, reason: stopped.message, now: now() });
    signal.throwIfAborted();
    if (stopped !== error) throw error;
    return { state: 'stopped', reason: stopped.message };
  } finally {
    signal.removeEventListener('abort', halt);
  }
}
