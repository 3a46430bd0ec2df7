import { z } from 'zod';
import { Check, Difference, LabelDifference, PairAnswer } from './comparison.js';
import { DatasetSection } from './dataset.js';
import { Figure, Missing } from './figure.js';
import { Form, StudySettings } from './study.js';
import { RaterAgreement, SuiteSection } from './suite.js';
import { PairTextsSection } from './texts.js';

const GateCheck = z.strictObject({
  name: z.string(),
  passed: z.boolean(),
  sentence: z.string(),
});

export const PairAsReleased = z.strictObject({
  behaviour: z.string(),
  generated: z.string(),
  human: z.string(),
  gate: z.array(GateCheck),
  comparable: z.boolean(),
  sharedRaters: z.int(),
  leftOut: z.strictObject({ generated: z.int(), human: z.int() }),
  postHoc: z.boolean(),
  answer: PairAnswer,
  differences: z.array(Difference),
  checks: z.array(Check),
  byLabel: z.array(LabelDifference),
  agreement: z.string(),
  correction: z.string(),
  verdict: z.array(z.string()),
  texts: PairTextsSection.nullable(),
});

const PairSection = PairAsReleased.transform((pair) => ({
  ...pair,
  gate: pair.gate.map((check) => ({
    ...check,
    state: check.passed ? ('passed' as const) : ('failed' as const),
  })),
  provisional: null,
  raterAgreement: [],
  sensitivity: [],
}));

const RaterSection = z.strictObject({
  pseudonym: z.string(),
  origin: z.enum(['rater', 'simulated']),
  counted: z.int(),
  surplus: z.int(),
  excluded: z.int(),
  medianSeconds: z.number().nullable(),
  withOthers: Figure,
});

/** The numbers of a report as `assay-report-1` has them. What is released is never changed here. */
export const ReportModel = z.strictObject({
  format: z.literal('assay-report-1'),
  software: z.strictObject({ name: z.literal('Assay'), version: z.string() }),
  fingerprint: z.string(),
  computedAt: z.int(),
  study: z.strictObject({
    id: z.string(),
    title: z.string(),
    state: z.enum(['draft', 'open', 'paused', 'closed']),
    interim: z.boolean(),
    openedAt: z.int().nullable(),
    closedAt: z.int().nullable(),
    firstJudgmentAt: z.int().nullable(),
    lastJudgmentAt: z.int().nullable(),
    seed: z.string(),
    settings: StudySettings,
    rule: z.strictObject({
      threshold: z.number(),
      agreementMargin: z.number(),
      relevanceMargin: z.number(),
      setAt: z.int().nullable(),
      postHoc: z.boolean(),
      opened: z.strictObject({
        threshold: z.number(),
        agreementMargin: z.number(),
        relevanceMargin: z.number(),
      }),
    }),
    forms: z.array(z.strictObject({ version: z.int(), judgments: z.int(), form: Form })),
    registration: z
      .strictObject({
        id: z.string(),
        registeredAt: z.int(),
        sha256: z.string(),
        questions: z.string(),
        exclusionRules: z.string(),
        comparisons: z.array(z.string()),
      })
      .nullable(),
    deviations: z.array(z.string()),
    guidelinesVersions: z.array(z.strictObject({ version: z.int(), judgments: z.int() })),
  }),
  totals: z.strictObject({
    items: z.int(),
    complete: z.int(),
    wanted: z.int(),
    counted: z.int(),
    surplus: z.int(),
    excluded: z.int(),
    blanked: z.int(),
    raters: z.int(),
    excludedRaters: z.int(),
    simulated: z.int(),
  }),
  verdict: z.array(z.string()),
  suite: SuiteSection.nullable(),
  pairs: z.array(PairSection),
  datasets: z.array(DatasetSection),
  raters: z.array(RaterSection),
  raterAgreement: z.discriminatedUnion('kind', [RaterAgreement, Missing]),
  methods: z.array(z.string()),
});
