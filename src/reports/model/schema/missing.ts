import { z } from 'zod';

/** A part of the report that has nothing to show, with the sentence that says why. */
export const Missing = z.strictObject({ kind: z.literal('missing'), because: z.string() });
export type Missing = z.output<typeof Missing>;

/** "Nothing here, because …": `because` goes on from there. */
export const missing = (because: string): Missing => ({
  kind: 'missing',
  because: `Nothing here, because ${because}.`,
});
