import { z } from 'zod';
import { Figure } from '#figure.js';
import { Difference } from './comparison.js';

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
  fallsShort: z
    .boolean()
    .describe(
      'The interval of the set lies below the threshold, and its adjusted p-value is at most .05.',
    ),
  reach: z
    .strictObject({
      p: z.number().describe('One-sided exact p-value that it does not lie above the threshold.'),
      adjusted: z.number().describe('The same, adjusted over all sets (Benjamini and Hochberg).'),
      shown: z
        .boolean()
        .describe('Its interval does not reach below it, and adjusted is at most .05.'),
    })
    .nullable()
    .describe('Null in reports from before this was tested over all sets.'),
});
export type SuiteSet = z.output<typeof SuiteSet>;

/** One comparison of a suite in label agreement, all comparisons being one family of tests. */
export const SuitePair = z.strictObject({
  generated: z.string(),
  behaviour: z.string(),
  p: z.number().describe('Two-sided p-value of no difference in label agreement.'),
  adjusted: z
    .number()
    .describe(
      'Adjusted by Holm over the measures of the pair, then over all pairs (Benjamini and Hochberg).',
    ),
  shown: z
    .enum(['higher', 'lower', 'none'])
    .describe(
      'Whether the generated set is shown to be higher or lower than the human-written one.',
    ),
});
export type SuitePair = z.output<typeof SuitePair>;

/** One primary measure over all compared pairs together. */
export const PooledMeasure = z.strictObject({
  measure: Difference.shape.measure,
  title: Difference.shape.title,
  unit: Difference.shape.unit,
  difference: Figure.describe('Mean over pairs, generated minus human-written; n counts pairs.'),
  prediction: z
    .strictObject({ lower: z.number(), upper: z.number() })
    .nullable()
    .describe(
      'Where the true difference of one further pair lies, with the level of the interval.',
    ),
  between: z
    .strictObject({
      deviation: z.number(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      share: z.number().describe('Of the variance of a pair’s difference (I²).'),
    })
    .describe('Standard deviation of true differences between pairs (τ), and its share.'),
  raters: z.int(),
  effectiveRaters: z
    .number()
    .describe('As many raters with equal work would tell as much: N² / Σn².'),
  sentence: z.string(),
});
export type PooledMeasure = z.output<typeof PooledMeasure>;

export const SuiteSection = z.strictObject({
  groups: z.array(SuiteGroup),
  pairs: z.array(SuitePair).describe('Pairs that were compared and have a p-value.'),
  pooled: z
    .array(PooledMeasure)
    .describe('Generated minus human-written over all compared pairs; empty under two pairs.'),
  sets: z
    .array(SuiteSet)
    .describe(
      'Sets with labels and complete items, without those whose labels look reversed: these stand in no figure of labels of a suite.',
    ),
  confidence: Figure.describe(
    'Spearman correlation over sets between mean confidence of the discriminator and labels upheld.',
  ),
  verdict: z.array(z.string()),
});
export type SuiteSection = z.output<typeof SuiteSection>;
