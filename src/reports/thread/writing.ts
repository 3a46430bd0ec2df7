import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Db } from '#storage/database.js';
import { supersededName, validatedFileName } from '#web/fileName.js';
import { notFound } from '#web/problem.js';
import type { Config } from '../../config.js';
import { writeBundle } from '../files/bundle.js';
import { validatedLines } from '../files/validated.js';
import type { DatasetFacts, StudyData } from '../input/data.js';
import type { ReportModel } from '../model/schema/report.js';
import { outlineOf, renderReportFile } from '../pages/render.js';
import { plotsOf } from '../plots/plots.js';
import { pngOf } from '../plots/png.js';
import { standaloneSvg } from '../plots/standalone.js';
import { describeDatasetFile } from '../publication/datasetFile.js';
import { publications } from '../publication/publications.js';
import type { Download, KnownPlots, Outline } from './tasks.js';

/** What the files of a report are written from; a part is read when a file asks for it. */
export interface Contents {
  readonly config: Config;
  readonly db: Db;
  /** Single judgments are left out, since a rater withdrew. */
  readonly withheld: boolean;
  model(): Promise<ReportModel>;
  data(): Promise<StudyData>;
  /** Both, read at the same moment. */
  both(): Promise<{ readonly data: StudyData; readonly model: ReportModel }>;
}

/** A dataset of a study that was validated: what a generation dropped is none. Throws "not found". */
function validatedDataset(
  data: StudyData,
  id: string | null,
): { dataset: DatasetFacts; index: number } {
  const index = data.datasets.findIndex(
    ({ publicId, part }) => publicId === id && part !== 'dropped',
  );
  const dataset = data.datasets[index];
  if (dataset === undefined) throw notFound('validated dataset in this study');
  return { dataset, index };
}

async function publicationText(
  contents: Contents,
  { publication: name, dataset: id }: Extract<Download, { kind: 'publication' }>,
): Promise<string> {
  const publication = publications.find((known) => known.name === name);
  if (publication === undefined) throw new Error(`there is no publication ${name}`);
  const { data, model } = await contents.both();
  if (publication.scope === 'study') return publication.render(model);
  const { dataset, index } = validatedDataset(data, id);
  const fileName = validatedFileName(dataset);
  const file = await describeDatasetFile(
    contents.withheld ? supersededName(fileName) : fileName,
    validatedLines(contents.db, data, index),
  );
  return publication.render(model, dataset.publicId, file);
}

/** The sampled rows of one dataset with what raters said; that takes no report. */
async function writeDataset(contents: Contents, id: string, path: string): Promise<void> {
  const data = await contents.data();
  const { index } = validatedDataset(data, id);
  await pipeline(Readable.from(validatedLines(contents.db, data, index)), createWriteStream(path));
}

async function writePlot(
  contents: Contents,
  { plot: id, format, theme }: Extract<Download, { kind: 'plot' }>,
  path: string,
): Promise<KnownPlots | null> {
  const plots = plotsOf(await contents.model());
  const drawn = plots.find((plot) => plot.id === id)?.draw() ?? null;
  if (drawn === null)
    return { plots: plots.filter((plot) => plot.draw() !== null).map((plot) => plot.id) };
  const svg = standaloneSvg(drawn, theme);
  await writeFile(path, format === 'svg' ? svg : pngOf(svg));
  return null;
}

/**
 * Writes one file of a report to `path`. Gives the outline of a whole report, the plots that there
 * are where the one asked for is not among them, and otherwise null.
 */
export async function writeDownload(
  contents: Contents,
  download: Download,
  path: string,
): Promise<Outline | KnownPlots | null> {
  switch (download.kind) {
    case 'file': {
      const model = await contents.model();
      const text =
        download.format === 'json'
          ? JSON.stringify(model)
          : renderReportFile(contents.config, model, contents);
      await writeFile(path, text);
      return outlineOf(model);
    }
    case 'bundle': {
      const { data, model } = await contents.both();
      await writeBundle(data, model, { ...contents, format: download.format, path });
      return null;
    }
    case 'publication':
      await writeFile(path, await publicationText(contents, download));
      return null;
    case 'dataset':
      await writeDataset(contents, download.dataset, path);
      return null;
    case 'plot':
      return writePlot(contents, download, path);
  }
}
