import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { healthOf, type ListedDataset, listDatasets, requireListedDataset } from './dataset.js';
import { Health } from './health.js';
import {
  filesOf,
  type Import,
  planOf,
  requireImport,
  savePlan,
  saveUnderstanding,
  understoodOf,
} from './imports/import.js';
import { reinspect } from './imports/inspection.js';
import { countedFrom, type ImportSettings } from './imports/plan.js';
import { receiveBody, receiveForm } from './imports/receiving.js';
import { startImport, unfinishedPlans } from './imports/start.js';
import { newUploadFolder, recordUpload } from './upload.js';

const yesNo = z.enum(['yes', 'no']);

export const ImportQuery = z.object({
  path: z
    .string()
    .min(1)
    .max(400)
    .optional()
    .describe(
      'The file’s path, where the body is the file itself: its folders and name tell source, role and behaviour.',
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
    .describe('The source of every file; otherwise what the path tells.'),
  role: z.enum(['evaluated', 'few-shot']).optional(),
  count_from: z
    .enum(['0', '1'])
    .transform((first) => (first === '0' ? 0 : 1))
    .optional()
    .describe(
      'The number of the first choice, in files of an unknown shape whose labels are numbers; otherwise 1.',
    ),
  good_rows: yesNo
    .default('no')
    .describe(
      'yes imports the rows that can be examples; no imports nothing of a file with a rejected row.',
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
        source: z.string().nullable(),
        role: z.string(),
        format: z.string(),
      }),
    }),
  ),
  missing: z
    .array(z.string())
    .describe('What must be said before the import can start; empty where it has.'),
  progress: z.unknown().optional(),
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
      const { family, behaviour, source, role } = planOf(file);
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
        understood: { family, behaviour, source, role, format: understood.formatWords },
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

/**
 * POST /api/v1/imports: takes a form with files, or one file as the body, and starts the import
 * where everything is understood.
 */
export const createImportByApi: Handler = async (request, response, application) => {
  const { db, config } = application;
  const staff = requireStaff(request);
  const query = parse(ImportQuery, request.query);
  const folder = newUploadFolder(application);
  const multipart =
    request.is('multipart/form-data') !== false && request.is('multipart/form-data') !== null;
  if (!multipart && query.path === undefined)
    throw new Problem(
      422,
      'path_missing',
      'The body is taken as one file, and nothing says what it is called.',
      'Add ?path=folder/name.jsonl, or send a form with files.',
    );
  const files = multipart
    ? await receiveForm(request, {
        folder,
        limitBytes: config.uploadLimitBytes,
        checkToken: () => Promise.resolve(),
      })
    : await receiveBody(request, {
        folder,
        limitBytes: config.uploadLimitBytes,
        path: query.path ?? '',
      });
  const settings: ImportSettings = {
    goodRows: query.good_rows === 'yes',
    dropDuplicates: query.drop_duplicates === 'yes',
  };
  const entry = await recordUpload(application, files, {
    folder,
    accountId: staff.accountId,
    settings,
  });
  for (const file of await filesOf(db, entry.id)) {
    const plan = planOf(file);
    const mapping = countedFrom(plan.mapping, query.count_from);
    const saved = {
      ...plan,
      behaviour: query.behaviour ?? plan.behaviour,
      source: query.source ?? plan.source,
      role: query.role ?? plan.role,
      mapping,
    };
    await savePlan(db, file, saved);
    if (mapping !== plan.mapping)
      await saveUnderstanding(db, file, await reinspect(file, saved, understoodOf(file)));
  }
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
