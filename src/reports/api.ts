import { z } from 'zod';
import { requireStudy } from '#studies/study.js';
import type { Handler, Route } from '#web/route.js';
import { reportFileOf } from './thread/reporting.js';
import {
  downloadDataset,
  downloadHtml,
  downloadPlot,
  downloadPublication,
  downloadTables,
  PlotQuery,
  sendFile,
  TablesQuery,
} from './downloads.js';
import { AnswersBody, updateAskedByApi } from './asked/page.js';
import { ReportModel } from './model/schema/report.js';
import { publications } from './publication/publications.js';
import { queueTexts } from '#texts/queue.js';
import { textsApiRoute } from './studyTexts.js';

const StudyParams = z.object({ study: z.string() });

const readReport: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  await queueTexts(application, study);
  const file = await reportFileOf(application, study.public_id, 'json');
  response.set('ETag', `"${file.outline.fingerprint}"`).type('json');
  await sendFile(response, file);
};

const names = (scope: 'study' | 'dataset'): string =>
  publications
    .filter((publication) => publication.scope === scope)
    .map((publication) => publication.name)
    .join(', ');

export const apiRoutes: readonly Route[] = [
  textsApiRoute,
  {
    method: 'get',
    path: '/api/v1/studies/:study/report',
    access: 'researcher',
    handler: readReport,
    operation: {
      summary: 'All numbers of a study’s report, as they stand now.',
      params: StudyParams,
      answer: ReportModel,
    },
  },
  {
    method: 'patch',
    path: '/api/v1/studies/:study/asked',
    access: 'researcher',
    handler: updateAskedByApi,
    operation: {
      summary:
        'Stores what staff write on lines of “What a reviewer asks”; the report has all of them as `asked`.',
      params: StudyParams,
      body: AnswersBody,
      status: 204,
    },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/report.html',
    access: 'researcher',
    handler: downloadHtml,
    operation: {
      summary: 'The report as one self-contained HTML file.',
      params: StudyParams,
      file: 'text/html',
    },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/report/plots/:plot',
    access: 'researcher',
    handler: downloadPlot,
    operation: {
      summary:
        'One plot of the report as it stands now, a file that stands alone: its id with .svg or .png. An unknown id is answered with those that there are.',
      params: z.object({ study: z.string(), plot: z.string() }),
      query: PlotQuery,
      file: 'image/*',
    },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/tables',
    access: 'researcher',
    handler: downloadTables,
    operation: {
      summary: 'Judgments and items as a zip with its manifest.',
      params: StudyParams,
      query: TablesQuery,
      file: 'application/zip',
    },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/datasets/:dataset',
    access: 'researcher',
    handler: downloadDataset,
    operation: {
      summary:
        'The sampled examples of one dataset as JSONL, in their original shape with crowd fields.',
      params: z.object({ study: z.string(), dataset: z.string() }),
      file: 'application/x-ndjson',
    },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/publications/:publication',
    access: 'researcher',
    handler: downloadPublication,
    operation: {
      summary: `A text for a paper about the study: ${names('study')}.`,
      params: z.object({ study: z.string(), publication: z.string() }),
      file: 'text/plain',
    },
  },
  {
    method: 'get',
    path: '/api/v1/studies/:study/datasets/:dataset/publications/:publication',
    access: 'researcher',
    handler: downloadPublication,
    operation: {
      summary: `A text about one validated dataset: ${names('dataset')}.`,
      params: z.object({ study: z.string(), dataset: z.string(), publication: z.string() }),
      file: 'text/plain',
    },
  },
];
