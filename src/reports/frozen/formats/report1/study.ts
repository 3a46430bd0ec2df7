import { z } from 'zod';

export const StudySettings = z.strictObject({
  raterTitle: z.string(),
  contact: z.string(),
  datasets: z.array(z.string()),
  sampleSize: z.int(),
  overlap: z.int(),
  excludedFindings: z.array(z.string()).nullable(),
  leaveOutShared: z.boolean(),
  shuffleChoices: z.boolean(),
  strategy: z.enum(['fill', 'spread', 'random']),
  blockLength: z.int(),
  leaseMinutes: z.int(),
  raterLimit: z.int().nullable(),
  threshold: z.number(),
  agreementMargin: z.number(),
  relevanceMargin: z.number(),
});

const Question = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.literal('label'),
    type: z.literal('label'),
    wording: z.string(),
    hint: z.string(),
  }),
  z.strictObject({
    id: z.literal('ambiguous'),
    type: z.literal('ambiguous'),
    wording: z.string(),
    hint: z.string(),
  }),
  z.strictObject({
    id: z.literal('relevance'),
    type: z.literal('relevance'),
    wording: z.string(),
    hint: z.string(),
    lowest: z.string(),
    highest: z.string(),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('yes-no'),
    wording: z.string(),
    hint: z.string(),
    required: z.boolean(),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('choice'),
    wording: z.string(),
    hint: z.string(),
    options: z.array(z.string()),
    required: z.boolean(),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('several'),
    wording: z.string(),
    hint: z.string(),
    options: z.array(z.string()),
    none: z.string(),
    required: z.boolean(),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('scale'),
    wording: z.string(),
    hint: z.string(),
    from: z.int(),
    to: z.int(),
    lowest: z.string(),
    highest: z.string(),
    required: z.boolean(),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('text'),
    wording: z.string(),
    hint: z.string(),
    required: z.boolean(),
  }),
]);

export const Form = z.strictObject({
  preset: z.string(),
  questions: z.array(Question),
});

export const Choice = z.strictObject({ key: z.string(), text: z.string() });

export const RegisteredPlan = z.strictObject({
  format: z.literal('assay-plan-1'),
  study: z.strictObject({ id: z.string(), title: z.string(), seed: z.string() }),
  settings: StudySettings,
  form: Form,
  guidelines: z.string(),
  datasets: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      version: z.int(),
      source: z.enum(['generated', 'human']),
      behaviour: z.string(),
      sha256: z.string(),
      sampled: z.int(),
    }),
  ),
  comparisons: z.array(z.string()),
  questions: z.string(),
  exclusionRules: z.string(),
});
