import { z } from 'zod';

/** What a verdict rests on and that is not there yet. */
export const ToCome = z.strictObject({
  what: z
    .enum(['judgments', 'texts'])
    .describe('More judgments, since the study is not closed; or what the texts of a pair show.'),
  name: z.string().describe('As it stands before "still to come".'),
  how: z.string().describe('What brings it.'),
});
export type ToCome = z.output<typeof ToCome>;

/** A verdict that what is still to come can change. */
export const Provisional = z.strictObject({
  toCome: z.array(ToCome).min(1),
  sentence: z.string().describe('The stamp: it stands wherever the verdict does.'),
});
export type Provisional = z.output<typeof Provisional>;
