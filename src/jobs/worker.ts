import { parentPort, workerData } from 'node:worker_threads';
import { type Database, openDatabase } from '#storage/database.js';
import type { JobContext } from './kinds.js';
import type { JobMessage, JobWorkerData } from './thread.js';

/**
 * The shell of every job's worker thread: opens a connection of its own, runs `work` with the
 * payload that the kind's schema has read, and tells the runner how it ended. `work` is a plain
 * function that tests call directly.
 */
export async function runJob<P, R>(
  work: (database: Database, payload: P, context: JobContext) => Promise<R>,
  options: { readonly?: boolean } = {},
): Promise<void> {
  if (parentPort === null) throw new Error('This module runs in a worker thread.');
  const port = parentPort;
  const send = (message: JobMessage): void => port.postMessage(message);
  const { location, payload, settings } = workerData as JobWorkerData;
  const controller = new AbortController();
  port.on('message', (message) => {
    if (message === 'cancel') controller.abort();
  });
  const database = openDatabase(location, { ...options, poolSize: 2 });
  try {
    const result = await work(database, payload as P, {
      report: (progress) => send({ type: 'progress', progress }),
      signal: controller.signal,
      settings,
    });
    send({ type: 'done', result });
  } catch (error) {
    if (controller.signal.aborted) send({ type: 'cancelled' });
    else send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  } finally {
    await database.close();
    port.close();
  }
}
