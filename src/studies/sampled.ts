import { z } from 'zod';
import { Undrawn } from './eligibility.js';

/** What a study keeps of the sample that it drew from one dataset when it was opened. */
export const Sampling = z.object({
  seed: z.string(),
  examples: z.int(),
  eligible: z.int(),
  sampled: z.int(),
  excludedFindings: z.array(z.string()),
  leftOut: z.array(z.object({ finding: z.string(), count: z.int() })),
  /** Absent in studies that were opened before it was kept. */
  undrawn: Undrawn.nullable().optional(),
});
export type Sampling = z.output<typeof Sampling>;

/** The findings of an item's example when it was sampled. */
export const ItemFindings = z.array(z.string());
