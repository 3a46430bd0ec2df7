import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';
import { manyRows } from './lanes.js';

export const RecheckPayload = z.strictObject({ datasetId: z.int() });

/** Looks for findings in a dataset again. */
export const recheckJob: JobKind = {
  kind: 'dataset-check',
  sentence: 'Looks for findings in a dataset again, by the rules of today.',
  lane: manyRows,
  payload: RecheckPayload,
  module: new URL('./recheck.worker.js', import.meta.url),
  heapMegabytes: 256,
};
