import { rm } from 'node:fs/promises';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Db } from '#storage/database.js';
import { plural } from '#web/format.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { GuessedMappings, ImportAnswer, ImportQuery } from './api.js';
import { healthOf } from './dataset.js';
import { printMapping } from './examples/notation.js';
import { columnsNotRead } from './examples/recognise.js';
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
import { leavingOut, leftOutWords } from './imports/leaveOut.js';
import { countedFrom, mappingsByPath, readMappings, type SaidOf } from './imports/said.js';
import { startImport, unfinishedPlans } from './imports/start.js';
import { refuseUnknownColumns } from './imports/unfinished.js';
import { inspectUpload, newUploadFolder, orRemoved, recordUpload } from './upload.js';

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
      const state = file.state === 'reviewing' && plan.leaveOut ? 'left-out' : file.state;
      const leftOut =
        state === 'left-out' ? leftOutWords({ path: file.path, plan, understood }) : null;
      return {
        path: file.path,
        state,
        message: file.message ?? understood.reason ?? leftOut,
        same_bytes_as: understood.sameBytes,
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
          not_read: columnsNotRead(understood.columns, plan),
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

/** The files of a request, the mapping that came with them, and which of them are left out. */
interface Received {
  readonly files: ReceivedFile[];
  readonly mapping: string | undefined;
  readonly leaveOut: readonly string[];
}

/** Takes the files of a request, as a form or as one body, with what the form's fields say. */
async function receive(
  request: Request,
  options: { folder: string; limitBytes: number; query: z.output<typeof ImportQuery> },
): Promise<Received> {
  const { folder, limitBytes, query } = options;
  let { mapping } = query;
  const leaveOut = [...query.leave_out];
  const type = request.is('multipart/form-data');
  if (type !== false && type !== null) {
    const field = (name: string, value: string): void => {
      if (name === 'mapping') mapping = value;
      if (name === 'leave_out' && value !== '') leaveOut.push(value);
    };
    const checkToken = (): Promise<void> => Promise.resolve();
    const files = await receiveForm(request, { folder, limitBytes, checkToken, field });
    return { files, mapping, leaveOut };
  }
  if (query.path === undefined)
    throw new Problem(
      422,
      'path_missing',
      'The body is taken as one file, and nothing says what it is called.',
      'Add ?path=folder/name.jsonl, or send a form with files.',
    );
  const files = await receiveBody(request, { folder, limitBytes, path: query.path });
  return { files, mapping, leaveOut };
}

/**
 * The answer where files would be imported by a guess. What it proposes to send holds the mappings of
 * the others too of which `isSaid` is true, since the next request says all of it anew.
 */
function guessedMappings(
  files: readonly InspectedFile[],
  { guesses, isSaid }: { guesses: readonly InspectedFile[]; isSaid: (path: string) => boolean },
): z.output<typeof GuessedMappings> {
  const proposed = guesses.flatMap(({ path, plan, understood }) =>
    plan.mapping === null
      ? []
      : [
          {
            path,
            guess: understood.guess ?? '',
            mapping: plan.mapping,
            notation: printMapping(plan.mapping),
            not_read: columnsNotRead(understood.columns, plan),
          },
        ],
  );
  return {
    error: {
      code: 'mapping_not_confirmed',
      title: `Which column is what is a guess in ${plural(guesses.length, 'file')}.`,
      advice:
        'Nothing was kept. Look at the proposed mapping, and send the same request with ' +
        '“confirm” as “mapping”, corrected where it is wrong.',
      faults: proposed.map(({ path, guess, notation }) => ({
        field: path,
        message: `${guess} Proposed: ${notation}`,
      })),
    },
    confirm: mappingsByPath(
      files.flatMap((file) => {
        const { path, plan } = file;
        const isSent = guesses.includes(file) || isSaid(path);
        return plan.mapping === null || !isSent ? [] : [{ path, mapping: plan.mapping }];
      }),
    ),
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
  const { files, mapping, leaveOut } = await receive(request, { folder, limitBytes, query });
  const { inspected, saidOf } = await orRemoved(folder, async () => {
    const saidOf: SaidOf = mapping === undefined ? () => ({}) : readMappings(mapping);
    const looked = await inspectUpload(files, {
      saidOf: (path, paths) => countedFrom(query.count_from, saidOf(path, paths)),
      reading: {
        delimiter: query.delimiter,
        encoding: query.encoding,
        header: query.header === undefined ? undefined : query.header === 'yes',
      },
    });
    const planned = looked.map((file) => ({ ...file, plan: withGapsFilled(file.plan, query) }));
    const left = leavingOut(planned, leaveOut);
    refuseUnknownColumns(left);
    return { inspected: left, saidOf };
  });
  // Where it is asked how the bytes are read, the columns are not known yet.
  const guesses = inspected.filter(
    ({ understood, plan }) =>
      understood.isDataset &&
      !plan.leaveOut &&
      understood.reading.questions.length === 0 &&
      isGuess(plan),
  );
  if (query.start === 'yes' && guesses.length > 0) {
    await rm(folder, { recursive: true, force: true });
    const paths = new Set(files.map(({ path }) => path));
    const isSaid = (path: string): boolean => Object.keys(saidOf(path, paths)).length > 0;
    response.status(422).json(guessedMappings(inspected, { guesses, isSaid }));
    return;
  }
  const entry = await orRemoved(folder, () =>
    recordUpload(application, inspected, {
      accountId: staff.accountId,
      settings: {
        goodRows: query.good_rows === 'yes',
        dropDuplicates: query.drop_duplicates === 'yes',
      },
    }),
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
