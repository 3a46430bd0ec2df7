import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';

export const ImportPayload = z.strictObject({
  importId: z.int(),
  unpackedLimit: z.int().optional(),
});

/** Imports the files of a reviewed upload. */
export const importJob: JobKind = {
  kind: 'dataset-import',
  sentence: 'Imports uploaded files as datasets.',
  payload: ImportPayload,
  module: new URL('./import.worker.js', import.meta.url),
  heapMegabytes: 512,
};
