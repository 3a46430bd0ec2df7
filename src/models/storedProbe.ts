import { z } from 'zod';
import { ProbeResult } from './probe.js';

/** What one probe of a model found, or why it found nothing. */
export const StoredProbe = z.strictObject({
  fault: z.string().nullable(),
  found: ProbeResult.nullable(),
});
export type StoredProbe = z.output<typeof StoredProbe>;
