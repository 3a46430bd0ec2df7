import { threadId } from 'node:worker_threads';
import { jobWork } from '#jobs/worker.js';

/**
 * Counts to `until`, reporting each step, and fails at `failAt`. With `wait` it then waits to be
 * asked to stop; `stubborn` work never ends by itself; `dies` takes the thread with it. `named`
 * says which thread did it.
 */
export default jobWork(
  async (
    _database,
    payload: {
      until: number;
      failAt?: number;
      wait?: boolean;
      stubborn?: boolean;
      named?: boolean;
      dies?: 'by an error' | 'out of memory';
    },
    context,
  ) => {
    for (let step = 1; step <= payload.until; step += 1) {
      if (step === payload.failAt) throw new Error(`step ${step} went wrong`);
      context.report({ step });
    }
    if (payload.wait === true) {
      await new Promise<void>((_resolve, reject) =>
        context.signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    }
    if (payload.stubborn === true) await new Promise(() => setInterval(() => undefined, 60_000));
    if (payload.dies === 'by an error')
      await new Promise(() =>
        setImmediate(() => {
          throw new Error('nobody caught this');
        }),
      );
    if (payload.dies === 'out of memory') {
      const kept: number[][] = [];
      for (;;) kept.push(Array.from({ length: 100_000 }, () => kept.length));
    }
    return { counted: payload.until, ...(payload.named === true ? { thread: threadId } : {}) };
  },
);
