import { z } from 'zod';
import { RegisteredPlan as PlanBefore } from '../report1/study.js';

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

export const RegisteredPlan = PlanBefore.extend({ form: Form });
