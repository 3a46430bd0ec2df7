import { z } from 'zod';
import { Figure } from './figure.js';

const MappedRater = z.strictObject({
  pseudonym: z.string(),
  judgments: z.int(),
  shared: z.int(),
  agreed: z.int(),
});

export const RaterAgreement = z.strictObject({
  kind: z.literal('rater-agreement'),
  sentence: z.string(),
  all: z.int(),
  fewestShared: z.int(),
  raters: z.array(MappedRater),
  pairs: z.array(
    z.strictObject({
      first: z.int(),
      second: z.int(),
      items: z.int(),
      agreed: z.int(),
      lower: z.number(),
      upper: z.number(),
    }),
  ),
});

const SuiteGroup = z.strictObject({
  source: z.enum(['generated', 'human']),
  sets: z.int(),
  items: z.int(),
  labels: z.int(),
  upheldMacro: Figure,
  upheldMicro: Figure,
  relevance: Figure,
  unclear: Figure,
  centre: z.number().nullable(),
  onlyChance: z.boolean().nullable(),
  below: z
    .strictObject({
      observed: z.int(),
      byChance: z.number(),
      truly: z.number(),
      anyByChance: z.number(),
    })
    .nullable(),
});

const SuiteSet = z.strictObject({
  dataset: z.string(),
  shrunken: Figure,
  below: z.number().nullable(),
  p: z.number(),
  adjusted: z.number(),
  fallsShort: z.boolean(),
});

const SuitePair = z.strictObject({
  generated: z.string(),
  behaviour: z.string(),
  p: z.number(),
  adjusted: z.number(),
  shown: z.enum(['higher', 'lower', 'none']),
});

export const SuiteAsReleased = z.strictObject({
  groups: z.array(SuiteGroup),
  pairs: z.array(SuitePair),
  sets: z.array(SuiteSet),
  confidence: Figure,
  verdict: z.array(z.string()),
});

export const SuiteSection = SuiteAsReleased.transform((suite) => ({
  ...suite,
  sets: suite.sets.map((set) => ({ ...set, reach: null })),
  pooled: [],
}));
