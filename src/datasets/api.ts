import { z } from 'zod';
import { RefusalAnswer } from '#web/openapi.js';
import { Mapping } from './examples/mapping.js';
import { ReadAs, Reading } from './formats/reading.js';
import { Health } from './health.js';

const yesNo = z.enum(['yes', 'no']);

export const ImportQuery = z.object({
  path: z
    .string()
    .min(1)
    .max(400)
    .optional()
    .describe(
      'The file’s path, where the body is the file itself: its folders and name tell ' +
        'source, role and behaviour.',
    ),
  behaviour: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('The behaviour of every file; otherwise the file’s name.'),
  source: z
    .enum(['generated', 'human'])
    .optional()
    .describe('The source of every file whose folder does not tell it.'),
  role: z
    .enum(['evaluated', 'few-shot'])
    .optional()
    .describe('The role of every file whose folder does not tell it.'),
  count_from: z
    .enum(['0', '1'])
    .transform((first): 0 | 1 => (first === '0' ? 0 : 1))
    .optional()
    .describe(
      'The number of the first choice, in files of an unknown shape whose labels are ' +
        'numbers; otherwise what the labels show.',
    ),
  mapping: z
    .string()
    .max(60_000)
    .optional()
    .describe(
      'Which column is what, in files of an unknown shape: JSON as a 422 proposes it, ' +
        '“text=question choices=A,B,C,D label=answer”, or a JSON object of one such mapping ' +
        'for each pattern of paths. A form may send it as a field, before the files or after ' +
        'them.',
    ),
  delimiter: Reading.shape.delimiter.describe(
    'What stands between the cells of tables; otherwise what is found.',
  ),
  encoding: Reading.shape.encoding.describe(
    'The encoding of text files; otherwise what is found. What is not UTF-8 does not start ' +
      'before it is said.',
  ),
  header: yesNo
    .optional()
    .describe(
      'no takes the first row of tables for data, and calls the columns “column 1”, …; yes ' +
        'takes it for their names. Otherwise what is found; a first row that looks like data ' +
        'does not start before it is said.',
    ),
  good_rows: yesNo
    .default('no')
    .describe(
      'yes imports the rows that can be examples; no imports nothing of a file with a ' +
        'rejected row.',
    ),
  drop_duplicates: yesNo
    .default('no')
    .describe('yes drops exact duplicates; no keeps them with a finding.'),
  leave_out: z
    .union([z.string().max(400), z.array(z.string().max(400)).max(1000)])
    .transform((said) => [said].flat().filter((one) => one !== ''))
    .default([])
    .describe(
      'Files that are left out: patterns of their paths, or unclear for every file of which ' +
        'something must be said first. A form may send it as fields. Files that cannot be read ' +
        'or are no dataset hold up no import.',
    ),
  start: yesNo.default('yes').describe('no leaves the import to be reviewed in the browser.'),
});

export const ImportAnswer = z.object({
  id: z.string(),
  state: z.enum(['uploading', 'reviewing', 'running', 'done', 'failed', 'cancelled']),
  files: z.array(
    z.object({
      path: z.string(),
      state: z.string(),
      message: z
        .string()
        .nullable()
        .describe('Why it did not come in, or is left out; null where there is nothing to say.'),
      same_bytes_as: z
        .array(z.object({ words: z.string(), dataset: z.string().nullable() }))
        .describe(
          'Datasets, and files before it in this import (dataset is null), whose bytes were the ' +
            'same when it was sent, whatever they are called.',
        ),
      dataset: z.string().nullable().describe('Public id of the dataset that the file became.'),
      rejected: z.int(),
      unlabelled: z
        .int()
        .describe(
          'Examples without a label: of the dataset, or, before that, of the rows looked at.',
        ),
      understood: z.object({
        family: z.string(),
        behaviour: z.string(),
        read_as: z.string().describe('The family in words, or which published set it is.'),
        source: z.string().nullable(),
        role: z.string(),
        said_by_folder: z
          .boolean()
          .describe(
            'true where the file’s folder says source and role; a parameter for all files ' +
              'then changes neither.',
          ),
        format: z.string(),
        reading: ReadAs.describe(
          'How the bytes are read; questions are guesses that delimiter, encoding or ' +
            'header confirm.',
        ),
        mapping: Mapping.nullable().describe('Which column is what; null for released shapes.'),
        notation: z.string().nullable().describe('The mapping as one line of text.'),
        not_read: z.array(z.string()).describe('The columns that are not read.'),
        guess: z.string().nullable().describe('Why the mapping is a guess; null where it is none.'),
      }),
    }),
  ),
  missing: z
    .array(z.string())
    .describe('What must be said before the import can start; empty where it has.'),
  progress: z.unknown().optional(),
});

/** What is answered where which column is what is a guess, so that nothing is imported. */
export const GuessedMappings = RefusalAnswer.extend({
  confirm: z
    .string()
    .describe('Sent as `mapping` with the same request, it confirms every proposal.'),
  proposed: z.array(
    z.object({
      path: z.string(),
      guess: z.string(),
      mapping: Mapping.describe(
        'Sent as `mapping` with this file alone, it confirms the proposal.',
      ),
      notation: z.string(),
      not_read: z.array(z.string()).describe('The columns that the mapping does not read.'),
    }),
  ),
});

export const DatasetAnswer = z.object({
  id: z.string(),
  name: z.string(),
  behaviour: z.string(),
  version: z.int(),
  source: z.enum(['generated', 'human']),
  role: z.enum(['evaluated', 'few-shot']),
  part: z
    .enum(['kept', 'dropped'])
    .nullable()
    .describe('Which half of a generation it is; null where it is neither.'),
  family: z.string(),
  examples: z.int(),
  rejected: z.int(),
  dropped_duplicates: z.int(),
  description_confirmed: z.boolean(),
  studies: z.int(),
  sha256: z.string(),
  detector: z.int().describe('Version of the rules that looked for findings.'),
  health: Health,
});

export const ImportParams = z.object({ import: z.string() });
export const DatasetParams = z.object({ dataset: z.string() });
export const DatasetList = z.object({ datasets: z.array(DatasetAnswer) });
