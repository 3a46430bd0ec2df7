import { z } from 'zod';
import { Figure } from '../report1/figure.js';
import { PairAsReleased } from '../report1/report.js';
import { SuiteAsReleased } from '../report1/suite.js';
import { Provisional } from './dataset.js';

const AgreementDifference = z.strictObject({
  coefficient: z.enum(['alpha', 'gwet']),
  choices: z.int(),
  generated: z.number().nullable(),
  human: z.number().nullable(),
  difference: Figure,
  p: z.number().nullable(),
});

const Verdict = z.enum(['better', 'not-worse', 'equivalent', 'worse', 'undecided', 'no-interval']);

const Sensitivity = z.strictObject({
  measure: z.enum(['label-votes', 'relevance', 'unclear']),
  withoutOne: z
    .strictObject({
      raters: z.int(),
      lowest: z.number(),
      highest: z.number(),
      otherwise: z.array(z.strictObject({ verdict: Verdict, lower: z.boolean(), raters: z.int() })),
    })
    .nullable(),
  withExcluded: z
    .strictObject({ judgments: z.int(), difference: Figure, verdict: Verdict, lower: z.boolean() })
    .nullable(),
  sentences: z.array(z.string()),
});

const GateCheck = z.strictObject({
  name: z.string(),
  passed: z.boolean(),
  state: z.enum(['passed', 'failed', 'not-possible', 'waits-for-judgments', 'waits-for-texts']),
  sentence: z.string(),
});

const Asked = z.strictObject({
  examples: z.int(),
  wanted: z.int(),
  counted: z.int(),
  missing: z.int(),
  answered: z.int(),
  skipped: z.int(),
  reasons: z.array(
    z.strictObject({
      reason: z.enum(['unclear', 'uncomfortable', 'broken', 'expertise', 'other']),
      count: z.int(),
    }),
  ),
  expired: z.int(),
});

const Completeness = z.strictObject({
  generated: Asked,
  human: Asked,
  skips: z.strictObject({ difference: Figure, p: z.number().nullable() }).nullable(),
  missing: z.strictObject({ p: z.number() }).nullable(),
  sentences: z.array(z.string()),
});

const { differences } = PairAsReleased.shape;
const { tests } = differences.element.shape;
const PairTest = tests.shape.different.extend({ overPairs: z.number().nullable() });

export const PairSection = PairAsReleased.extend({
  differences: z.array(
    differences.element.extend({
      tests: tests.extend({
        notWorse: PairTest,
        worse: PairTest,
        equivalent: PairTest,
        different: PairTest,
      }),
    }),
  ),
  gate: z.array(GateCheck),
  answer: PairAsReleased.shape.answer.extend({
    kind: z.enum(['better', 'not-worse', 'equivalent', 'worse', 'open', 'not-compared', 'waits']),
  }),
  provisional: Provisional.nullable(),
  raterAgreement: z.array(AgreementDifference),
  sensitivity: z.array(Sensitivity),
  leanings: z.array(
    z.strictObject({
      measure: z.enum(['label-votes', 'relevance', 'unclear']),
      deviation: Figure,
      sentence: z.string(),
    }),
  ),
  completeness: Completeness.nullable(),
});

const PooledMeasure = z.strictObject({
  measure: z.enum(['label-votes', 'relevance', 'unclear']),
  title: z.string(),
  unit: z.enum(['points', 'scale']),
  difference: Figure,
  prediction: z.strictObject({ lower: z.number(), upper: z.number() }).nullable(),
  between: z.strictObject({
    deviation: z.number(),
    lower: z.number().nullable(),
    upper: z.number().nullable(),
    share: z.number(),
  }),
  raters: z.int(),
  effectiveRaters: z.number(),
  sentence: z.string(),
});

export const SuiteSection = SuiteAsReleased.extend({
  sets: z.array(
    SuiteAsReleased.shape.sets.element.extend({
      reach: z.strictObject({ p: z.number(), adjusted: z.number(), shown: z.boolean() }).nullable(),
    }),
  ),
  pooled: z.array(PooledMeasure),
});
