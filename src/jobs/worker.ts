import { openDatabase, type Database } from '#storage/database.js';
import type { JobContext } from './kinds.js';
import type { JobOutcome, JobTask } from './thread.js';

/**
 * The shell of every job's work in its thread, which the worker module exports as its default:
 * opens a connection of its own, runs `work` with the payload that the kind's schema has read, and
 * gives how it ended. `work` is a plain function that tests call directly. The thread may do other
 * jobs of the kind afterwards, so that work leaves nothing open.
 */
export const jobWork =
  <P, R>(
    work: (database: Database, payload: P, context: JobContext) => Promise<R>,
    options: { readonly?: boolean } = {},
  ) =>
  async ({ location, payload, settings, port }: JobTask): Promise<JobOutcome> => {
    const controller = new AbortController();
    port.on('message', () => controller.abort());
    const database = openDatabase(location, { ...options, poolSize: 2 });
    try {
      const result = await work(database, payload as P, {
        report: (progress) => port.postMessage(progress),
        signal: controller.signal,
        settings,
      });
      return { type: 'done', result };
    } catch (error) {
      if (controller.signal.aborted) return { type: 'cancelled' };
      return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
    } finally {
      await database.close();
      port.close();
    }
  };
