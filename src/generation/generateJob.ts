import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';
import type { ModelsConfig } from '../config.js';

export const GeneratePayload = z.strictObject({
  generation: z.string(),
  /** How often its run was begun before: one job is enough to begin it once more. */
  epoch: z.int(),
});
export type GeneratePayload = z.output<typeof GeneratePayload>;

/** What its worker is handed of the configuration. */
export const GenerateSettings = z.object({
  hosts: z.array(z.string()),
  keys: z.record(z.string(), z.string()),
  folder: z.string(),
}) satisfies z.ZodType<ModelsConfig>;

const kind = 'generate';

/**
 * Works on a generation. It may go on for hours, so it waits for no import and no import for it. The
 * settings hold keys: they go to the worker and are not stored.
 */
export const generateJob = {
  kind,
  of: (models: ModelsConfig): JobKind => ({
    kind,
    sentence: 'Has language models write and judge examples.',
    lane: { name: 'models', atOnce: 2 },
    payload: GeneratePayload,
    module: new URL('./generate.worker.js', import.meta.url),
    heapMegabytes: 1_024,
    settings: models,
  }),
};
