import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { plural } from '#web/format.js';
import { findStaff } from '#web/identity.js';
import type { FieldFault } from '#web/problem.js';
import { renderFragment, renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { listBehaviours } from './behaviour.js';
import { healthOf } from './dataset.js';
import { missingLabels } from './health.js';
import {
  filesOf,
  type Import,
  type ImportFile,
  requireImport,
  settingsOfImport,
  understoodOf,
} from './imports/import.js';
import { reviewGroups, reviewSentence } from './reviewModel.js';

const shellOf = (title: string, scripts: string[] = []) =>
  ({ layout: 'staff', title, section: 'datasets', styles: ['css/datasets.css'], scripts }) as const;
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

const stateWords: Record<ImportFile['state'], string> = {
  reviewing: 'waits for review',
  queued: 'waits',
  running: 'running',
  done: 'imported',
  failed: 'not imported',
  cancelled: 'cancelled',
  'not-a-dataset': 'not a dataset',
  'left-out': 'left out',
};

async function resultOf(db: Db, entry: Import): Promise<object> {
  const files = await filesOf(db, entry.id);
  const rows = await Promise.all(
    files.map(async (file) => {
      const dataset =
        file.dataset_id === null
          ? undefined
          : await db
              .selectFrom('dataset')
              .selectAll()
              .where('id', '=', file.dataset_id)
              .executeTakeFirst();
      const visible = dataset?.state === 'visible' ? dataset : undefined;
      const rejected = dataset?.rejected_count ?? 0;
      return {
        path: file.path,
        state: file.state,
        stateWords: stateWords[file.state],
        message:
          file.message ?? (file.state === 'not-a-dataset' ? understoodOf(file).reason : null),
        datasetHref: visible === undefined ? null : `/datasets/${visible.public_id}`,
        examples: visible?.example_count ?? null,
        withFinding: visible === undefined ? null : visible.example_count - healthOf(visible).clean,
        unlabelled:
          visible === undefined
            ? null
            : missingLabels(healthOf(visible).unlabelled, visible.example_count),
        dropped: visible?.dropped_duplicate_count ?? null,
        rejected,
        rejectedHref: rejected === 0 ? null : `${hrefOf(entry)}/files/${file.public_id}/rejected`,
        imported: visible?.example_count ?? 0,
      };
    }),
  );
  const done = rows.filter((row) => row.state === 'done');
  const failed = rows.filter((row) => row.state === 'failed');
  const job =
    entry.job_id === null
      ? undefined
      : await db
          .selectFrom('job')
          .select(['state', 'error'])
          .where('id', '=', entry.job_id)
          .executeTakeFirst();
  const broken =
    job?.state === 'failed' ? ` The import broke off: ${job.error ?? 'nobody knows why'}.` : '';
  const sentence =
    entry.state === 'cancelled'
      ? `The import was cancelled. ${done.length === 0 ? 'Nothing of it was kept.' : `${plural(done.length, 'file')} had been imported before and stayed.`}`
      : `${plural(
          done.reduce((sum, row) => sum + row.imported, 0),
          'example',
        )} from ${plural(done.length, 'file')} came in.${failed.length > 0 ? ` ${plural(failed.length, 'file was', 'files were')} not imported; the reasons stand below.` : ''}${broken}`;
  return { state: broken === '' ? entry.state : 'failed', sentence, files: rows };
}

/**
 * Shows an import as it stands: to be reviewed, running, or ended. `faults` re-renders the review
 * with status 422.
 */
export async function renderImport(
  request: Request,
  response: Response,
  application: Application,
  entry: Import,
  faults: readonly FieldFault[] = [],
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
    const files = await filesOf(db, entry.id);
    renderPage(request, response, application, {
      view: 'datasets/review',
      shell: shellOf('Review the import'),
      status: faults.length > 0 ? 422 : 200,
      page: {
        href: hrefOf(entry),
        faults,
        sentence: reviewSentence(files),
        behaviours: (await listBehaviours(db)).map((behaviour) => behaviour.name),
        groups: await reviewGroups(db, files, faults),
        others: files
          .filter((file) => file.state === 'not-a-dataset')
          .map((file) => ({
            id: file.public_id,
            path: file.path,
            reason: understoodOf(file).reason ?? 'There is no example in it.',
            mappable: understoodOf(file).columns.length > 0,
          })),
        ...settingsOfImport(entry),
      },
    });
    return;
  }
  if (entry.state === 'running' && job?.state !== 'failed') {
    renderPage(request, response, application, {
      view: 'datasets/running',
      shell: shellOf('Import', ['js/fragment.js']),
      page: { href: hrefOf(entry), mayWrite, ...(await progressOf(db, entry)) },
    });
    return;
  }
  renderPage(request, response, application, {
    view: 'datasets/result',
    shell: shellOf('Import', ['js/sort_tables.js']),
    page: { mayWrite, ...(await resultOf(db, entry)) },
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
