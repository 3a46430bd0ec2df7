import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';
import { manyRows, smallImportBytes, smallImports } from './lanes.js';

export const ImportPayload = z.strictObject({
  importId: z.int(),
  unpackedLimit: z.int().optional(),
});

/** Imports the files of a reviewed upload. */
export const importJob: JobKind = {
  kind: 'dataset-import',
  sentence: 'Imports uploaded files as datasets.',
  lane: manyRows,
  payload: ImportPayload,
  module: new URL('./import.worker.js', import.meta.url),
  heapMegabytes: 512,
};

/** The same for an upload of at most `smallImportBytes`. */
export const smallImportJob: JobKind = {
  ...importJob,
  kind: 'small-dataset-import',
  lane: smallImports,
};

/** The kind of job for files of so many bytes together. */
export const importJobFor = (bytes: number): JobKind =>
  bytes <= smallImportBytes ? smallImportJob : importJob;
