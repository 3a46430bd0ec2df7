import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';
import { manyRows } from './lanes.js';

export const DiscardPayload = z.strictObject({ datasetId: z.int(), keepRejections: z.boolean() });

/** Removes the rows of a deleted dataset in short steps. */
export const discardJob: JobKind = {
  kind: 'dataset-discard',
  sentence: 'Removes the rows of a deleted dataset.',
  lane: manyRows,
  payload: DiscardPayload,
  module: new URL('./discard.worker.js', import.meta.url),
  heapMegabytes: 128,
};
