import { z } from 'zod';

/**
 * One number that the question about power takes. Shares are 0 to 1 for machines and per cent or
 * points on the page.
 */
export interface PowerField {
  readonly name: string;
  /** For machines and the command line. */
  readonly sentence: string;
  /** On the page; null where it is not asked there. */
  readonly label: string | null;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** 100 where the page shows per cent or points. */
  readonly scale: 1 | 100;
  /** What must be asked about for the field to mean anything. */
  readonly about: 'any' | 'labels' | 'relevance' | 'pair-labels' | 'pair-relevance' | 'pair';
}

/** Everything that can be set about the question, in the order of the page. */
export const powerFields = [
  {
    name: 'half_width',
    sentence: 'half of the width that the interval of labels upheld should have',
    label: 'Labels upheld within (± points)',
    least: 0.005,
    most: 0.5,
    whole: false,
    scale: 100,
    about: 'labels',
  },
  {
    name: 'relevance_half_width',
    sentence: 'half of the width that the interval of mean relevance should have',
    label: 'Mean relevance within (±)',
    least: 0.02,
    most: 2,
    whole: false,
    scale: 1,
    about: 'relevance',
  },
  {
    name: 'margin',
    sentence: 'how much lower label agreement may be and still do',
    label: 'Margin of label agreement (points)',
    least: 0.005,
    most: 0.5,
    whole: false,
    scale: 100,
    about: 'pair-labels',
  },
  {
    name: 'difference',
    sentence: 'the difference in label agreement that should be found',
    label: 'Difference in it to find (points)',
    least: 0.005,
    most: 0.5,
    whole: false,
    scale: 100,
    about: 'pair-labels',
  },
  {
    name: 'relevance_margin',
    sentence:
      'how much lower mean relevance may be and still do, and the difference in it that should be found',
    label: 'Margin and difference of relevance',
    least: 0.02,
    most: 2,
    whole: false,
    scale: 1,
    about: 'pair-relevance',
  },
  {
    name: 'power',
    sentence: 'the probability with which it should be shown',
    label: 'Probability of showing it (%)',
    least: 0.5,
    most: 0.99,
    whole: false,
    scale: 100,
    about: 'any',
  },
  {
    name: 'overlap',
    sentence: 'judgments of each example',
    label: 'Judgments for each example',
    least: 1,
    most: 30,
    whole: true,
    scale: 1,
    about: 'any',
  },
  {
    name: 'raters',
    sentence: 'raters who share the work',
    label: 'Raters',
    least: 1,
    most: 500,
    whole: true,
    scale: 1,
    about: 'any',
  },
  {
    name: 'busiest',
    sentence: 'share of the judgments that the five busiest raters give; equal work unless given',
    label: 'Given by the five busiest (%)',
    least: 0.01,
    most: 0.99,
    whole: false,
    scale: 100,
    about: 'any',
  },
  {
    name: 'rate',
    sentence: 'share of judgments that choose the dataset’s label',
    label: 'Choose the label (%)',
    least: 0.05,
    most: 0.999,
    whole: false,
    scale: 100,
    about: 'labels',
  },
  {
    name: 'leaning',
    sentence: 'share of what raters differ by that depends on whether a text is generated',
    label: 'Leaning to a source (%)',
    least: 0,
    most: 1,
    whole: false,
    scale: 100,
    about: 'pair',
  },
  {
    name: 'examples',
    sentence: 'examples of each set that are planned now',
    label: null,
    least: 1,
    most: 5000,
    whole: true,
    scale: 1,
    about: 'any',
  },
  {
    name: 'runs',
    sentence: 'studies that are simulated of each size, fewer where they are large',
    label: 'Simulated studies of each size',
    least: 100,
    most: 1000,
    whole: true,
    scale: 1,
    about: 'any',
  },
] as const satisfies readonly PowerField[];
export type PowerFieldName = (typeof powerFields)[number]['name'];

/** What was set; everything else is as the study or the defaults have it. */
export type GivenPower = { readonly [Name in PowerFieldName]?: number | undefined } & {
  readonly pilot?: string | undefined;
  readonly seed?: string | undefined;
};

const number = ({ least, most, whole }: PowerField): z.ZodType<number> => {
  const range = z.coerce
    .number('must be a number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);
  return whole ? range.int('must be a whole number') : range;
};

/** The question as machines ask it. */
export const PowerQuery = z.object({
  ...(Object.fromEntries(
    powerFields.map((field) => [
      field.name,
      number(field)
        .optional()
        .describe(`${field.sentence[0]?.toUpperCase()}${field.sentence.slice(1)}.`),
    ]),
  ) as Record<PowerFieldName, z.ZodOptional<z.ZodType<number>>>),
  pilot: z
    .string()
    .optional()
    .describe('Public id of an earlier study whose judgments say how raters answer.'),
  seed: z.string().max(100).optional().describe('What the simulation starts from.'),
});
