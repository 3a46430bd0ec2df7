import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';
import type { ModelsConfig } from '../config.js';

export const ProbePayload = z.strictObject({ model: z.string() });
export type ProbePayload = z.output<typeof ProbePayload>;

/** What its worker is handed of the configuration. */
export const ProbeSettings = z.object({
  hosts: z.array(z.string()),
  keys: z.record(z.string(), z.string()),
  folder: z.string(),
}) satisfies z.ZodType<ModelsConfig>;

const kind = 'model-probe';

/** Finds out what a model gives. The settings hold keys: they go to the worker and are not stored. */
export const probeJob = {
  kind,
  of: (models: ModelsConfig): JobKind => ({
    kind,
    sentence: 'Finds out what a language model gives.',
    lane: { name: 'probes', atOnce: 2 },
    payload: ProbePayload,
    module: new URL('./probe.worker.js', import.meta.url),
    heapMegabytes: 256,
    settings: models,
  }),
};
