import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Carries the WAL of a SQLite file over into the file. */
export interface Checkpoints {
  /**
   * Carries over what stands in the WAL, without keeping anybody from writing. Gives how many pages
   * the WAL has. One at a time. Throws where the thread has died.
   */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** Checkpoints in a thread of their own: whoever writes does not wait for the disk meanwhile. */
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
      const [pages] = (await Promise.race([once(worker, 'message'), died])) as [number];
      return pages;
    },
    async close() {
      await worker.terminate();
    },
  };
}
