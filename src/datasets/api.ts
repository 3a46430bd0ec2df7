import { rm } from 'node:fs/promises';
import type { Request } from 'express';
import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { plural } from '#web/format.js';
import { requireStaff } from '#web/identity.js';
import { RefusalAnswer } from '#web/openapi.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { healthOf, type ListedDataset, listDatasets, requireListedDataset } from './dataset.js';
import { Mapping } from './examples/mapping.js';
import { printMapping } from './examples/notation.js';
import { ReadAs, Reading } from './formats/reading.js';
import { Health } from './health.js';
import {
  filesOf,
  type Import,
  type InspectedFile,
  planOf,
  requireImport,
  understoodOf,
} from './imports/import.js';
import { isGuess, readAsWords, withGapsFilled } from './imports/plan.js';
import { type ReceivedFile, receiveBody, receiveForm } from './imports/receiving.js';
import { countedFrom, mappingsByPath, readMappings } from './imports/said.js';
import { startImport, unfinishedPlans } from './imports/start.js';
import { inspectUpload, newUploadFolder, recordUpload } from './upload.js';

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
  start: yesNo.default('yes').describe('no leaves the import to be reviewed in the browser.'),
});

export const ImportAnswer = z.object({
  id: z.string(),
  state: z.enum(['uploading', 'reviewing', 'running', 'done', 'failed', 'cancelled']),
  files: z.array(
    z.object({
      path: z.string(),
      state: z.string(),
      message: z.string().nullable(),
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

/** An import as the API shows it. */
export async function importAnswer(db: Db, entry: Import): Promise<z.output<typeof ImportAnswer>> {
  const files = await filesOf(db, entry.id);
  const job =
    entry.job_id === null
      ? undefined
      : await db
          .selectFrom('job')
          .select(['progress', 'state', 'error'])
          .where('id', '=', entry.job_id)
          .executeTakeFirst();
  const answers = await Promise.all(
    files.map(async (file) => {
      const dataset =
        file.dataset_id === null
          ? undefined
          : await db
              .selectFrom('dataset')
              .select(['public_id', 'state', 'rejected_count', 'health'])
              .where('id', '=', file.dataset_id)
              .executeTakeFirst();
      const plan = planOf(file);
      const { family, behaviour, source, role, mapping, confirmed } = plan;
      const understood = understoodOf(file);
      return {
        path: file.path,
        state: file.state,
        message: file.message ?? understood.reason,
        dataset: dataset?.state === 'visible' ? dataset.public_id : null,
        rejected: dataset?.rejected_count ?? 0,
        unlabelled:
          dataset?.state === 'visible'
            ? healthOf(dataset).unlabelled
            : understood.unlabelledInSample,
        understood: {
          family,
          read_as: readAsWords(plan),
          behaviour,
          source,
          role,
          said_by_folder: plan.saidByFolder,
          format: understood.formatWords,
          reading: understood.reading,
          mapping,
          notation: mapping === null ? null : printMapping(mapping),
          guess: confirmed ? null : understood.guess,
        },
      };
    }),
  );
  return {
    id: entry.public_id,
    state: job?.state === 'failed' ? 'failed' : entry.state,
    files: answers,
    missing:
      entry.state === 'reviewing' ? unfinishedPlans(files).map((fault) => fault.message) : [],
    ...(job?.progress == null ? {} : { progress: JSON.parse(job.progress) as unknown }),
  };
}

/** Takes the files of a request, as a form or as one body, and the mapping that came with them. */
async function receive(
  request: Request,
  options: { folder: string; limitBytes: number; query: z.output<typeof ImportQuery> },
): Promise<{ files: ReceivedFile[]; mapping: string | undefined }> {
  const { folder, limitBytes, query } = options;
  let { mapping } = query;
  const type = request.is('multipart/form-data');
  if (type !== false && type !== null) {
    const field = (name: string, value: string): void => {
      if (name === 'mapping') mapping = value;
    };
    const checkToken = (): Promise<void> => Promise.resolve();
    return {
      files: await receiveForm(request, { folder, limitBytes, checkToken, field }),
      mapping,
    };
  }
  if (query.path === undefined)
    throw new Problem(
      422,
      'path_missing',
      'The body is taken as one file, and nothing says what it is called.',
      'Add ?path=folder/name.jsonl, or send a form with files.',
    );
  return { files: await receiveBody(request, { folder, limitBytes, path: query.path }), mapping };
}

/** The answer where a file would be imported by a guess. */
function guessedMappings(files: readonly InspectedFile[]): z.output<typeof GuessedMappings> {
  const proposed = files.flatMap(({ path, plan, understood }) =>
    plan.mapping === null
      ? []
      : [
          {
            path,
            guess: understood.guess ?? '',
            mapping: plan.mapping,
            notation: printMapping(plan.mapping),
          },
        ],
  );
  return {
    error: {
      code: 'mapping_not_confirmed',
      title: `Which column is what is a guess in ${plural(files.length, 'file')}.`,
      advice:
        'Nothing was kept. Look at the proposed mapping, and send the same request with ' +
        '“confirm” as “mapping”, corrected where it is wrong.',
      faults: proposed.map(({ path, guess, notation }) => ({
        field: path,
        message: `${guess} Proposed: ${notation}`,
      })),
    },
    confirm: mappingsByPath(proposed),
    proposed,
  };
}

/**
 * POST /api/v1/imports: takes a form with files, or one file as the body, and starts the import
 * where everything is understood. A guess is answered with what is proposed, and starts nothing.
 */
export const createImportByApi: Handler = async (request, response, application) => {
  const { db, config } = application;
  const staff = requireStaff(request);
  const query = parse(ImportQuery, request.query);
  const folder = newUploadFolder(application);
  const limitBytes = config.uploadLimitBytes;
  const { files, mapping } = await receive(request, { folder, limitBytes, query });
  let inspected: InspectedFile[];
  try {
    const saidOf = mapping === undefined ? () => ({}) : readMappings(mapping);
    inspected = await inspectUpload(files, {
      folder,
      saidOf: (path) => countedFrom(query.count_from, saidOf(path)),
      reading: {
        delimiter: query.delimiter,
        encoding: query.encoding,
        header: query.header === undefined ? undefined : query.header === 'yes',
      },
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  // Where it is asked how the bytes are read, the columns are not known yet.
  const guesses = inspected.filter(
    ({ understood, plan }) =>
      understood.isDataset && understood.reading.questions.length === 0 && isGuess(plan),
  );
  if (query.start === 'yes' && guesses.length > 0) {
    await rm(folder, { recursive: true, force: true });
    response.status(422).json(guessedMappings(guesses));
    return;
  }
  const entry = await recordUpload(
    application,
    inspected.map((file) => ({
      ...file,
      plan: withGapsFilled(file.plan, query),
    })),
    {
      accountId: staff.accountId,
      settings: {
        goodRows: query.good_rows === 'yes',
        dropDuplicates: query.drop_duplicates === 'yes',
      },
    },
  );
  const start = query.start === 'yes' && unfinishedPlans(await filesOf(db, entry.id)).length === 0;
  if (start) await startImport(application, entry, staff.accountId);
  response
    .status(start ? 202 : 201)
    .json(await importAnswer(db, await requireImport(db, entry.public_id)));
};

/** GET /api/v1/imports/:import */
export const showImportByApi: Handler = async (request, response, application) => {
  response.json(
    await importAnswer(
      application.db,
      await requireImport(application.db, String(request.params['import'])),
    ),
  );
};

export const datasetAnswer = (dataset: ListedDataset): z.output<typeof DatasetAnswer> => ({
  id: dataset.public_id,
  name: dataset.name,
  behaviour: dataset.behaviour_name,
  version: dataset.version,
  source: dataset.source,
  role: dataset.role,
  family: dataset.family,
  examples: dataset.example_count,
  rejected: dataset.rejected_count,
  dropped_duplicates: dataset.dropped_duplicate_count,
  description_confirmed: dataset.confirmed_version !== null,
  studies: dataset.study_count,
  sha256: dataset.sha256,
  detector: dataset.detector,
  health: healthOf(dataset),
});

/** GET /api/v1/datasets */
export const listDatasetsByApi: Handler = async (_request, response, application) => {
  response.json({ datasets: (await listDatasets(application.db)).map(datasetAnswer) });
};

/** GET /api/v1/datasets/:dataset */
export const showDatasetByApi: Handler = async (request, response, application) => {
  response.json(
    datasetAnswer(await requireListedDataset(application.db, String(request.params['dataset']))),
  );
};
