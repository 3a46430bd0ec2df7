import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { findStaff } from '#web/identity.js';
import { renderFragment, renderPage } from '#web/render.js';
import { parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import { importResult } from './importResult.js';
import { filesOf, type Import, requireImport } from './imports/import.js';
import { waitingBeside } from './imports/uploads.js';
import { renderReview } from './review.js';

const shellOf = (title: string, scripts: string[] = []) =>
  ({
    layout: 'staff',
    title,
    section: 'datasets',
    styles: ['css/datasets.css', 'css/review.css'],
    scripts,
  }) as const;
const Shown = z.object({ filter: z.string().trim().catch('') });
const hrefOf = (entry: Import): string => `/imports/${entry.public_id}`;

const Progress = z.object({
  path: z.string(),
  file: z.number(),
  files: z.number(),
  rows: z.number(),
  rejected: z.number(),
  allBytes: z.number(),
  allTotalBytes: z.number(),
  startedAt: z.number(),
  at: z.number(),
  phase: z.enum(['reading', 'comparing']),
});

/** Time that is left, in words, from what was read in how long; at first nobody knows. */
export function timeLeft(progress: {
  allBytes: number;
  allTotalBytes: number;
  startedAt: number;
  at: number;
}): string {
  const elapsed = progress.at - progress.startedAt;
  if (elapsed < 1000 || progress.allBytes === 0) return '…';
  const seconds = Math.round(
    ((elapsed / progress.allBytes) * (progress.allTotalBytes - progress.allBytes)) / 1000,
  );
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

async function progressOf(db: Db, entry: Import): Promise<object> {
  const job =
    entry.job_id === null
      ? undefined
      : await db
          .selectFrom('job')
          .select(['progress', 'state'])
          .where('id', '=', entry.job_id)
          .executeTakeFirst();
  const parsed = Progress.safeParse(job?.progress == null ? null : JSON.parse(job.progress));
  const common = {
    href: hrefOf(entry),
    finished: entry.state !== 'running' || job?.state === 'failed',
  };
  if (!parsed.success)
    return {
      ...common,
      sentence: 'The import waits for its turn.',
      share: 0,
      bytes: 0,
      totalBytes: (await filesOf(db, entry.id)).reduce(
        (sum, file) =>
          sum + (file.state === 'queued' || file.state === 'running' ? file.byte_count : 0),
        0,
      ),
      rows: 0,
      rejected: 0,
      left: '…',
    };
  const progress = parsed.data;
  return {
    ...common,
    sentence:
      progress.phase === 'comparing'
        ? `Looking for rows of ${progress.path} that repeat one another or stand in its counterpart too.`
        : `Reading ${progress.path}, file ${progress.file} of ${progress.files}.`,
    share: progress.allTotalBytes === 0 ? 0 : progress.allBytes / progress.allTotalBytes,
    bytes: progress.allBytes,
    totalBytes: progress.allTotalBytes,
    rows: progress.rows,
    rejected: progress.rejected,
    left: timeLeft(progress),
  };
}

/** Shows an import as it stands: to be reviewed, running, or ended. */
async function renderImport(
  request: Request,
  response: Response,
  application: Application,
  entry: Import,
): Promise<void> {
  const { db } = application;
  const mayWrite = findStaff(request)?.role === 'admin';
  const job =
    entry.job_id === null
      ? undefined
      : await db
          .selectFrom('job')
          .select('state')
          .where('id', '=', entry.job_id)
          .executeTakeFirst();
  if (entry.state === 'reviewing' && mayWrite) {
    const { filter } = parse(Shown, request.query);
    await renderReview(request, response, application, entry, { filter });
    return;
  }
  if (entry.state === 'running' && job?.state !== 'failed') {
    renderPage(request, response, application, {
      view: 'datasets/running',
      shell: shellOf('Import', ['js/fragment.js']),
      page: {
        href: hrefOf(entry),
        mayWrite,
        waiting: await waitingBeside(db, entry.id),
        ...(await progressOf(db, entry)),
      },
    });
    return;
  }
  renderPage(request, response, application, {
    view: 'datasets/result',
    shell: shellOf('Import', ['js/sort_tables.js']),
    page: { mayWrite, ...(await importResult(db, entry)) },
  });
}

/** GET /imports/:import */
export const showImport: Handler = async (request, response, application) =>
  renderImport(
    request,
    response,
    application,
    await requireImport(application.db, String(request.params['import'])),
  );

/** GET /imports/:import/progress: the live part alone. */
export const showProgress: Handler = async (request, response, application) => {
  const entry = await requireImport(application.db, String(request.params['import']));
  response
    .set('cache-control', 'no-store')
    .type('html')
    .send(
      renderFragment(
        request,
        application,
        'datasets/progress',
        await progressOf(application.db, entry),
      ),
    );
};
