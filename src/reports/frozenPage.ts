import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { getStudy } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { fileNameOf, supersededName } from '#web/fileName.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { askedPlot, sendFile } from './downloads.js';
import { computedFormats } from './frozen/formats/formats.js';
import { contentOf, type FrozenReport, requireFrozen, supersededAt } from './frozen/frozen.js';
import {
  type FileFacts,
  filesOf,
  findFile,
  hasFiles,
  plotName,
  plotsKept,
  requireFile,
} from './frozen/stored.js';
import type { Offer } from './offers.js';
import { sendReportPage, showWaiting, withinWait } from './page.js';
import { makeMissingFiles, noSuchPlot, pictureOf } from './thread/reporting.js';

const unzipped = promisify(gunzip);

/** A frozen report whose files are there. */
interface OpenedReport {
  readonly report: FrozenReport;
  /** When a rater withdrew whose answers it holds; null where nobody did. */
  readonly superseded: number | null;
}

/**
 * Opens the frozen report that a request names. One that was frozen before its files were kept gets
 * them now. Throws "not found", or a 409 `Problem` where they cannot be made.
 */
export async function openFrozen(
  request: Request,
  application: Application,
): Promise<OpenedReport> {
  const { db } = application;
  const report = await requireFrozen(db, String(request.params['report']));
  // Whether it is superseded is asked last: making files takes long enough for a withdrawal.
  if (!(await hasFiles(db, report.id))) await makeMissingFiles(application, report);
  return { report, superseded: await supersededAt(db, report) };
}

/** The version that can compute the report's numbers again, where this one cannot; or null. */
const verifiedBy = ({ format, software }: FrozenReport): string | null =>
  computedFormats.includes(format) ? null : software;

type Offered = Pick<FileFacts, 'name' | 'page' | 'title' | 'sentence'> & Pick<Offer, 'kind'>;

/** What it offers beside pages and plots; the file with its data only while that is given out. */
export const offeredFiles = (files: readonly FileFacts[], superseded: number | null): Offered[] => {
  const kept = files.flatMap(({ kind, ...file }): Offered[] =>
    kind === 'file' || kind === 'publication' ? [{ ...file, kind }] : [],
  );
  if (superseded !== null) return kept;
  const data = { name: 'file.json', title: 'JSON with its data', sentence: '' };
  return [...kept, { ...data, kind: 'file', page: null }];
};

/** Its name for a download. */
const nameNow = (name: string, { superseded }: Pick<OpenedReport, 'superseded'>): string =>
  superseded === null ? name : supersededName(name);

async function sendGzipped(
  response: Response,
  content: Uint8Array,
  named: { fileName: string; mediaType: string },
): Promise<void> {
  response.attachment(named.fileName).type(named.mediaType);
  await pipeline(Readable.from([content]), createGunzip(), response);
}

async function showFrozenPage(
  request: Request,
  response: Response,
  application: Application,
  name: string,
): Promise<void> {
  const { db } = application;
  const { study_id } = await requireFrozen(db, String(request.params['report']));
  const { public_id: id, title } = await getStudy(db, study_id);
  const opened = await withinWait(
    openFrozen(request, application),
    application.config.reportWaitMs,
  );
  if (opened === null) return showWaiting(request, response, application, { id, title });
  const { report, superseded } = opened;
  const files = await filesOf(db, report.id, superseded);
  const what = name.startsWith('pairs/') ? 'comparison in this report' : 'dataset in this report';
  const page = await requireFile(db, report.id, { name, kinds: ['page'], superseded, what });
  const base = `/reports/${report.public_id}`;
  sendReportPage(request, response, application, {
    title: name === '' ? page.heading : `${page.heading} – ${title}`,
    study: { id, title },
    base,
    current: name,
    heading: page.heading,
    frozen: {
      at: report.frozen_at,
      sha256: report.sha256,
      superseded,
      verifiedBy: verifiedBy(report),
    },
    pages: files
      .filter(({ kind }) => kind === 'page')
      .map((one) => ({ name: one.name, title: one.title, note: one.sentence })),
    files: offeredFiles(files, superseded).map((file) => ({
      ...file,
      href: `${base}/${file.name}`,
    })),
    kept: [],
    texts: { missing: 0, fault: null },
    body: (await unzipped(page.content)).toString('utf8'),
  });
}

/** GET /reports/:report: the first page of a report as it was frozen. */
export const showFrozen: Handler = (request, response, application) =>
  showFrozenPage(request, response, application, '');

/** GET /reports/:report/datasets/:dataset */
export const showFrozenDataset: Handler = (request, response, application) =>
  showFrozenPage(request, response, application, `datasets/${String(request.params['dataset'])}`);

/** GET /reports/:report/pairs/:dataset */
export const showFrozenPair: Handler = (request, response, application) =>
  showFrozenPage(request, response, application, `pairs/${String(request.params['dataset'])}`);

/**
 * GET /reports/:report/file.json: the frozen report with the data that it was computed from; gone
 * once a rater withdrew.
 */
export const downloadFrozenData: Handler = async (request, response, application) => {
  const { db } = application;
  const report = await requireFrozen(db, String(request.params['report']));
  if ((await supersededAt(db, report)) !== null)
    throw new Problem(
      410,
      'superseded',
      'A rater whose judgments this report used has withdrawn.',
      'Its judgments are no longer given out. Its numbers still are: download the HTML, or freeze a new report.',
    );
  const { title } = await getStudy(db, report.study_id);
  await sendGzipped(response, await contentOf(db, report), {
    fileName: fileNameOf(title, `report-data-${report.sha256.slice(0, 12)}.json`),
    mediaType: 'json',
  });
};

/** GET /reports/:report/:file: any other file of it, without judgments once a rater withdrew. */
export const downloadFrozenFile: Handler = async (request, response, application) => {
  const { report, superseded } = await openFrozen(request, application);
  const name = String(request.params['file']);
  const file = await requireFile(application.db, report.id, {
    name,
    kinds: ['file', 'publication'],
    superseded,
    what: 'file',
  });
  const checksum = file.kind === 'file' ? `-${report.sha256.slice(0, 12)}` : '';
  await sendGzipped(response, file.content, {
    fileName: nameNow(file.file_name.replace(/(\.\w+)$/, `${checksum}$1`), { superseded }),
    mediaType: file.media_type,
  });
};

/** GET /reports/:report/plots/:plot: a plot of it as SVG, or as the picture that the SVG gives. */
export const downloadFrozenPlot: Handler = async (request, response, application) => {
  const { db } = application;
  const { report, superseded } = await openFrozen(request, application);
  const asked = askedPlot(request);
  const name = plotName(asked.plot, asked.theme);
  const file = await findFile(db, report.id, { name, kinds: ['plot'], superseded });
  if (file === undefined)
    throw noSuchPlot(plotsKept(await filesOf(db, report.id, superseded)).map(({ id }) => id));
  const fileName = nameNow(file.file_name, { superseded });
  if (asked.format === 'svg')
    return sendGzipped(response, file.content, {
      fileName,
      mediaType: file.media_type,
    });
  const svg = (await unzipped(file.content)).toString('utf8');
  const picture = await pictureOf(application, svg);
  response.attachment(fileName.replace(/svg$/, 'png')).type('png');
  await sendFile(response, picture);
};
