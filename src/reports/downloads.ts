import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { requireStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { parse } from '#web/parse.js';
import { notFound } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { downloadOf, type WrittenFile } from './thread/reporting.js';
import type { Download } from './thread/tasks.js';
import { bundleFormats } from './files/bundleFormats.js';
import { fileNameOf, validatedFileName } from '#web/fileName.js';
import { splitPlotName, themes } from './plots/plot.js';
import { publications } from './publication/publications.js';

const attach = (response: Response, study: Study, ending: string, type: string): Response =>
  response.attachment(fileNameOf(study.title, ending)).type(type);

/** Sends a file that was written for this answer, and takes it away. */
export async function sendFile(response: Response, file: WrittenFile): Promise<void> {
  try {
    response.set('Content-Length', String((await stat(file.path)).size));
    await pipeline(createReadStream(file.path), response);
  } finally {
    await file.remove();
  }
}

/** The report as one HTML file that needs nothing else. */
export const downloadHtml: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const file = await downloadOf(application, study.public_id, { kind: 'file', format: 'html' });
  attach(response, study, 'report.html', 'html');
  await sendFile(response, file);
};

/** All numbers of the report as JSON. */
export const downloadJson: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const file = await downloadOf(application, study.public_id, { kind: 'file', format: 'json' });
  attach(response, study, 'report.json', 'json');
  await sendFile(response, file);
};

export const TablesQuery = z.object({
  format: z.enum(bundleFormats, 'is not csv or parquet').default('csv'),
});

/** Judgments and items as a zip with its manifest. */
export const downloadTables: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const { format } = parse(TablesQuery, request.query);
  const file = await downloadOf(application, study.public_id, { kind: 'bundle', format });
  attach(response, study, `tables-${format}.zip`, 'zip');
  await sendFile(response, file);
};

/** A validated dataset of a study that was opened: what a generation dropped is none. Throws "not found". */
async function requireDatasetOf(
  application: Application,
  study: Study,
  publicId: string,
): Promise<{ public_id: string; name: string; source: string }> {
  const dataset = await application.db
    .selectFrom('study_dataset')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .select(['dataset.public_id', 'dataset.name', 'dataset.source'])
    .where('study_dataset.study_id', '=', study.id)
    .where('dataset.public_id', '=', publicId)
    .where('dataset.part', 'is distinct from', 'dropped')
    .executeTakeFirst();
  if (dataset === undefined || study.opened_at === null) throw notFound('dataset in this study');
  return dataset;
}

/** The sampled examples of one dataset in their original shape with crowd fields. */
export const downloadDataset: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const dataset = await requireDatasetOf(application, study, String(request.params['dataset']));
  const file = await downloadOf(application, study.public_id, {
    kind: 'dataset',
    dataset: dataset.public_id,
  });
  response.attachment(validatedFileName(dataset)).type('application/x-ndjson');
  await sendFile(response, file);
};

/**
 * A text for a paper or a data repository: about the study, or about one of its datasets where the
 * path names one.
 */
export const downloadPublication: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const named = request.params['dataset'];
  const dataset =
    named === undefined ? null : await requireDatasetOf(application, study, String(named));
  const publication = publications.find(
    (known) =>
      known.name === String(request.params['publication']) &&
      known.scope === (dataset === null ? 'study' : 'dataset'),
  );
  if (publication === undefined) throw notFound('text for publication');
  const file = await downloadOf(application, study.public_id, {
    kind: 'publication',
    publication: publication.name,
    dataset: dataset?.public_id ?? null,
  });
  response
    .attachment(
      fileNameOf(
        dataset === null ? study.title : `${dataset.name} ${dataset.source}`,
        publication.ending,
      ),
    )
    .type(publication.mediaType);
  await sendFile(response, file);
};

export const PlotQuery = z.object({
  theme: z.enum(themes, 'is not light or dark').default('light'),
});

/** Which plot a request asks for, in which format and theme. Throws "not found" for other formats. */
export function askedPlot(request: Request): Extract<Download, { kind: 'plot' }> {
  const name = splitPlotName(String(request.params['plot']));
  if (name === null) throw notFound('plot');
  const { theme } = parse(PlotQuery, request.query);
  return { kind: 'plot', plot: name.id, format: name.format, theme };
}

/** One plot of a study's report, as it stands now. */
export const downloadPlot: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const asked = askedPlot(request);
  const file = await downloadOf(application, study.public_id, asked);
  attach(response, study, `${asked.plot}.${asked.format}`, asked.format);
  await sendFile(response, file);
};
