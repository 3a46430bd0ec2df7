import { z } from 'zod';
import { Figure } from '#figure.js';
import { ListedItem } from './listedItem.js';

const Group = z.strictObject({
  choices: z.int(),
  items: z.int(),
  iterations: z.int(),
  converged: z.boolean(),
});

const JudgedRater = z.strictObject({
  pseudonym: z.string(),
  judgments: z.int().describe('Label votes on examples of the largest group.'),
  accuracy: Figure.describe('How often the rater is estimated to be right.'),
  right: z
    .array(
      z.strictObject({
        value: z.number().nullable(),
        lower: z.number().nullable(),
        upper: z.number().nullable(),
      }),
    )
    .describe('The same where each choice is the answer, in the order of the keys.'),
  confusion: z
    .array(z.array(z.number()))
    .describe('Row: the answer; column: what the rater is expected to say.'),
  leniency: z
    .number()
    .nullable()
    .describe('Steps by which the rater rates relevance higher than the others.'),
  lapses: z
    .number()
    .nullable()
    .describe('How often the rater rates relevance without regard to the example.'),
});

/** What a consensus model makes of the judgments: a check on the majority, not the headline. */
export const ConsensusSection = z.strictObject({
  kind: z.literal('consensus'),
  sentence: z.string(),
  groups: z
    .array(Group)
    .describe(
      'By number of choices, the largest first, with the items that are modelled: those whose votes tell something of their raters. Raters are those of the first.',
    ),
  labels: z
    .strictObject({ items: z.int(), majority: Figure, consensus: Figure })
    .nullable()
    .describe(
      'Share of complete labelled items that are modelled whose label is upheld, by each rule; null without labels.',
    ),
  meanPosterior: z
    .number()
    .describe('Mean probability of the most probable answer over all modelled items.'),
  open: z.int().describe('Modelled items with no single most probable answer.'),
  differing: z
    .strictObject({
      all: z.int(),
      items: z.array(
        ListedItem.extend({
          majority: z.string().nullable(),
          consensus: z.string().nullable(),
          probability: z.number(),
        }),
      ),
    })
    .describe('Complete items on which consensus and majority differ.'),
  keys: z.array(z.string()),
  raters: z.strictObject({ all: z.int(), rows: z.array(JudgedRater) }),
  relevance: z
    .strictObject({
      mean: z.number(),
      plain: z.number(),
      items: z.int(),
      high: z.int().describe('Items with a mean level of 3.5 or more on the scale of 1 to 5.'),
      iterations: z.int(),
      converged: z.boolean(),
    })
    .nullable(),
});
export type ConsensusSection = z.output<typeof ConsensusSection>;
