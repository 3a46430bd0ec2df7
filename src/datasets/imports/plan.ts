import { z } from 'zod';
import { Mapping } from '../examples/mapping.js';

/** How a whole import treats rows that are at fault and rows that repeat. */
export const ImportSettings = z.strictObject({
  /**
   * Imports the rows that can be examples and lists the others; off, one rejected row keeps its
   * file out.
   */
  goodRows: z.boolean(),
  /** Leaves exact duplicates out; off, they stay with a finding. */
  dropDuplicates: z.boolean(),
});
export type ImportSettings = z.output<typeof ImportSettings>;
export const defaultSettings: ImportSettings = { goodRows: false, dropDuplicates: false };

export const families = [
  'persona',
  'advanced-ai-risk',
  'sycophancy',
  'winogenerated',
  'generic',
] as const;

/** What is to become of one file: proposed by the inspection, corrected by the reviewer. */
export const FilePlan = z.strictObject({
  leaveOut: z.boolean(),
  name: z.string().trim().min(1, 'Give the dataset a name.').max(200),
  behaviour: z.string().trim().min(1, 'Name the behaviour.').max(200),
  source: z.enum(['generated', 'human']).nullable(),
  role: z.enum(['evaluated', 'few-shot']),
  family: z.enum(families),
  format: z.string(),
  mapping: Mapping.nullable(),
  provenance: z.strictObject({
    generator: z.string().max(300),
    prompt: z.string().max(4000),
    discriminator: z.string().max(300),
  }),
});
export type FilePlan = z.output<typeof FilePlan>;

/** A plan that can be carried out: somebody has said what the source is. */
export type CompletePlan = FilePlan & { readonly source: NonNullable<FilePlan['source']> };
export const isComplete = (plan: FilePlan): plan is CompletePlan =>
  plan.source !== null && (plan.family !== 'generic' || plan.mapping !== null);

/** A mapping whose numbers count from 0 or 1, where somebody said so. */
export const countedFrom = (
  mapping: Mapping | null,
  first: Mapping['countFrom'] | undefined,
): Mapping | null =>
  mapping === null || first === undefined ? mapping : { ...mapping, countFrom: first };

/** What the first rows of a file showed. */
export const Understood = z.strictObject({
  isDataset: z.boolean(),
  /** Why it is not a dataset, or cannot be read; null where it is one. */
  reason: z.string().nullable(),
  /** True where the file itself is broken or of no known format. */
  unreadable: z.boolean().default(false),
  /** The format in words: “JSONL, gzipped”. */
  formatWords: z.string(),
  columns: z.array(z.string()),
  rowsSampled: z.int(),
  /** True where the sample is the whole file. */
  complete: z.boolean(),
  samples: z.array(
    z.strictObject({
      line: z.int(),
      text: z.string(),
      choices: z.array(z.strictObject({ key: z.string(), text: z.string() })),
      labelChoice: z.int().nullable(),
      /** What recognition took from the text: headers, lead-ins, turns. */
      removed: z.array(z.string()).default([]),
    }),
  ),
  rejections: z.array(z.strictObject({ line: z.int(), code: z.string(), message: z.string() })),
  rejectedInSample: z.int(),
  /** Rows of the sample that can be examples and carry no label. */
  unlabelledInSample: z.int().default(0),
});
export type Understood = z.output<typeof Understood>;

/** How a family is called where people read it. */
export const familyWords: Readonly<Record<FilePlan['family'], string>> = {
  persona: 'persona statements',
  'advanced-ai-risk': 'advanced-AI-risk questions with a block of choices',
  sycophancy: 'sycophancy questions',
  winogenerated: 'Winogenerated sentences, without labels',
  generic: 'columns that you map',
};
