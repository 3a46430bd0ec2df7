import { z } from 'zod';
import { type SkipReason, skipReasons } from '#assignment/return.js';
import { Generated } from '#datasets/generated.js';
import { Choice } from '#datasets/storedExample.js';
import { Form } from '#studies/form.js';
import { OtherAnswers } from '#studies/questions/questionType.js';
import { RegisteredPlan } from '#studies/registration.js';
import { Stratum } from '#studies/sampled.js';
import { StudySettings } from '#studies/settings.js';
import { StudyTexts } from '#texts/measures.js';
import { LineFacts } from '../asked/lines.js';

const time = z.int();
const DecisionRule = z.strictObject({
  threshold: z.number(),
  agreementMargin: z.number(),
  relevanceMargin: z.number(),
});

const StudyFacts = z.strictObject({
  publicId: z.string(),
  title: z.string(),
  raterTitle: z.string(),
  state: z.enum(['draft', 'open', 'paused', 'closed']),
  seed: z.string(),
  settings: StudySettings,
  rule: DecisionRule.extend({ setAt: time.nullable(), postHoc: z.boolean(), opened: DecisionRule }),
  openedAt: time.nullable(),
  closedAt: time.nullable(),
  firstJudgmentAt: time.nullable(),
  /** What was registered before the study opened; null where nothing was. */
  registration: z
    .strictObject({ id: z.string(), registeredAt: time, sha256: z.string(), plan: RegisteredPlan })
    .nullable(),
});
export type StudyFacts = z.output<typeof StudyFacts>;

const DatasetFacts = z.strictObject({
  id: z.int(),
  publicId: z.string(),
  name: z.string(),
  version: z.int(),
  source: z.enum(['generated', 'human']),
  family: z.enum(['persona', 'advanced-ai-risk', 'sycophancy', 'winogenerated', 'generic']),
  fileName: z.string(),
  sha256: z.string(),
  behaviour: z.strictObject({
    id: z.int(),
    name: z.string(),
    version: z.int().nullable(),
    short: z.string(),
    long: z.string(),
  }),
  sampling: z.strictObject({
    seed: z.string(),
    examples: z.int(),
    eligible: z.int(),
    sampled: z.int(),
    excludedFindings: z.array(z.string()),
    leftOut: z.array(z.strictObject({ finding: z.string(), count: z.int() })),
  }),
  /**
   * The discriminator's confidence in the eligible examples that were not drawn; null where fewer
   * than two carry one.
   */
  undrawn: z.strictObject({ n: z.int(), mean: z.number(), deviation: z.number() }).nullable(),
  /** Which half of a generation it is; null where it is neither, and in reports of earlier formats. */
  part: z.enum(['kept', 'dropped']).nullable(),
  /** The generation that it was published from; null where none is known, as above. */
  generated: Generated.nullable(),
  /** By label and band of confidence; null in studies that were opened before they were kept. */
  strata: z.array(Stratum).nullable(),
});
export type DatasetFacts = z.output<typeof DatasetFacts>;

const ItemFacts = z.strictObject({
  /** Name of the item in files: dataset and line, the same in every download. */
  name: z.string(),
  /** Index into `datasets`. */
  dataset: z.int(),
  line: z.int(),
  position: z.int(),
  text: z.string(),
  choices: z.array(Choice),
  /** Index of the dataset's own label among the choices. */
  label: z.int().nullable(),
  confidence: z.number().nullable(),
  overlap: z.int(),
  findings: z.array(z.string()),
  skips: z.int(),
  flags: z.int(),
});
export type ItemFacts = z.output<typeof ItemFacts>;

const RaterFacts = z.strictObject({
  pseudonym: z.string(),
  origin: z.enum(['rater', 'simulated']),
  excluded: z.boolean(),
});
export type RaterFacts = z.output<typeof RaterFacts>;

/** Whether a judgment stands for one of the item's places, and if not, why. */
export const judgmentStandings = {
  counted: 'stands for one of the places of its item',
  surplus: 'came when no place was free, or after the study was closed: kept, counted nowhere',
  excluded: 'its rater was excluded: kept, counted nowhere',
  blanked: 'its rater withdrew: the answers are gone, the row stays',
} as const;
export type JudgmentStanding = keyof typeof judgmentStandings;

const JudgmentFacts = z.strictObject({
  /** Index into `items`. */
  item: z.int(),
  /** Index into `raters`. */
  rater: z.int(),
  standing: z.enum(['counted', 'surplus', 'excluded', 'blanked']),
  /** How often the answer was sent; the last one stands. */
  revision: z.int(),
  label: z.int().nullable(),
  ambiguous: z.boolean().nullable(),
  relevance: z.int().nullable(),
  others: OtherAnswers,
  comment: z.string().nullable(),
  choiceOrder: z.array(z.int()),
  formVersion: z.int(),
  guidelinesVersion: z.int(),
  shownAt: time,
  submittedAt: time,
  activeMs: z.int().nullable(),
  /** How long its page was visible; null in reports of earlier formats. */
  visibleMs: z.int().nullable(),
});
export type JudgmentFacts = z.output<typeof JudgmentFacts>;

const UnansweredFacts = z.strictObject({
  /** Index into `items`. */
  item: z.int(),
  /** Index into `raters`. */
  rater: z.int(),
  /** Skipped and not taken up again, or shown until its time ran out. */
  how: z.enum(['skipped', 'expired']),
  reason: z.enum(Object.keys(skipReasons) as [SkipReason, ...SkipReason[]]).nullable(),
});
export type UnansweredFacts = z.output<typeof UnansweredFacts>;

/**
 * What stands of a study at one moment: everything that a report is computed from, and nothing
 * else.
 */
export const StudyData = z.strictObject({
  study: StudyFacts,
  datasets: z.array(DatasetFacts),
  items: z.array(ItemFacts),
  raters: z.array(RaterFacts),
  /** The standing revision of every judgment, in the order in which they were first sent. */
  judgments: z.array(JudgmentFacts),
  /**
   * What raters who count were shown and did not answer; null in reports of earlier formats.
   */
  unanswered: z.array(UnansweredFacts).nullable(),
  /** Newest version of the form first. */
  forms: z.array(z.strictObject({ version: z.int(), form: Form })),
  guidelines: z.array(z.strictObject({ version: z.int(), content: z.string() })),
  /** What reviewers ask, line by line; null in reports of earlier formats. */
  asked: z.array(LineFacts).nullable(),
  /** What was measured of the texts of whole datasets, apart from any judgment. */
  texts: StudyTexts,
});
export type StudyData = z.output<typeof StudyData>;
