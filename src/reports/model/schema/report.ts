import { z } from 'zod';
import { AskedLine } from '../../asked/lines.js';
import { LabelSection, Tipping } from './labels.js';
import { Origin } from '#datasets/generated.js';
import { StudySettings } from '#studies/settings.js';
import { Form } from '#studies/form.js';
import { furtherTypeNames } from '#studies/questions/types.js';
import {
  AgreementDifference,
  Check,
  Completeness,
  Difference,
  LabelDifference,
  Leaning,
  PairAnswer,
  Sensitivity,
} from './comparison.js';
import { ConsensusSection } from './consensus.js';
import { EveryItem } from './everyItem.js';
import { Figure } from '#figure.js';
import { MeasuredItems } from './measuredItems.js';
import { Missing } from './missing.js';
import { Provisional } from './provisional.js';
import { RaterAgreement } from './raterAgreement.js';
import { SuiteSection } from './suite.js';
import { DatasetConfidence, DroppedTotals, Effort } from './weightedConfidence.js';
import { DatasetTextsSection, PairTextsSection } from './texts.js';

const Share = z.strictObject({ count: z.int(), share: Figure });
const Source = z.enum(['generated', 'human']);

/** The coefficients with their intervals over examples alone, these raters taken as all there are. */
const OverItems = z.strictObject({
  observed: Figure,
  fleiss: Figure,
  alpha: Figure,
  gwet: Figure,
  brennanPrediger: Figure,
  conger: Figure,
  gwetWeighted: Figure.nullable(),
});

/**
 * Agreement among raters on one question; coefficients side by side, since none is fair alone.
 * Intervals are over examples and raters, under four raters over examples, as their method says.
 */
export const AgreementSection = z.strictObject({
  items: z.int(),
  itemsWithTwo: z.int(),
  raters: z.int(),
  ratings: z.int(),
  categories: z.array(z.string()),
  prevalence: z.array(z.int()).describe('How often each answer was given.'),
  alphaMetric: z.enum(['nominal', 'ordinal']),
  observed: Figure,
  fleiss: Figure,
  alpha: Figure,
  gwet: Figure,
  brennanPrediger: Figure,
  conger: Figure,
  gwetWeighted: Figure.nullable().describe(
    'AC2 with ordinal weights; null where answers have no order.',
  ),
  intraclass: Figure.nullable().describe(
    'One-way intraclass correlation of one rating; null where answers have no order.',
  ),
  overItems: OverItems.nullable().describe(
    'The same with intervals over examples alone; null in older frozen reports, whose figures have these.',
  ),
});
export type AgreementSection = z.output<typeof AgreementSection>;

export const RelevanceSection = z.strictObject({
  counts: z.array(z.int()).length(5).describe('Ratings of 1, 2, 3, 4, 5.'),
  mean: Figure,
  standardDeviation: z.number().nullable().describe('Of the single ratings.'),
  medianFour: Figure.describe('Share of complete items whose median rating is 4 or more.'),
});
export type RelevanceSection = z.output<typeof RelevanceSection>;

export const AmbiguitySection = z.strictObject({
  byVotes: z.array(Share).describe('Complete items that 0, 1, … k raters called unclear.'),
  byVote: Figure,
  gwet: Figure,
  gwetOverItems: Figure.nullable().describe(
    'AC1 with its interval over examples alone; null in older frozen reports.',
  ),
});
export type AmbiguitySection = z.output<typeof AmbiguitySection>;

export const OtherQuestion = z.strictObject({
  id: z.string(),
  wording: z.string(),
  type: z.enum(furtherTypeNames),
  answers: z.array(z.strictObject({ answer: z.string(), count: z.int() })),
  answered: z.int(),
  ofEarlierTypes: z
    .int()
    .optional()
    .describe('Answers given while the question had another type: in the tables only.'),
  mean: Figure.nullable(),
  yesByMajority: Figure.nullable(),
  agreement: AgreementSection.nullable().describe(
    'Null where nothing was answered, answers are texts, or one answer names several options.',
  ),
  options: z
    .array(
      z.strictObject({
        answer: z.string(),
        chosen: Figure.describe(
          'Mean over examples of the share of raters who chose it, of those who were offered it.',
        ),
        agreement: AgreementSection.describe('Chosen or not.'),
      }),
    )
    .optional()
    .describe('Where one answer names several options: each by itself.'),
});
export type OtherQuestion = z.output<typeof OtherQuestion>;

export const ContestedItem = z.strictObject({
  item: z.string(),
  line: z.int(),
  text: z.string(),
  choices: z.array(
    z.strictObject({ key: z.string(), text: z.string(), votes: z.int(), isLabel: z.boolean() }),
  ),
  ambiguous: z.int(),
  relevance: z.array(z.int()),
  judgments: z.int(),
  comments: z.array(z.string()),
  verdict: z.enum(['overruled', 'undecided', 'split', 'unclear', 'irrelevant']),
});
export type ContestedItem = z.output<typeof ContestedItem>;

export const DatasetSection = z.strictObject({
  id: z.string(),
  name: z.string(),
  title: z.string().describe('Behaviour and source, as the report calls it.'),
  behaviour: z.string(),
  behaviourText: z.strictObject({
    version: z.int().nullable(),
    short: z.string(),
    long: z.string(),
  }),
  source: Source,
  origin: Origin.nullable().describe('The generation that published it; null elsewhere.'),
  version: z.int(),
  family: z.string(),
  file: z.string(),
  sha256: z.string(),
  sampling: z.strictObject({
    seed: z.string(),
    examples: z.int(),
    eligible: z.int(),
    sampled: z.int(),
    excludedFindings: z.array(z.string()),
    leftOut: z.array(z.strictObject({ finding: z.string(), count: z.int() })),
  }),
  items: z.int(),
  complete: z.int(),
  judgments: z.strictObject({
    counted: z.int(),
    surplus: z.int(),
    excluded: z.int(),
    blanked: z.int(),
  }),
  raters: z.int(),
  work: z
    .strictObject({
      effectiveRaters: z
        .number()
        .describe('Raters with equal shares of the work who would weigh as much: 1 / Σ share².'),
      largestShare: z.number().describe('Share of the judgments that the busiest rater gave.'),
    })
    .nullable()
    .describe('Null where nothing counts, and in reports of earlier formats.'),
  verdict: z.array(z.string()),
  provisional: Provisional.nullable().describe(
    'What the verdict still waits for; null where nothing is to come, and in reports of earlier formats.',
  ),
  /**
   * True where, after 20 decided items, the upper limit of labels upheld among them is below one
   * half.
   */
  turnedRound: z.boolean(),
  label: LabelSection.nullable(),
  tipping: Tipping.nullable().describe(
    'What answers by a model could change; null where the verdict is open, and in reports of earlier formats.',
  ),
  /** Why there is no label agreement; empty where there is. */
  withoutLabel: z.string(),
  relevance: RelevanceSection.nullable(),
  ambiguity: AmbiguitySection.nullable(),
  labelAgreement: z
    .array(z.strictObject({ choices: z.int(), share: z.number(), agreement: AgreementSection }))
    .describe('Per number of choices, the largest group first.'),
  relevanceAgreement: AgreementSection.nullable(),
  others: z.array(OtherQuestion),
  consensus: z.discriminatedUnion('kind', [ConsensusSection, Missing]),
  measured: z.discriminatedUnion('kind', [MeasuredItems, Missing]),
  confidence: DatasetConfidence,
  effort: Effort.nullable().describe(
    'Null where the set comes from no generation or has no labels, and in reports of earlier formats.',
  ),
  contested: z.array(ContestedItem),
  every: z
    .array(EveryItem)
    .describe('Every item in the order of the file, at most the first thousand.'),
  texts: DatasetTextsSection.nullable().describe(
    'What the texts of the dataset show by themselves; null: not measured yet.',
  ),
});
export type DatasetSection = z.output<typeof DatasetSection>;

export const GateCheck = z.strictObject({
  name: z.string(),
  passed: z.boolean().describe('False where it keeps the two sets from being compared.'),
  state: z
    .enum(['passed', 'failed', 'not-possible', 'waits-for-judgments', 'waits-for-texts'])
    .describe(
      'Whether it was made, and what came of it; “not possible” stops no comparison, and a check that waits for texts leaves it provisional.',
    ),
  sentence: z.string(),
});
export type GateCheck = z.output<typeof GateCheck>;

export const PairSection = z.strictObject({
  behaviour: z.string(),
  generated: z.string().describe('Id of the generated dataset.'),
  human: z.string(),
  gate: z.array(GateCheck),
  comparable: z.boolean(),
  sharedRaters: z.int(),
  leftOut: z
    .strictObject({ generated: z.int(), human: z.int() })
    .describe(
      'Items out of the comparison: they stand in both sets, repeat another, or copy a few-shot prompt.',
    ),
  postHoc: z.boolean().describe('The threshold or a margin was changed after the first judgment.'),
  answer: PairAnswer,
  provisional: Provisional.nullable().describe(
    'What the answer still waits for; null where nothing is to come, and in reports of earlier formats.',
  ),
  differences: z
    .array(Difference)
    .describe(
      'Generated minus human-written in the primary measures; empty where the gate is closed, as are the next two.',
    ),
  checks: z.array(Check),
  byLabel: z.array(LabelDifference),
  sensitivity: z
    .array(Sensitivity)
    .describe(
      'Without each rater, and with excluded ones; empty where many pairs are compared, and in reports of earlier formats.',
    ),
  completeness: Completeness.nullable().describe(
    'Null where the gate is closed, and in reports of earlier formats.',
  ),
  leanings: z
    .array(Leaning)
    .describe(
      'How much raters differ in their leaning to one set; empty where nothing was compared, and in reports of earlier formats.',
    ),
  raterAgreement: z
    .array(AgreementDifference)
    .describe('How far raters agree more about one set than about the other; not a verdict.'),
  agreement: z
    .string()
    .describe('Whether the checks say what the differences say; empty where nothing was compared.'),
  correction: z
    .string()
    .describe(
      'What is still shown after the correction for several measures and pairs; empty where nothing is or there is nothing to correct for.',
    ),
  verdict: z.array(z.string()).describe('The answer first, then each measure.'),
  texts: PairTextsSection.nullable().describe(
    'What the texts of the two sets show beside each other; null: not measured yet.',
  ),
});
export type PairSection = z.output<typeof PairSection>;

export const RaterSection = z.strictObject({
  pseudonym: z.string(),
  origin: z.enum(['rater', 'simulated']),
  counted: z.int(),
  surplus: z.int(),
  excluded: z.int(),
  medianSeconds: z.number().nullable(),
  withOthers: Figure.describe(
    'Share of this rater’s label votes that a strict majority of the others shares; of an excluded rater, of the votes that do not count.',
  ),
  leanings: z
    .array(
      z.strictObject({
        measure: Difference.shape.measure,
        unit: Difference.shape.unit,
        difference: z.number(),
        generated: z.int().describe('Examples that the rater judged.'),
        human: z.int(),
      }),
    )
    .describe(
      'The rater’s own mean over generated examples minus that over human-written ones, over the pairs that were compared; empty in reports of earlier formats.',
    ),
});
export type RaterSection = z.output<typeof RaterSection>;

/**
 * All numbers of a report. Every one can be computed again from the judgments and items that are
 * downloaded beside it.
 */
export const ReportModel = z.strictObject({
  format: z
    .enum(['assay-report-1', 'assay-report-2', 'assay-report-3'])
    .describe(
      'The third, whose intervals hold with real crowds; in older frozen reports the second, which has questions with several answers, or the first.',
    ),
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
      .nullable()
      .describe('The plan that was registered before the study opened.'),
    deviations: z.array(z.string()).describe('What was done otherwise than registered.'),
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
    simulated: z.int().describe('Counted judgments of simulated raters.'),
    dropped: DroppedTotals,
  }),
  verdict: z.array(z.string()),
  provisional: Provisional.nullable().describe(
    'What the verdict still waits for; null where nothing is to come, and in reports of earlier formats.',
  ),
  suite: SuiteSection.nullable().describe(
    'What many sets show together; null under four judged sets.',
  ),
  pairs: z.array(PairSection),
  datasets: z.array(DatasetSection),
  raters: z.array(RaterSection),
  raterAgreement: z.discriminatedUnion('kind', [RaterAgreement, Missing]),
  methods: z.array(z.string()),
  asked: z
    .array(AskedLine)
    .nullable()
    .describe('What reviewers ask, line by line; null in older frozen reports.'),
});
export type ReportModel = z.output<typeof ReportModel>;
