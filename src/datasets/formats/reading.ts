import { z } from 'zod';

/** The delimiters that a table may have, by the names that people choose them by. */
export const delimiters = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
export type Delimiter = keyof typeof delimiters;
export const delimiterNames = ['comma', 'semicolon', 'tab', 'pipe'] as const;

/** The encodings that text may have, with the words for them. */
export const encodings = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16LE',
  'utf-16be': 'UTF-16BE',
  'windows-1252': 'Windows-1252',
} as const;
export type Encoding = keyof typeof encodings;
export const encodingNames = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;

/** What somebody said about the bytes of a file; it goes before what is detected. */
export const Reading = z.strictObject({
  delimiter: z.enum(delimiterNames).optional(),
  encoding: z.enum(encodingNames).optional(),
  /** Whether the first row of a table names its columns. */
  header: z.boolean().optional(),
});
export type Reading = z.output<typeof Reading>;

/** What only a guess tells about a file's bytes: nothing is imported until somebody says it. */
export const ReadingQuestion = z.strictObject({
  field: z.enum(['encoding', 'header']),
  sentence: z.string(),
});
export type ReadingQuestion = z.output<typeof ReadingQuestion>;

/** How a file's bytes are read: what was said of them, and what was detected beside it. */
export const ReadAs = z.strictObject({
  /** Null where the file is no table. */
  delimiter: z.enum(delimiterNames).nullable(),
  /** Null where the file is no text. */
  encoding: z.enum(encodingNames).nullable(),
  /** Null where the file is no table. */
  header: z.boolean().nullable(),
  questions: z.array(ReadingQuestion),
});
export type ReadAs = z.output<typeof ReadAs>;
