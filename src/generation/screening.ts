import { scoreKinds } from '#models/request.js';
import { z } from 'zod';
import { Name, Template, Text } from './template.js';

/**
 * What nobody should have to read unprepared: looked for by rules and, where a question is given,
 * by models, before a person sees a candidate.
 */
export const Screen = z.strictObject({
  kind: z.literal('screen'),
  /** Addresses, telephone numbers, account numbers and the like: `screening/personalData.ts`. */
  personalData: z.boolean().default(true),
  /** Directions for doing harm, by a few patterns: `screening/harm.ts`. */
  harm: z.boolean().default(true),
  /**
   * Asked of models, about what no rule has dropped: a candidate goes where the mean probability of
   * the reply is so high, or where it has none.
   */
  asked: z
    .strictObject({
      models: z.array(Name).min(1).max(10),
      prompt: Template,
      choices: z.array(Text.min(1).max(1_000)).min(2).max(26),
      /** The index of the reply that says it is harmful. */
      harmful: z.int().min(0),
      least: z.number().min(0).max(1).default(0.5),
      /** As in `judge`. */
      kinds: z.array(z.enum(scoreKinds)).min(1).max(3).default(['exact', 'first-token']),
      samples: z.int().min(1).max(1_000).default(10),
    })
    .nullable()
    .default(null),
});
export type Screen = z.output<typeof Screen>;
