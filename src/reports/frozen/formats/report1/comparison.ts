import { z } from 'zod';
import { Figure } from './figure.js';

const PairTest = z.strictObject({
  p: z.number().nullable(),
  adjusted: z.number().nullable(),
  level: z.number(),
});

const PairTests = z.strictObject({
  notWorse: PairTest,
  worse: PairTest,
  equivalent: PairTest,
  different: PairTest,
});

const Resolution = z.strictObject({
  shares: z.strictObject({ examples: z.number(), raters: z.number(), judgments: z.number() }),
  halfWidth: z.number(),
  doubled: z.strictObject({
    examples: z.number(),
    overlap: z.number().nullable(),
    raters: z.number(),
  }),
  needed: z
    .strictObject({
      examples: z.int().nullable(),
      overlap: z.int().nullable(),
      raters: z.int().nullable(),
    })
    .nullable(),
});

export const Difference = z.strictObject({
  measure: z.enum(['label-votes', 'relevance', 'unclear']),
  title: z.string(),
  subject: z.string(),
  unit: z.enum(['points', 'scale']),
  higherIsBetter: z.boolean(),
  generated: z.number().nullable(),
  human: z.number().nullable(),
  difference: Figure,
  equivalence: Figure,
  margin: z.number(),
  verdict: z.enum(['better', 'not-worse', 'equivalent', 'worse', 'undecided', 'no-interval']),
  tests: PairTests,
  detectable: z.number().nullable(),
  resolution: Resolution.nullable(),
  sentence: z.string(),
});

export const Check = z.strictObject({
  measure: Difference.shape.measure,
  method: z.string(),
  quantity: z.enum(['points', 'scale', 'chance', 'delta']),
  estimate: Figure,
  p: z.number().nullable(),
  direction: z.enum(['better', 'worse', 'none']).nullable(),
  margin: z.enum(['within', 'beyond', 'open']).nullable(),
  agrees: z.boolean().nullable(),
});

export const LabelDifference = z.strictObject({
  label: z.string(),
  generated: z.strictObject({ examples: z.int(), share: z.number() }),
  human: z.strictObject({ examples: z.int(), share: z.number() }),
  difference: Figure,
});

export const PairAnswer = z.strictObject({
  kind: z.enum(['better', 'not-worse', 'equivalent', 'worse', 'open', 'not-compared']),
  sentence: z.string(),
});
