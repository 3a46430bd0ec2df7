import { z } from 'zod';
import { Figure } from '#figure.js';
import { ConfidenceSection } from './confidence.js';
import { Missing } from './missing.js';

const Counts = z.strictObject({
  eligible: z.int().describe('Eligible examples with a label and a confidence.'),
  drawn: z.int(),
  judged: z.int().describe('With a label, a confidence and all judgments.'),
});

/**
 * The discriminator's confidence against the crowd over all eligible examples with a label and a
 * confidence, kept or dropped, each judged example with the number of examples that it stands for.
 */
export const WeightedConfidence = z.strictObject({
  kind: z.literal('weighted'),
  sentence: z.string(),
  parts: z
    .array(
      Counts.extend({
        part: z.enum(['kept', 'dropped']),
        dataset: z.string().describe('Id of the dataset.'),
        name: z.string(),
        upheld: z.int().describe('Of the judged ones.'),
        rows: z.int().describe('Rows of the dataset.'),
        leftOut: z.int().describe('Rows left out by their findings.'),
        unscored: z.int().describe('Other rows without a label or a confidence.'),
      }),
    )
    .describe('What was kept, then what was dropped.'),
  strata: z
    .array(
      Counts.extend({
        part: z.enum(['kept', 'dropped']),
        label: z.int().describe('Index of the label among the choices.'),
        name: z.string().describe('The label as examples have it; several are joined.'),
        from: z.number().describe('Least confidence.'),
        to: z.number(),
        weight: z
          .number()
          .nullable()
          .describe(
            'What each judged example stands for; null where none was judged. A stratum with fewer than two is put together with its neighbour.',
          ),
      }),
    )
    .describe(
      'By label and band of confidence. What was kept was drawn by label alone, and is weighted by band afterwards.',
    ),
  items: z.int().describe('Judged examples behind the figures.'),
  examples: z.number().describe('Examples that they stand for.'),
  least: z.number(),
  most: z.number(),
  bins: z
    .array(
      z.strictObject({
        from: z.number(),
        to: z.number(),
        mean: z.number(),
        weight: z.number().describe('Share of all examples.'),
        upheld: Figure,
      }),
    )
    .describe('About equal numbers of judged examples; equal confidences stay together.'),
  brier: Figure,
  calibrationError: Figure,
  byChance: ConfidenceSection.shape.byChance,
  auroc: Figure,
  oneOutcome: z.int().describe('Replicates of the area with one outcome alone, left out.'),
  roc: z
    .strictObject({
      curve: z
        .array(
          z.strictObject({
            threshold: z.number(),
            falsePositive: z.number(),
            truePositive: z.number(),
          }),
        )
        .describe('From the highest threshold down, at most 200 of them.'),
      band: z
        .array(z.strictObject({ falsePositive: z.number(), truePositive: Figure }))
        .describe('Limits at single shares, not for the curve as a whole.'),
    })
    .nullable()
    .describe('Null where no label, or every label, was upheld.'),
  filter: z.array(
    z.strictObject({ kept: z.number(), items: z.int(), least: z.number(), upheld: Figure }),
  ),
  all: z
    .strictObject({
      plain: Figure,
      powered: Figure.describe('Prediction-powered.'),
      lambda: z.number(),
      claimed: z.number().describe('Mean confidence in all of them.'),
    })
    .describe('Labels that would be upheld of all these examples, kept or dropped.'),
  wholeSet: ConfidenceSection.shape.wholeSet.describe('Of what was kept alone.'),
  ceilings: ConfidenceSection.shape.ceilings.describe('Of what was kept alone.'),
});
export type WeightedConfidence = z.output<typeof WeightedConfidence>;

/**
 * Not judged yet over what was kept and what was dropped together; what is said of the kept set
 * alone stands.
 */
export const WaitingConfidence = z.strictObject({
  kind: z.literal('waiting'),
  because: z.string(),
  wholeSet: WeightedConfidence.shape.wholeSet,
  ceilings: WeightedConfidence.shape.ceilings,
});
export type WaitingConfidence = z.output<typeof WaitingConfidence>;

/** What an upheld example of a generated set has taken, by stage. */
export const Effort = z.strictObject({
  examples: Figure.describe(
    'Labels of the whole set that would be upheld, from the share among the judged.',
  ),
  stages: z.array(
    z.strictObject({
      stage: z.string(),
      cost: z.number().describe('Of models, in the currency of the generation.'),
      minutes: z.number().describe('Active minutes of reviewers.'),
      costEach: z.number().nullable().describe('For each of these examples.'),
      minutesEach: z.number().nullable(),
    }),
  ),
  raters: z.strictObject({
    minutes: z.number().describe('Active minutes of the judgments of which they were measured.'),
    judgments: z.int().describe('Counted ones of this set.'),
    measured: z.int().describe('Those of them whose active time was measured.'),
    upheld: z.int().describe('Labels upheld among the judged.'),
    minutesEach: z
      .number()
      .nullable()
      .describe('For each label upheld, as if all judgments had taken as long.'),
  }),
});
export type Effort = z.output<typeof Effort>;

/** What is said of a set's discriminator. */
export const DatasetConfidence = z.discriminatedUnion('kind', [
  ConfidenceSection,
  WeightedConfidence,
  WaitingConfidence,
  Missing,
]);

/** What no other total counts. */
export const DroppedTotals = z
  .strictObject({ items: z.int(), counted: z.int(), excluded: z.int(), simulated: z.int() })
  .nullable()
  .describe(
    'Examples that a generation dropped, and their judgments, which no other total counts; null where there are none, and in reports of earlier formats.',
  );
