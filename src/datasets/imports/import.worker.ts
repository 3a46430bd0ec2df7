import type { z } from 'zod';
import { runJob } from '#jobs/worker.js';
import type { ImportPayload } from './importJob.js';
import { runImport } from './runImport.js';

await runJob((database, payload: z.output<typeof ImportPayload>, { report, signal }) =>
  runImport(database, payload.importId, {
    now: Date.now,
    report,
    signal,
    unpackedLimit: payload.unpackedLimit,
  }),
);
