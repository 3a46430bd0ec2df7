import { z } from 'zod';
import { Figure } from '#figure.js';
import { ListedItem } from './listedItem.js';
import { Missing } from './missing.js';

const Hardest = ListedItem.extend({
  difficulty: z.number(),
  discrimination: z.number().nullable(),
  withoutDiscrimination: z.string().nullable(),
  entropy: z.number(),
});

const Doubted = ListedItem.extend({
  mostFrequent: z.string().nullable(),
  best: z.string().nullable(),
});

const Suspect = ListedItem.extend({
  suggestion: z
    .string()
    .nullable()
    .describe('The answer that raters make most probable; null for a tie.'),
  probability: z.number(),
  byRatersAlone: z.number().describe('The same without counting the label as a witness.'),
});

const Suspects = z.strictObject({
  kind: z.literal('suspects'),
  sentence: z.string(),
  labelled: z.int(),
  expectedWrong: z.number(),
  probablyWrong: z.int().describe('Labels that are more probably wrong than right.'),
  reliability: z.number().describe('Estimated share of right labels in the largest group.'),
  items: z.array(Suspect).describe('The most suspect first.'),
});

/**
 * Items as measured objects: how hard, how telling, whether the label is wrong, where a judgment is
 * worth most.
 */
export const MeasuredItems = z.strictObject({
  kind: z.literal('items'),
  sentence: z.string(),
  twice: z.int().describe('Items with two votes or more.'),
  unanimous: Figure,
  meanDifficulty: z
    .number()
    .nullable()
    .describe('Mean share of pairs of raters who disagree about an item.'),
  hardest: z.array(Hardest),
  faults: z.strictObject({
    sentence: z.string(),
    tested: z.int(),
    expectedByChance: z.number(),
    items: z.array(Doubted.extend({ discrimination: z.number(), p: z.number() })),
    untested: z
      .array(Doubted)
      .describe(
        'Too few raters for a test; those who agree most elsewhere prefer another answer than the most frequent.',
      ),
  }),
  suspects: z.discriminatedUnion('kind', [Suspects, Missing]),
  next: z.strictObject({
    sentence: z.string(),
    doubt: z
      .number()
      .nullable()
      .describe(
        'What is not known of the answers, in bits, summed over the items that are modelled; null where none is.',
      ),
    information: z
      .number()
      .nullable()
      .describe('What one more judgment of each of them is expected to tell, in bits.'),
    items: z.array(ListedItem.extend({ doubt: z.number(), information: z.number() })),
  }),
});
export type MeasuredItems = z.output<typeof MeasuredItems>;
