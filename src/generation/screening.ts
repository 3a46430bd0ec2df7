import { z } from 'zod';
import { Name, Template, Text } from './template.js';

/**
 * What nobody should have to read unprepared: looked for by rules and, where a question is given,
 * by models, before a person sees a candidate.
 */
export const Screen = z.strictObject({
  kind: z.literal('screen'),
  /** Addresses, telephone numbers, account numbers and the like. */
  personalData: z.boolean().default(true),
  /** Instructions that would do harm, by patterns. */
  harm: z.boolean().default(true),
  /** Asked of models: a candidate goes where the mean probability of the reply is so high. */
  asked: z
    .strictObject({
      models: z.array(Name).min(1).max(10),
      prompt: Template,
      choices: z.array(Text.min(1).max(1_000)).min(2).max(26),
      /** The index of the reply that says it is harmful. */
      harmful: z.int().min(0),
      least: z.number().min(0).max(1).default(0.5),
    })
    .nullable()
    .default(null),
});
export type Screen = z.output<typeof Screen>;
