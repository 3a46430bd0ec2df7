import { z } from 'zod';
import { Figure } from '#figure.js';
import { Missing } from './missing.js';

const WholeSet = z.strictObject({
  kind: z.literal('whole-set'),
  plain: Figure,
  powered: Figure.describe('Prediction-powered share of the whole set.'),
  lambda: z.number().describe('How much of the prediction is used: 0 leaves the plain share.'),
  undrawn: z.int().describe('Eligible examples with a confidence that were not drawn.'),
  narrower: z
    .number()
    .describe(
      'How much narrower the interval became, as a share; 0 where it did not. In older frozen reports, the standard error.',
    ),
});

/** The discriminator's confidence in its labels against the crowd, over complete items. */
export const ConfidenceSection = z.strictObject({
  kind: z.literal('confidence'),
  sentence: z.string(),
  items: z.int(),
  least: z.number(),
  most: z.number(),
  restricted: z
    .boolean()
    .describe(
      'No judged example has a confidence of one half or less: candidates that a discriminator rejected, if one filtered the set, are not in it.',
    ),
  bins: z
    .array(z.strictObject({ from: z.number(), to: z.number(), mean: z.number(), upheld: Figure }))
    .describe('Equal count; equal confidences stay together.'),
  brier: Figure,
  parts: z
    .strictObject({ reliability: z.number(), resolution: z.number(), uncertainty: z.number() })
    .nullable(),
  calibrationError: Figure,
  byChance: z
    .strictObject({ mean: z.number(), upper: z.number() })
    .nullable()
    .describe('The calibration error that a perfectly calibrated discriminator would show here.'),
  auroc: Figure.describe(
    'How well confidence tells labels upheld from the others; one half is a coin.',
  ),
  filter: z.array(
    z.strictObject({
      kept: z.number(),
      items: z.int(),
      least: z.number(),
      upheld: Figure,
      relevance: Figure.nullable(),
    }),
  ),
  wholeSet: z.discriminatedUnion('kind', [WholeSet, Missing]),
  ceilings: z.strictObject({
    human: Figure,
    discriminator: z.number(),
    examples: z.int().describe('Examples behind the discriminator’s mean confidence.'),
  }),
});
export type ConfidenceSection = z.output<typeof ConfidenceSection>;
