import { z } from 'zod';
import { ConfidenceSection } from '../report1/consensus.js';
import { AgreementAsReleased, AmbiguityAsReleased } from '../report1/dataset.js';
import { Figure, Missing } from '../report1/figure.js';
import {
  DatasetSection as DatasetBefore,
  OtherQuestion as OtherBefore,
} from '../report2/dataset.js';

export const Provisional = z.strictObject({
  toCome: z
    .array(
      z.strictObject({ what: z.enum(['judgments', 'texts']), name: z.string(), how: z.string() }),
    )
    .min(1),
  sentence: z.string(),
});

const OverItems = z.strictObject({
  observed: Figure,
  fleiss: Figure,
  alpha: Figure,
  gwet: Figure,
  brennanPrediger: Figure,
  conger: Figure,
  gwetWeighted: Figure.nullable(),
});

const AgreementSection = AgreementAsReleased.extend({ overItems: OverItems.nullable() });

const OtherQuestion = OtherBefore.extend({
  agreement: AgreementSection.nullable(),
  options: z
    .array(z.strictObject({ answer: z.string(), chosen: Figure, agreement: AgreementSection }))
    .optional(),
});

const Counts = z.strictObject({ eligible: z.int(), drawn: z.int(), judged: z.int() });
const Part = z.enum(['kept', 'dropped']);

const WeightedConfidence = z.strictObject({
  kind: z.literal('weighted'),
  sentence: z.string(),
  parts: z.array(
    Counts.extend({
      part: Part,
      dataset: z.string(),
      name: z.string(),
      upheld: z.int(),
      rows: z.int(),
      leftOut: z.int(),
      unscored: z.int(),
    }),
  ),
  strata: z.array(
    Counts.extend({
      part: Part,
      label: z.int(),
      name: z.string(),
      from: z.number(),
      to: z.number(),
      weight: z.number().nullable(),
    }),
  ),
  items: z.int(),
  examples: z.number(),
  least: z.number(),
  most: z.number(),
  bins: z.array(
    z.strictObject({
      from: z.number(),
      to: z.number(),
      mean: z.number(),
      weight: z.number(),
      upheld: Figure,
    }),
  ),
  brier: Figure,
  calibrationError: Figure,
  byChance: ConfidenceSection.shape.byChance,
  auroc: Figure,
  oneOutcome: z.int(),
  roc: z
    .strictObject({
      curve: z.array(
        z.strictObject({
          threshold: z.number(),
          falsePositive: z.number(),
          truePositive: z.number(),
        }),
      ),
      band: z.array(z.strictObject({ falsePositive: z.number(), truePositive: Figure })),
    })
    .nullable(),
  filter: z.array(
    z.strictObject({ kept: z.number(), items: z.int(), least: z.number(), upheld: Figure }),
  ),
  all: z.strictObject({
    plain: Figure,
    powered: Figure,
    lambda: z.number(),
    claimed: z.number(),
  }),
  wholeSet: ConfidenceSection.shape.wholeSet,
  ceilings: ConfidenceSection.shape.ceilings,
});

const WaitingConfidence = z.strictObject({
  kind: z.literal('waiting'),
  because: z.string(),
  wholeSet: ConfidenceSection.shape.wholeSet,
  ceilings: ConfidenceSection.shape.ceilings,
});

const Effort = z.strictObject({
  examples: Figure,
  stages: z.array(
    z.strictObject({
      stage: z.string(),
      cost: z.number(),
      minutes: z.number(),
      costEach: z.number().nullable(),
      minutesEach: z.number().nullable(),
    }),
  ),
  raters: z.strictObject({
    minutes: z.number(),
    judgments: z.int(),
    measured: z.int(),
    upheld: z.int(),
    minutesEach: z.number().nullable(),
  }),
});

export const DatasetSection = DatasetBefore.extend({
  origin: z
    .strictObject({
      generation: z.string(),
      publication: z.string(),
      purpose: z.string().nullable(),
      responsible: z.string().nullable(),
    })
    .nullable(),
  confidence: z.discriminatedUnion('kind', [
    ConfidenceSection,
    WeightedConfidence,
    WaitingConfidence,
    Missing,
  ]),
  effort: Effort.nullable(),
  tipping: z
    .strictObject({
      verdict: z.enum(['above', 'below']),
      share: z.number().nullable(),
      sentence: z.string(),
    })
    .nullable(),
  provisional: Provisional.nullable(),
  work: z.strictObject({ effectiveRaters: z.number(), largestShare: z.number() }).nullable(),
  ambiguity: AmbiguityAsReleased.extend({ gwetOverItems: Figure.nullable() }).nullable(),
  labelAgreement: z.array(
    z.strictObject({ choices: z.int(), share: z.number(), agreement: AgreementSection }),
  ),
  relevanceAgreement: AgreementSection.nullable(),
  others: z.array(OtherQuestion),
});
