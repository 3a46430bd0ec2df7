import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#storage/database.js';
import { outageOf } from '#storage/faults.js';
import { type Asking, createAsking, RunStopped } from './asking.js';
import type { Hold } from './ledgerQueries.js';
import { beginRun, leaveRun, renewHold, silentAfter } from './run.js';

/** How long a process that stops waits for answers that are under way, in milliseconds. */
const drainMs = 10_000;
/** How often a sign of life is given, and asked whether somebody has paused or ended the run. */
const lookEvery = 2_000;
/** How often it is asked whether the run that another process holds was left. */
const takeEvery = 500;
const outageEvery = 1_000;
const mostOutages = 600;

/** How work on a run ended; `result` where it came to its end. */
export type WorkEnded<T> =
  | { readonly state: 'done'; readonly result: T }
  | { readonly state: 'stopped'; readonly reason: string };

const pauseFor = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal });
};

/**
 * Waits until nothing is under way: as long as models have patience, or for a short while where the
 * process stops. What has not ended then counts as lost.
 */
async function drain(asking: Asking, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const hurry = async (): Promise<void> => {
    if (!signal.aborted)
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { signal: over.signal });
        over.signal.addEventListener('abort', () => resolve());
      });
    if (!over.signal.aborted)
      await sleep(drainMs, undefined, { signal: over.signal }).catch(() => undefined);
  };
  await Promise.race([asking.settled(), hurry()]);
  over.abort();
  asking.abandon();
  await asking.settled();
}

const serverStopped = (): RunStopped => new RunStopped('waiting', 'The server stopped.');

/** What an error of the work means for the run: work that ends with its process is not at fault. */
function stopOf(error: unknown, signal: AbortSignal): RunStopped {
  if (error instanceof RunStopped) return error;
  if (signal.aborted) return serverStopped();
  return new RunStopped('failed', error instanceof Error ? error.message : String(error));
}

/** Stores how a run was left, also where the database is away for some minutes. */
async function leave(
  database: Database,
  hold: Hold,
  left: Parameters<typeof leaveRun>[2],
): Promise<boolean> {
  for (let outages = 0; ; outages += 1) {
    try {
      return await leaveRun(database.db, hold, left);
    } catch (error) {
      if (outageOf(error) === undefined || outages === mostOutages) throw error;
    }
    await sleep(outageEvery);
  }
}

/** Takes a run, once no living process holds it. */
async function take(
  { db }: Database,
  options: Pick<WorkOptions, 'runId' | 'now' | 'signal' | 'deadAfter' | 'held'>,
): Promise<Hold | null> {
  const { runId, now, signal, deadAfter = silentAfter, held } = options;
  for (;;) {
    const hold = await beginRun(db, runId, { now: now(), deadAfter });
    if (hold !== 'held') return hold;
    held?.();
    await sleep(takeEvery, undefined, { signal });
  }
}

export interface WorkOptions {
  readonly runId: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  readonly deadAfter?: number;
  readonly held?: () => void;
}

/**
 * Does the work of a run: takes it, gives `work` a way to ask models, and stores how it ended. Work
 * is begun anew after a stop or a death: what was answered comes from the ledger then, so it must do
 * no harm twice. Null where the run was paused or has ended before. A fault of the work itself
 * fails the run and is thrown. A run that a living process holds is waited for.
 * @param options.signal aborted where the process stops: the run then waits for another process,
 *   unless it was paused or cancelled, and the reason is thrown
 * @param options.deadAfter see `beginRun`; `silentAfter` unless given
 * @param options.held called where a living process holds the run; may throw instead of waiting
 */
export async function workOnRun<T>(
  database: Database,
  options: WorkOptions,
  work: (asking: Asking, hold: Hold) => Promise<T>,
): Promise<WorkEnded<T> | null> {
  const { now, signal, pause = pauseFor, random = Math.random } = options;
  const hold = await take(database, options);
  if (hold === null) return null;
  const asking = createAsking(database, hold, { now, pause, random });
  const halt = (): void => asking.stop(serverStopped());
  signal.addEventListener('abort', halt);
  if (signal.aborted) halt();
  const look = setInterval(() => {
    renewHold(database.db, hold).then(
      (runs) => {
        if (!runs) asking.stop(new RunStopped('paused', 'The run was paused or ended.'));
      },
      () => undefined,
    );
  }, lookEvery);
  try {
    const result = await work(asking, hold);
    asking.stop(new RunStopped('done', 'The work of the run has ended.'));
    await drain(asking, signal);
    const left = await leave(database, hold, { state: 'done', reason: null, now: now() });
    return left
      ? { state: 'done', result }
      : { state: 'stopped', reason: 'The run was paused or ended.' };
  } catch (error) {
    const stopped = stopOf(error, signal);
    asking.stop(stopped);
    await drain(asking, signal);
    await leave(database, hold, { state: stopped.state, reason: stopped.message, now: now() });
    signal.throwIfAborted();
    if (stopped !== error) throw error;
    return { state: 'stopped', reason: stopped.message };
  } finally {
    clearInterval(look);
    signal.removeEventListener('abort', halt);
  }
}
