import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Request, Response } from 'express';
import { inTransaction } from '#storage/transaction.js';
import { newPublicId } from '#storage/identifiers.js';
import type { Application } from '#web/application.js';
import { csrfProtection } from '#web/csrf.js';
import { requireStaff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import type { Reading } from './formats/reading.js';
import { createImport, type Import, type InspectedFile, listImports } from './imports/import.js';
import { inspectAlike } from './imports/inspection.js';
import { defaultSettings, type ImportSettings } from './imports/plan.js';
import { type ReceivedFile, receiveForm } from './imports/receiving.js';
import { withSameBytes } from './imports/sameBytes.js';
import type { SaidOf } from './imports/said.js';

/** GET /imports/new */
export const newUpload: Handler = async (request, response, application) => {
  const recent = await listImports(application.db, 10);
  renderPage(request, response, application, {
    view: 'datasets/upload',
    shell: {
      layout: 'staff',
      title: 'Import datasets',
      section: 'datasets',
      styles: ['css/datasets.css'],
      scripts: ['js/upload.js'],
    },
    page: {
      limit: application.config.uploadLimitBytes,
      folders: ['lm_generated_evals', 'human_generated_evals', 'prompts_for_few_shot_generation'],
      recent: recent.map((entry) => ({
        href: `/imports/${entry.public_id}`,
        state: entry.state,
        at: entry.created_at,
        files: entry.file_count,
      })),
    },
  });
};

/** A new folder of its own for the files of one upload. */
export const newUploadFolder = (application: Application): string =>
  join(application.config.dataFolder, 'uploads', newPublicId());

/** What `work` gives. Where it throws, the upload is removed: no row would ever name its bytes. */
export async function orRemoved<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Looks into received files. `saidOf` gives what was said about the columns of a file. Throws a 422
 * `Problem` where nothing was received.
 */
export async function inspectUpload(
  files: readonly ReceivedFile[],
  options: {
    saidOf?: SaidOf;
    /** What is said about the bytes of every file. */
    reading?: Reading;
  } = {},
): Promise<InspectedFile[]> {
  const { saidOf = () => ({}), reading = {} } = options;
  const paths = new Set(files.map(({ path }) => path));
  if (files.length > 0)
    return inspectAlike(
      files.map((file) => ({ ...file, said: saidOf(file.path, paths) })),
      reading,
    );
  throw new Problem(422, 'no_files', 'No file was sent.', 'Choose at least one file or folder.', [
    { field: 'files', message: 'Choose at least one file.' },
  ]);
}

/** Records received files as an import that waits for review. */
export async function recordUpload(
  application: Application,
  received: readonly InspectedFile[],
  options: { accountId: number | null; settings?: ImportSettings },
): Promise<Import> {
  const files = await withSameBytes(application.db, received);
  return inTransaction(application.db, (trx) =>
    createImport(trx, {
      files,
      settings: options.settings ?? defaultSettings,
      accountId: options.accountId,
      now: application.now(),
    }),
  );
}

/**
 * Checks the token of a streamed form, unless the header carried it and the gate has checked it
 * already.
 */
export function tokenCheck(
  request: Request,
  response: Response,
): (token: string | undefined) => Promise<void> {
  return (token) =>
    new Promise((resolve, reject) => {
      if (request.get('x-csrf-token') !== undefined) {
        resolve();
        return;
      }
      request.body = { csrf: token };
      csrfProtection(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('refused'));
      });
    });
}

/**
 * POST /imports: takes files, looks into them, and leads to the review. Nothing is imported yet.
 */
export const createUpload: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const folder = newUploadFolder(application);
  const files = await receiveForm(request, {
    folder,
    limitBytes: application.config.uploadLimitBytes,
    checkToken: tokenCheck(request, response),
  });
  const entry = await orRemoved(folder, async () =>
    recordUpload(application, await inspectUpload(files), { accountId: staff.accountId }),
  );
  const href = `/imports/${entry.public_id}`;
  if (request.accepts(['html', 'json']) === 'json') response.status(201).json({ href });
  else response.redirect(303, href);
};
