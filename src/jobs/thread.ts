import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { DatabaseLocation } from '#storage/database.js';
import type { JobKind } from './kinds.js';

/** What a thread is given to work on. */
export interface JobTask {
  readonly location: DatabaseLocation;
  readonly payload: unknown;
  readonly settings: unknown;
  /** Progress goes out by it; whatever comes in asks the work to stop. */
  readonly port: MessagePort;
}

/** How the work of a job ended; `cause` is an error that nobody in the thread caught. */
export type JobOutcome =
  | { type: 'done'; result: unknown }
  | { type: 'failed'; message: string; cause?: Error }
  | { type: 'cancelled' };

const pools = new Map<string, Piscina>();

/**
 * The threads of a kind of job. A new thread takes longer to load its modules than most jobs take to
 * be done, so one that has ended a job waits a little for the next. Lanes say how many work at once.
 */
function poolOf({ module, heapMegabytes }: JobKind): Piscina {
  const known = pools.get(module.href);
  if (known !== undefined) return known;
  const pool = new Piscina({
    filename: fileURLToPath(module),
    minThreads: 0,
    maxThreads: 64,
    idleTimeout: 20_000,
    // A thread that waits goes on hearing its ports.
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  });
  // What fails in a thread without a job has no job to fail; without a listener it ends the server.
  pool.on('error', () => undefined);
  pools.set(module.href, pool);
  return pool;
}

/**
 * Runs one job's work in a thread and gives how it ended, once nothing of it runs any more.
 * Aborting `cancel` asks the work to stop; aborting `kill` ends the thread. Throws where the
 * payload does not fit its kind.
 */
export async function runThread(
  kind: JobKind,
  given: {
    location: DatabaseLocation;
    payload: string;
    cancel: AbortSignal;
    kill: AbortSignal;
    heard: (progress: unknown) => void;
  },
): Promise<JobOutcome> {
  const payload: unknown = kind.payload.parse(JSON.parse(given.payload));
  const { port1: ours, port2: port } = new MessageChannel();
  ours.on('message', given.heard);
  // The thread closes its port at the end of the work, or ends, and all that it said came before.
  const over = new Promise<void>((resolve) => ours.once('close', resolve));
  const cancel = (): void => ours.postMessage('cancel');
  given.cancel.addEventListener('abort', cancel);
  if (given.cancel.aborted) cancel();
  const task: JobTask = { location: given.location, payload, settings: kind.settings, port };
  let outcome: JobOutcome;
  try {
    outcome = await poolOf(kind).run(task, { transferList: [port], signal: given.kill });
  } catch (error) {
    // A thread that was killed before it began has not taken the port.
    port.close();
    const cause = error instanceof Error ? error : new Error(String(error));
    outcome = { type: 'failed', message: cause.message, cause };
  }
  await over;
  given.cancel.removeEventListener('abort', cancel);
  return outcome;
}
