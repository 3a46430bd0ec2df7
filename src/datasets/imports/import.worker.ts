import type { z } from 'zod';
import { jobWork } from '#jobs/worker.js';
import type { ImportPayload } from './importJob.js';
import { runImport } from './runImport.js';

export default jobWork((database, payload: z.output<typeof ImportPayload>, { report, signal }) =>
  runImport(database, payload.importId, {
    now: Date.now,
    report,
    signal,
    unpackedLimit: payload.unpackedLimit,
  }),
);
