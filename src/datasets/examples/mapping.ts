import { z } from 'zod';

/** The most characters that the name of a column has. */
export const longestColumn = 200;

/** The name of a column. */
export const Column = z.string().min(1).max(longestColumn);

/** The most choices that an example has: one for each letter. */
export const mostChoices = 26;

/** How the letters of a block of choices inside a text are written. */
export const blockStyles = ['(A)', 'A.', 'A)', 'A:', '(a)', 'a.', 'a)'] as const;
export type BlockStyle = (typeof blockStyles)[number];

/** Where the choices of a row stand. Every row of a file is read in the same way. */
export const Choices = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('yes-no') }).describe('Yes and No in every row'),
    z
      .strictObject({
        kind: z.literal('list'),
        column: Column,
        form: z
          .enum(['texts', 'lines', 'bars', 'any'])
          .default('any')
          .describe('a list of texts; one a line; set apart by |; or as the column shows'),
      })
      .describe('a column with a list of texts'),
    z
      .strictObject({
        kind: z.literal('lists'),
        column: Column,
        text: Column,
        label: Column.nullable(),
      })
      .describe('a column with an object of two lists: the texts and their own labels'),
    z
      .strictObject({
        kind: z.literal('objects'),
        column: Column,
        text: Column,
        label: Column.nullable(),
      })
      .describe('a column with a list of objects, each a text with its own label'),
    z
      .strictObject({ kind: z.literal('object'), column: Column })
      .describe('a column with an object: own label → text'),
    z
      .strictObject({
        kind: z.literal('targets'),
        column: Column,
        text: Column,
        marks: Column,
      })
      .describe('a column with an object of two lists: the texts, and 1 for the right one'),
    z
      .strictObject({ kind: z.literal('scores'), column: Column })
      .describe('a column with an object: text → 1 for the right one'),
    z
      .strictObject({
        kind: z.literal('columns'),
        columns: z.array(Column).min(2).max(mostChoices),
      })
      .describe('a column for each choice'),
    z
      .strictObject({ kind: z.literal('block'), style: z.enum(blockStyles).default('(A)') })
      .describe('a lettered block inside the text'),
  ])
  .describe('Where the choices stand.');
export type Choices = z.output<typeof Choices>;

/** How the labels of a file name their choice; one way for the whole file. */
export const labelReadings = {
  text: 'the text of the choice',
  letter: 'the letter of its place: A is the first',
  key: 'the choice’s own label, as the file gives it',
  position: 'the number of its place',
  truth: 'Yes or No in words: yes, no, true, false, Y, N',
  'one-zero': '1 is Yes and 0 is No',
  any: 'as the labels show',
} as const;
export type LabelAs = keyof typeof labelReadings;

/** Which column of an unknown file is what; found from the file or said, stored with the dataset. */
export const Mapping = z.strictObject({
  text: Column,
  textAs: z
    .enum(['text', 'messages'])
    .default('text')
    .describe('the text itself, or a list of messages whose last one by the user is the text'),
  choices: Choices,
  /** The column of the dataset's own label; null where there is none, or where choices carry it. */
  label: Column.nullable(),
  /**
   * `any` is what versions stored that read each label by itself: the text of a choice, else its
   * letter, else its number.
   */
  labelAs: z
    .enum(Object.keys(labelReadings) as [LabelAs, ...LabelAs[]])
    .default('any')
    .describe('How the labels name their choice; any: as the labels of the file show.'),
  /** The number of the first choice, where a label is a number. */
  countFrom: z.literal([0, 1]).default(1),
  confidence: Column.nullable(),
});
export type Mapping = z.output<typeof Mapping>;

/** The parts of a mapping that somebody has said; the others are found from the file. */
export type SaidMapping = Partial<Mapping>;

/** True where the choices themselves say which one is right, so that no column holds the label. */
export const carriesLabel = (choices: Choices): boolean =>
  choices.kind === 'targets' || choices.kind === 'scores';

/** The columns of a row that a mapping reads. */
export function columnsRead(
  mapping: Pick<Mapping, 'text' | 'choices' | 'label' | 'confidence'>,
): string[] {
  const { choices } = mapping;
  const columns =
    choices.kind === 'columns' ? choices.columns : 'column' in choices ? [choices.column] : [];
  return [mapping.text, ...columns, mapping.label, mapping.confidence].filter(
    (name) => name !== null,
  );
}
