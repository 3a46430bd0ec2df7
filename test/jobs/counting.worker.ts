import { runJob } from '#jobs/worker.js';

/**
 * Counts to `until`, reporting each step, and fails at `failAt`. With `wait` it then waits to be
 * asked to stop; `stubborn` work never ends by itself.
 */
await runJob(
  async (
    _database,
    payload: { until: number; failAt?: number; wait?: boolean; stubborn?: boolean },
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
    return { counted: payload.until };
  },
);
