import { runJob } from '#jobs/worker.js';

/** Counts to `until`, reporting each step; stops when it is asked to; fails at `failAt`. */
await runJob(
  async (_database, payload: { until: number; failAt?: number; wait?: boolean }, context) => {
    for (let step = 1; step <= payload.until; step += 1) {
      if (step === payload.failAt) throw new Error(`step ${step} went wrong`);
      context.report({ step });
    }
    if (payload.wait === true) {
      await new Promise<void>((_resolve, reject) =>
        context.signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    }
    return { counted: payload.until };
  },
);
