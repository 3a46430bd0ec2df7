import { z } from 'zod';
import { requireStudy } from '#studies/study.js';
import type { Handler, Route } from '#web/route.js';
import { PlotQuery } from './downloads.js';
import { type FrozenReport, frozenReportsOf, supersededAt } from './frozen/frozen.js';
import { filesOf, plotsKept, stampKept } from './frozen/stored.js';
import {
  downloadFrozenData,
  downloadFrozenFile,
  downloadFrozenPlot,
  offeredFiles,
  openFrozen,
} from './frozenPage.js';

const FrozenAnswer = z.object({
  id: z.string(),
  frozenAt: z.int(),
  sha256: z.string().describe('Checksum over numbers, data and measured texts.'),
  format: z.string().describe('Format of the file with its data.'),
  verifiedBy: z.string().describe('Version of Assay that froze it and can verify its file.'),
  provisional: z
    .string()
    .nullable()
    .describe(
      'What its verdicts still waited for when it was frozen; empty where nothing was to come, null where that is not known until it is opened.',
    ),
  supersededAt: z
    .int()
    .nullable()
    .describe('When a rater withdrew whose judgments it used; null where nobody did.'),
});

const FileAnswer = z.object({ name: z.string(), title: z.string(), href: z.string() });

const ReportParams = z.object({ report: z.string() });

const answerOf = (
  report: FrozenReport,
  { stamp, superseded }: { readonly stamp: string | null; readonly superseded: number | null },
): z.input<typeof FrozenAnswer> => ({
  id: report.public_id,
  frozenAt: report.frozen_at,
  sha256: report.sha256,
  format: report.format,
  verifiedBy: report.software,
  provisional: stamp,
  supersededAt: superseded,
});

const listFrozen: Handler = async (request, response, { db }) => {
  const study = await requireStudy(db, String(request.params['study']));
  const reports: z.input<typeof FrozenAnswer>[] = [];
  for (const report of await frozenReportsOf(db, study.id))
    reports.push(
      answerOf(report, { stamp: report.stamp, superseded: await supersededAt(db, report) }),
    );
  response.json({ reports });
};

const readFrozen: Handler = async (request, response, application) => {
  const { report, superseded } = await openFrozen(request, application);
  const files = await filesOf(application.db, report.id, superseded);
  const base = `/api/v1/reports/${report.public_id}`;
  const plots = plotsKept(files).flatMap(({ id, title }) =>
    ['svg', 'png'].map((format) => ({
      name: `${id}.${format}`,
      title,
      href: `${base}/plots/${id}.${format}`,
    })),
  );
  response.json({
    ...answerOf(report, { stamp: stampKept(files), superseded }),
    files: [
      ...offeredFiles(files, superseded).map(({ name, title }) => ({
        name,
        title,
        href: `${base}/files/${name}`,
      })),
      ...plots,
    ],
  });
};

export const frozenApiRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/api/v1/studies/:study/reports',
    access: 'researcher',
    handler: listFrozen,
    operation: {
      summary: 'The frozen reports of a study, newest first.',
      params: z.object({ study: z.string() }),
      answer: z.object({ reports: z.array(FrozenAnswer) }),
    },
  },
  {
    method: 'get',
    path: '/api/v1/reports/:report',
    access: 'researcher',
    handler: readFrozen,
    operation: {
      summary: 'A frozen report and every file that it offers.',
      params: ReportParams,
      answer: FrozenAnswer.extend({ files: z.array(FileAnswer) }),
    },
  },
  {
    method: 'get',
    path: '/api/v1/reports/:report/files/file.json',
    access: 'researcher',
    handler: downloadFrozenData,
    operation: {
      summary: 'A frozen report with the data that it was computed from, for “report verify”.',
      params: ReportParams,
      file: 'application/json',
    },
  },
  {
    method: 'get',
    path: '/api/v1/reports/:report/files/:file',
    access: 'researcher',
    handler: downloadFrozenFile,
    operation: {
      summary: 'One file of a frozen report.',
      params: ReportParams.extend({ file: z.string() }),
      file: 'application/octet-stream',
    },
  },
  {
    method: 'get',
    path: '/api/v1/reports/:report/plots/:plot',
    access: 'researcher',
    handler: downloadFrozenPlot,
    operation: {
      summary: 'One plot of a frozen report: its id with .svg or .png.',
      params: ReportParams.extend({ plot: z.string() }),
      query: PlotQuery,
      file: 'image/*',
    },
  },
];
