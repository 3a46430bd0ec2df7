import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';

/** Counts, one at a time. */
export const counting: JobKind = {
  kind: 'counting',
  sentence: 'Counts.',
  lane: { name: 'counting' },
  payload: z.strictObject({
    until: z.int(),
    failAt: z.int().optional(),
    wait: z.boolean().optional(),
    stubborn: z.boolean().optional(),
    named: z.boolean().optional(),
    dies: z.enum(['by an error', 'out of memory']).optional(),
  }),
  module: new URL('./counting.worker.js', import.meta.url),
  heapMegabytes: 128,
};

/** The same, two at once. */
export const counters: JobKind = {
  ...counting,
  kind: 'counters',
  lane: { name: 'counters', atOnce: 2 },
};
