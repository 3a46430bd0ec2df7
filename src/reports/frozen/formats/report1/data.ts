import { z } from 'zod';
import { Choice, Form, RegisteredPlan, StudySettings } from './study.js';
import { StudyTexts } from './texts.js';

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
  rule: DecisionRule.extend({
    setAt: z.int().nullable(),
    postHoc: z.boolean(),
    opened: DecisionRule,
  }),
  openedAt: z.int().nullable(),
  closedAt: z.int().nullable(),
  firstJudgmentAt: z.int().nullable(),
  registration: z
    .strictObject({
      id: z.string(),
      registeredAt: z.int(),
      sha256: z.string(),
      plan: RegisteredPlan,
    })
    .nullable(),
});

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
  undrawn: z.strictObject({ n: z.int(), mean: z.number(), deviation: z.number() }).nullable(),
});

const ItemFacts = z.strictObject({
  name: z.string(),
  dataset: z.int(),
  line: z.int(),
  position: z.int(),
  text: z.string(),
  choices: z.array(Choice),
  label: z.int().nullable(),
  confidence: z.number().nullable(),
  overlap: z.int(),
  findings: z.array(z.string()),
  skips: z.int(),
  flags: z.int(),
});

const RaterFacts = z.strictObject({
  pseudonym: z.string(),
  origin: z.enum(['rater', 'simulated']),
  excluded: z.boolean(),
});

const JudgmentFacts = z.strictObject({
  item: z.int(),
  rater: z.int(),
  standing: z.enum(['counted', 'surplus', 'excluded', 'blanked']),
  revision: z.int(),
  label: z.int().nullable(),
  ambiguous: z.boolean().nullable(),
  relevance: z.int().nullable(),
  others: z.record(z.string(), z.union([z.boolean(), z.number(), z.string(), z.array(z.string())])),
  comment: z.string().nullable(),
  choiceOrder: z.array(z.int()),
  formVersion: z.int(),
  guidelinesVersion: z.int(),
  shownAt: z.int(),
  submittedAt: z.int(),
  activeMs: z.int().nullable(),
});

/** What such a report was computed from. */
export const StudyData = z.strictObject({
  study: StudyFacts,
  datasets: z.array(DatasetFacts),
  items: z.array(ItemFacts),
  raters: z.array(RaterFacts),
  judgments: z.array(JudgmentFacts),
  forms: z.array(z.strictObject({ version: z.int(), form: Form })),
  guidelines: z.array(z.strictObject({ version: z.int(), content: z.string() })),
  texts: StudyTexts,
});
