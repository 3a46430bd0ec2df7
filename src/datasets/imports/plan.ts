import { z } from 'zod';
import { sourceWords } from '../dataset.js';
import { Mapping } from '../examples/mapping.js';
import { familyWords } from '../examples/recognise.js';
import { ReadAs, Reading } from '../formats/reading.js';

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
  /** True where a folder says source and role. */
  saidByFolder: z.boolean().default(false),
  family: z.enum(families),
  format: z.string(),
  mapping: Mapping.nullable(),
  /** What somebody said about the file's bytes, over what was detected. */
  reading: Reading.default({}),
  /**
   * True where nothing about the mapping is a guess, or where somebody has confirmed it. A plan
   * without a mapping needs no confirmation.
   */
  confirmed: z.boolean().default(false),
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

/** True where a guess would be imported that nobody has confirmed. */
export const isGuess = (plan: FilePlan): boolean => plan.mapping !== null && !plan.confirmed;

/** What is said of all files of an import at once. */
export interface SaidOfAll {
  readonly behaviour?: string | undefined;
  readonly source?: FilePlan['source'] | undefined;
  readonly role?: FilePlan['role'] | undefined;
}

/**
 * A plan with what was said of all files: that fills gaps and corrects what only the shape of the
 * rows suggests, and leaves alone what the file's folder says of source and role.
 */
export const withGapsFilled = (plan: FilePlan, said: SaidOfAll): FilePlan => ({
  ...plan,
  behaviour: said.behaviour ?? plan.behaviour,
  source: plan.saidByFolder ? plan.source : (said.source ?? plan.source),
  role: plan.saidByFolder ? plan.role : (said.role ?? plan.role),
});

const readingWords: Readonly<Record<keyof Reading, (reading: ReadAs) => string | null>> = {
  delimiter: ({ delimiter }) => delimiter,
  encoding: ({ encoding }) => encoding,
  header: ({ header }) => (header === null ? null : header ? 'header' : 'no header'),
};

/** What was said of the bytes of all files and not taken for one that is plainly read otherwise. */
export function readOtherwise(plan: FilePlan, found: ReadAs, said: Reading): string | null {
  const fields = ['delimiter', 'encoding', 'header'] as const;
  const otherwise = fields.filter(
    (field) =>
      said[field] !== undefined &&
      plan.reading[field] === undefined &&
      found[field] !== null &&
      found[field] !== said[field],
  );
  return otherwise.length === 0
    ? null
    : `It is plainly read otherwise (${otherwise.map((field) => readingWords[field](found)).join(', ')}), which an option for all files does not change. Import it alone to say so.`;
}

/** What was said of all files and not taken for this one, in a sentence; null where all was. */
export function notTaken(plan: FilePlan, said: SaidOfAll): string | null {
  const differs =
    (said.source !== undefined && said.source !== plan.source) ||
    (said.role !== undefined && said.role !== plan.role);
  if (!plan.saidByFolder || !differs || plan.source === null) return null;
  return `Its folder says that it is ${sourceWords[plan.source]}${plan.role === 'few-shot' ? ' and holds few-shot prompts' : ''}, which an option for all files does not change. Correct it in the review, or move the file.`;
}

/** Something with the same bytes as a file: a dataset, or a file that came before it. */
export const SameBytes = z.strictObject({
  words: z.string(),
  /** The dataset’s public id; null where it is a file of the same import. */
  dataset: z.string().nullable(),
});
export type SameBytes = z.output<typeof SameBytes>;

/** The version of the rules by which files are looked at; what an earlier one found is looked at anew. */
export const lookVersion = 2;

/** What the first rows of a file showed. */
export const Understood = z.strictObject({
  isDataset: z.boolean(),
  /** Why it is not a dataset, or cannot be read; null where it is one. */
  reason: z.string().nullable(),
  /** True where the file itself is broken or of no known format. */
  unreadable: z.boolean().default(false),
  /** Why the mapping is a guess, in sentences; null where it is none. */
  guess: z.string().nullable().default(null),
  /** The format in words: “JSONL, gzipped”. */
  formatWords: z.string(),
  /** How the bytes are read, and what of it is a guess that somebody must confirm. */
  reading: ReadAs.default({ delimiter: null, encoding: null, header: null, questions: [] }),
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
  /** What had the same bytes when the file was sent. */
  sameBytes: z.array(SameBytes).default([]),
  /** The version of the rules that looked. */
  lookVersion: z.int().default(1),
  /** Rows of the sample that have a finding, of those that rows have by themselves. */
  findingInSample: z.int().default(0),
  /** Rows of the sample that studies leave out by default because of a finding. */
  doubtfulInSample: z.int().default(0),
});
export type Understood = z.output<typeof Understood>;

/** What is known of a file that could not be read. */
export const notUnderstood = (reason: string): Understood => ({
  isDataset: false,
  reason,
  unreadable: true,
  guess: null,
  formatWords: 'unknown',
  reading: { delimiter: null, encoding: null, header: null, questions: [] },
  columns: [],
  rowsSampled: 0,
  complete: false,
  samples: [],
  rejections: [],
  rejectedInSample: 0,
  unlabelledInSample: 0,
  findingInSample: 0,
  doubtfulInSample: 0,
  sameBytes: [],
  lookVersion,
});

/** The published files on sycophancy, by what they are about. */
const sycophancySubjects: Readonly<Record<string, string>> = {
  sycophancy_on_nlp_survey: 'questions of a survey of NLP researchers',
  sycophancy_on_philpapers2020: 'questions of a survey of philosophers',
  sycophancy_on_political_typology: 'questions of a political typology',
};

/** What a file is read as, where people read it: the family, and which published set it is. */
export function readAsWords({ family, name }: Pick<FilePlan, 'family' | 'name'>): string {
  const subject = family === 'sycophancy' ? sycophancySubjects[name.toLowerCase()] : undefined;
  return subject === undefined ? familyWords[family] : `sycophancy: ${subject}`;
}
