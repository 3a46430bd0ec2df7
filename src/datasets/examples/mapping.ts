import { z } from 'zod';

const column = z.string().min(1).max(200);

/** Which column of an unknown file is what; made on the mapping screen, stored with the dataset. */
export const Mapping = z.strictObject({
  text: column,
  choices: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('yes-no') }),
      z.strictObject({ kind: z.literal('list'), column }),
      z.strictObject({ kind: z.literal('columns'), columns: z.array(column).min(2).max(9) }),
      z.strictObject({ kind: z.literal('block') }),
    ])
    .describe(
      'Yes/No, one column with a list, one column a choice, or a lettered block inside the text',
    ),
  /** The column of the dataset's own label: the choice's text, its letter, or its number. */
  label: column.nullable(),
  /** The number of the first choice, where a label is a number. */
  countFrom: z.literal([0, 1]).default(1),
  confidence: column.nullable(),
});
export type Mapping = z.output<typeof Mapping>;
