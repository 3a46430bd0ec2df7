import { z } from 'zod';
import { Figure } from '#figure.js';

export const LabelSection = z.strictObject({
  /** Share of complete items whose own label a strict majority chose. */
  upheld: Figure,
  upheldCount: z.int(),
  overruled: z.int(),
  undecided: z.int().describe('No strict majority: not upheld, counted apart.'),
  ties: z.int(),
  items: z.int().describe('Complete items that carry a label.'),
  byVote: Figure,
  byLabel: z.array(z.strictObject({ label: z.string(), share: Figure, upheld: z.int() })),
  betweenLabels: z
    .strictObject({ first: z.string(), second: z.string(), difference: Figure })
    .nullable()
    .describe(
      'Share upheld where the label is the first, minus where it is the second; null unless there are two.',
    ),
});
export type LabelSection = z.output<typeof LabelSection>;

export const Tipping = z.strictObject({
  verdict: z.enum(['above', 'below']).describe('Which side of the threshold the interval is on.'),
  share: z
    .number()
    .nullable()
    .describe(
      'From this share of votes by a model that upholds every label on, the verdict no longer holds; null where no share changes it.',
    ),
  sentence: z.string(),
});
export type Tipping = z.output<typeof Tipping>;
