import { Worker } from 'node:worker_threads';
import type { DatabaseLocation } from '#storage/database.js';
import type { JobKind } from './kinds.js';

/** What a job's worker thread is started with (`workerData`). */
export interface JobWorkerData {
  readonly location: DatabaseLocation;
  readonly payload: unknown;
  readonly settings: unknown;
}

/** How the work of a job ended; `cause` is an error that nobody in the thread caught. */
export type JobOutcome =
  | { type: 'done'; result: unknown }
  | { type: 'failed'; message: string; cause?: Error }
  | { type: 'cancelled' };

/** What a job's worker thread says. */
export type JobMessage = { type: 'progress'; progress: unknown } | JobOutcome;

/**
 * Runs one job's work in a thread of its own and gives how it ended, once the thread is gone.
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
  const workerData: JobWorkerData = {
    location: given.location,
    payload: kind.payload.parse(JSON.parse(given.payload)),
    settings: kind.settings,
  };
  const worker = new Worker(kind.module, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: kind.heapMegabytes },
  });
  given.cancel.addEventListener('abort', () => worker.postMessage('cancel'));
  given.kill.addEventListener('abort', () => void worker.terminate());
  return new Promise((resolve) => {
    let outcome: JobOutcome = {
      type: 'failed',
      message: 'The worker ended without saying why.',
    };
    worker.on('message', (message: JobMessage) => {
      if (message.type === 'progress') given.heard(message.progress);
      else outcome = message;
    });
    worker.on('error', (error) => {
      outcome = { type: 'failed', message: error.message, cause: error };
    });
    worker.on('exit', () => resolve(outcome));
  });
}
