import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Database, type Db, openDatabase } from '#storage/database.js';
import { inSnapshot } from '#storage/transaction.js';
import { notFound } from '#web/problem.js';
import { softwareVersion } from '#web/version.js';
import { writeBundle } from '../files/bundle.js';
import { fileFormat, formatOf, ReportFile, reportFile } from '../frozen/content.js';
import { countedAnswers, ratersHeld, withoutJudgments } from '../frozen/withheld.js';
import { validatedFileName } from '#web/fileName.js';
import { validatedLines } from '../files/validated.js';
import { computeReport } from '../model/report.js';
import type { ReportModel } from '../model/schema/report.js';
import { plotsOf } from '../plots/plots.js';
import { pngOf } from '../plots/png.js';
import { standaloneSvg } from '../plots/standalone.js';
import { describeDatasetFile } from '../publication/datasetFile.js';
import { publications } from '../publication/publications.js';
import { fingerprintOf } from '../input/fingerprint.js';
import { readStudyData } from '../input/read.js';
import type { StudyData } from '../input/data.js';
import { readCorpus } from '#texts/corpus.js';
import { embeddingsServer } from '#texts/embeddings.js';
import type { TextCorpus } from '#texts/measures.js';
import { measureStudy } from '#texts/measureStudy.js';
import { newestOf } from './newest.js';
import { outlineOf, pageLinks, renderPart, renderReportFile } from '../pages/render.js';
import { otherFormat, type ReportAnswer, type ReportTask, type Subject } from './tasks.js';

/**
 * Sections that stayed as they were are taken from here: after a new judgment only its dataset and
 * its pair are computed.
 */
const sections = newestOf<unknown>(1500);
const models = newestOf<ReportModel>(8);

const keyOf = (task: ReportTask): string => JSON.stringify([task.location, task.subject]);

/** Reads a study in one transaction, so that every number speaks of the same moment. */
const readAtOnce = (
  database: Database,
  study: string,
): Promise<{ data: StudyData; fingerprint: string }> =>
  inSnapshot(database.db, async (trx) => ({
    fingerprint: await fingerprintOf(trx, study),
    data: await readStudyData(trx, study),
  }));

async function compute(
  database: Database,
  task: ReportTask,
  study: string,
): Promise<{ data: StudyData; model: ReportModel }> {
  const { data, fingerprint } = await readAtOnce(database, study);
  const model = computeReport(data, {
    fingerprint,
    computedAt: task.now,
    version: softwareVersion,
    sections,
  });
  models.put(keyOf(task), model);
  return { data, model };
}

async function frozenModel(
  database: Database,
  task: ReportTask,
  subject: Extract<Subject, { frozen: string }>,
): Promise<ReportModel> {
  const known = models.get(keyOf(task));
  if (known !== undefined) return known;
  const { content } = await database.db
    .selectFrom('frozen_report')
    .select('content')
    .where('public_id', '=', subject.frozen)
    .executeTakeFirstOrThrow();
  const file: unknown = JSON.parse(gunzipSync(content).toString('utf8'));
  if (formatOf(file) !== fileFormat) throw new Error(otherFormat);
  const { model: written } = ReportFile.parse(file);
  const model = subject.superseded === null ? written : withoutJudgments(written);
  models.put(keyOf(task), model);
  return model;
}

async function modelOf(database: Database, task: ReportTask): Promise<ReportModel> {
  if ('frozen' in task.subject) return frozenModel(database, task, task.subject);
  const known = models.get(keyOf(task));
  if (
    known !== undefined &&
    known.fingerprint === (await fingerprintOf(database.db, task.subject.study))
  )
    return known;
  return (await compute(database, task, task.subject.study)).model;
}

async function partOf(
  database: Database,
  task: Extract<ReportTask, { kind: 'part' }>,
): Promise<ReportAnswer> {
  if (
    task.known !== null &&
    ('frozen' in task.subject ||
      (await fingerprintOf(database.db, task.subject.study)) === task.known)
  )
    return null;
  const model = await modelOf(database, task);
  const body = renderPart(task.config, model, task.part, pageLinks(task.base));
  return { outline: outlineOf(model), body: body ?? '' };
}

async function publicationText(
  database: Database,
  task: Extract<ReportTask, { kind: 'publication' }>,
  data: StudyData,
  model: ReportModel,
): Promise<string> {
  const publication = publications.find((known) => known.name === task.publication);
  if (publication === undefined) throw new Error(`there is no publication ${task.publication}`);
  if (publication.scope === 'study') return publication.render(model);
  const index = data.datasets.findIndex((dataset) => dataset.publicId === task.dataset);
  const dataset = data.datasets[index];
  if (dataset === undefined) throw new Error('there is no such dataset in the study');
  const file = await describeDatasetFile(
    validatedFileName(dataset),
    validatedLines(database.db, data, index),
  );
  return publication.render(model, dataset.publicId, file);
}

/** The texts of which a study's data holds the measures. */
async function measuredCorpora(db: Db, data: StudyData): Promise<TextCorpus[]> {
  const corpora: TextCorpus[] = [];
  for (const [index, dataset] of data.datasets.entries()) {
    const measured =
      data.texts.datasets[index] !== null ||
      data.texts.pairs.some(({ generated, human }) => generated === index || human === index);
    if (measured) corpora.push(await readCorpus(db, dataset));
  }
  return corpora;
}

async function measure(database: Database, task: ReportTask): Promise<null> {
  if ('frozen' in task.subject) throw new Error('the texts of a frozen report are not measured');
  const { embeddings } = task.config;
  await measureStudy(database.db, task.subject.study, {
    source: embeddings === null ? null : embeddingsServer(embeddings),
    now: () => task.now,
  });
  return null;
}

/** The sampled rows of one dataset with what raters said; that takes no report. */
async function writeDataset(
  database: Database,
  task: Extract<ReportTask, { kind: 'dataset' }>,
): Promise<null> {
  if ('frozen' in task.subject) throw new Error('a frozen report has no dataset');
  const { data } = await readAtOnce(database, task.subject.study);
  const index = data.datasets.findIndex((dataset) => dataset.publicId === task.dataset);
  if (index === -1) throw notFound('dataset in this study');
  await pipeline(
    Readable.from(validatedLines(database.db, data, index)),
    createWriteStream(task.path),
  );
  return null;
}

/** What needs the study's data beside its numbers. */
async function fromData(
  database: Database,
  task: Extract<ReportTask, { kind: 'freeze' | 'bundle' | 'publication' }>,
): Promise<ReportAnswer> {
  if ('frozen' in task.subject) throw new Error(`a frozen report has no ${task.kind}`);
  const { data, model } = await compute(database, task, task.subject.study);
  switch (task.kind) {
    case 'freeze': {
      const file = reportFile(
        model,
        countedAnswers(data),
        await measuredCorpora(database.db, data),
      );
      return {
        content: gzipSync(JSON.stringify(file)),
        sha256: file.sha256,
        raters: ratersHeld(data),
      };
    }
    case 'bundle':
      await writeBundle(data, model, task);
      return null;
    case 'publication':
      await writeFile(task.path, await publicationText(database, task, data, model));
      return null;
  }
}

async function writePlot(
  task: Extract<ReportTask, { kind: 'plot' }>,
  model: ReportModel,
): Promise<ReportAnswer> {
  const plots = plotsOf(model);
  const drawn = plots.find((plot) => plot.id === task.plot)?.draw() ?? null;
  if (drawn === null)
    return { plots: plots.filter((plot) => plot.draw() !== null).map((plot) => plot.id) };
  const svg = standaloneSvg(drawn, task.theme);
  await writeFile(task.path, task.format === 'svg' ? svg : pngOf(svg));
  return null;
}

/**
 * One task of the computing thread: a page of a report, a file that is written where it was asked,
 * or content to freeze; or texts measured.
 */
export default async function work(task: ReportTask): Promise<ReportAnswer> {
  const database = openDatabase(task.location, { readonly: task.kind !== 'texts', poolSize: 1 });
  try {
    if (task.kind === 'texts') return await measure(database, task);
    if (task.kind === 'part') return await partOf(database, task);
    if (task.kind === 'plot') return await writePlot(task, await modelOf(database, task));
    if (task.kind === 'dataset') return await writeDataset(database, task);
    if (task.kind !== 'file') return await fromData(database, task);
    const model = await modelOf(database, task);
    await writeFile(
      task.path,
      task.format === 'json'
        ? JSON.stringify(model)
        : renderReportFile(
            task.config,
            model,
            'frozen' in task.subject ? task.subject.superseded : null,
          ),
    );
    return outlineOf(model);
  } finally {
    await database.close();
  }
}
