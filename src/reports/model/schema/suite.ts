import { z } from 'zod';
import { Figure } from '#figure.js';

/** All sets of one source together. */
export const SuiteGroup = z.strictObject({
  source: z.enum(['generated', 'human']),
  sets: z.int(),
  items: z.int().describe('Examples with all their judgments.'),
  labels: z.int().describe('Those of them that have a label.'),
  upheldMacro: Figure.describe('Labels upheld: mean over sets, every set counting the same.'),
  upheldMicro: Figure.describe('Labels upheld: over all items, large sets counting more.'),
  relevance: Figure.describe('Mean over sets of mean relevance.'),
  unclear: Figure.describe('Mean over sets of the share of votes that call an example unclear.'),
  centre: z.number().nullable().describe('The share that the sets scatter around (beta-binomial).'),
  onlyChance: z
    .boolean()
    .nullable()
    .describe('True where the sets scatter no more than chance explains.'),
  below: z
    .strictObject({
      observed: z.int(),
      byChance: z.number(),
      truly: z.number(),
      anyByChance: z.number(),
    })
    .nullable()
    .describe(
      'Sets below the threshold: seen; expected if all were alike; expected to be so in truth; chance of at least one if all were alike.',
    ),
});
export type SuiteGroup = z.output<typeof SuiteGroup>;

/** One set within its suite. */
export const SuiteSet = z.strictObject({
  dataset: z.string(),
  shrunken: Figure.describe(
    'Labels upheld, drawn towards what the sets of its source have in common.',
  ),
  below: z.number().nullable().describe('Probability that it truly lies below the threshold.'),
  p: z.number().describe('One-sided exact p-value that it does not.'),
  adjusted: z.number().describe('The same, adjusted over all sets (Benjamini and Hochberg).'),
  fallsShort: z.boolean(),
});
export type SuiteSet = z.output<typeof SuiteSet>;

/** One comparison of a suite in label agreement, all comparisons being one family of tests. */
export const SuitePair = z.strictObject({
  generated: z.string(),
  behaviour: z.string(),
  p: z.number().describe('Two-sided p-value of no difference in label agreement.'),
  adjusted: z.number().describe('The same, adjusted over all pairs (Benjamini and Hochberg).'),
  shown: z
    .enum(['higher', 'lower', 'none'])
    .describe(
      'Whether the generated set is shown to be higher or lower than the human-written one.',
    ),
});
export type SuitePair = z.output<typeof SuitePair>;

export const SuiteSection = z.strictObject({
  groups: z.array(SuiteGroup),
  pairs: z.array(SuitePair).describe('Pairs that were compared and have a p-value.'),
  sets: z.array(SuiteSet).describe('Sets with labels and complete items.'),
  confidence: Figure.describe(
    'Spearman correlation over sets between mean confidence of the discriminator and labels upheld.',
  ),
  verdict: z.array(z.string()),
});
export type SuiteSection = z.output<typeof SuiteSection>;
