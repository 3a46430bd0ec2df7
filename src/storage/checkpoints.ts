import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Carries the WAL of a SQLite file over into the file. */
export interface Checkpoints {
  /**
   * Carries over what stands in the WAL, without keeping anybody from writing. Gives how many pages
   * the WAL has. One at a time. Throws an error with the `code` of SQLite where that fails, which
   * loses nothing, and one where the thread has died.
   */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** What the thread answers: how many pages the WAL has, or why it could not be carried over. */
export type CheckpointAnswer =
  | { readonly pages: number }
  | { readonly failure: string; readonly code: string };

/** Checkpoints in a thread of their own, so that nobody who writes waits for the disk meanwhile. */
export function checkpointThread(path: string): Checkpoints {
  const worker = new Worker(new URL('./checkpoint.worker.js', import.meta.url), {
    workerData: path,
    // It holds next to nothing, and imports have a limit on memory to keep.
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
  });
  const died = once(worker, 'exit').then(() => {
    throw new Error('The thread that carries the WAL over has ended.');
  });
  died.catch(() => undefined);
  return {
    async run() {
      worker.postMessage('run');
      const [answer] = (await Promise.race([once(worker, 'message'), died])) as [CheckpointAnswer];
      if ('pages' in answer) return answer.pages;
      const { failure, code } = answer;
      throw Object.assign(
        new Error(`The WAL of the database could not be carried over: ${failure}.`),
        { code },
      );
    },
    async close() {
      await worker.terminate();
    },
  };
}
