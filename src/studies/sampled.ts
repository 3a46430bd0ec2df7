import { z } from 'zod';
import { Undrawn } from './eligibility.js';

/**
 * Eligible examples of one label and one band of confidence: how many there were, and how many of
 * them were drawn.
 */
export const Stratum = z.strictObject({
  part: z.enum(['kept', 'dropped']).nullable(),
  /** Index of the label among the choices; null without one. */
  label: z.int().nullable(),
  /** From 0 for the least confident; null for examples without a confidence. */
  band: z.int().nullable(),
  /** The least and the highest confidence of the whole band. */
  from: z.number().nullable(),
  to: z.number().nullable(),
  eligible: z.int(),
  drawn: z.int(),
  /** Mean confidence of the eligible ones. */
  mean: z.number().nullable(),
});
export type Stratum = z.output<typeof Stratum>;

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
  /** Absent in studies that were opened before they were kept. */
  strata: z.array(Stratum).optional(),
});
export type Sampling = z.output<typeof Sampling>;

/** The findings of an item's example when it was sampled. */
export const ItemFindings = z.array(z.string());
