import { z } from 'zod';
import { DatasetTexts, PairTexts } from '#texts/measures.js';

/** What the texts of one dataset show: sentences first, then everything that was measured. */
export const DatasetTextsSection = z.strictObject({
  verdict: z.array(z.string()),
  measure: DatasetTexts,
});
export type DatasetTextsSection = z.output<typeof DatasetTextsSection>;

const Standing = z.enum(['upheld', 'overruled', 'undecided']);
export type Standing = z.output<typeof Standing>;

const Marks = z.strictObject({
  lines: z.array(z.int()),
  x: z.array(z.number()),
  y: z.array(z.number()),
  standing: z
    .array(Standing.nullable())
    .describe('What raters said of the label of a text; null where not all have judged it.'),
});
export type Marks = z.output<typeof Marks>;

/** Texts of both sets on a plane, as many as can be told apart. */
export const TextsMap = z.strictObject({
  explained: z.array(z.number()).length(2).describe('Share of the variance along either axis.'),
  generated: Marks,
  human: Marks,
  clusters: z
    .array(z.strictObject({ upheld: z.int(), overruled: z.int(), undecided: z.int() }))
    .describe('Judged examples among the measured texts of each cluster.'),
});
export type TextsMap = z.output<typeof TextsMap>;

/** What the texts of two sets show beside each other. */
export const PairTextsSection = z.strictObject({
  verdict: z.array(z.string()),
  measure: PairTexts.omit({ map: true }),
  map: TextsMap.nullable(),
});
export type PairTextsSection = z.output<typeof PairTextsSection>;
