import { z } from 'zod';

const MappedRater = z.strictObject({
  pseudonym: z.string(),
  judgments: z.int(),
  shared: z.int().describe('Comparisons with the others shown, each of one example.'),
  agreed: z.int(),
});

/**
 * How often every two raters of a study chose the same answer, in an order that puts those together
 * who agree.
 */
export const RaterAgreement = z.strictObject({
  kind: z.literal('rater-agreement'),
  sentence: z.string(),
  all: z.int().describe('Raters with a counted label vote.'),
  fewestShared: z.int(),
  raters: z.array(MappedRater),
  pairs: z
    .array(
      z.strictObject({
        first: z.int(),
        second: z.int(),
        items: z.int(),
        agreed: z.int(),
        lower: z.number(),
        upper: z.number(),
      }),
    )
    .describe(
      'Indexes into raters; every pair that shares an example, with Wilson limits of the share agreed.',
    ),
});
export type RaterAgreement = z.output<typeof RaterAgreement>;
