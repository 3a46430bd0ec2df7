import { gunzipSync, gzipSync } from 'node:zlib';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Database, type Db, openDatabase } from '#storage/database.js';
import { inSnapshot } from '#storage/transaction.js';
import { readCorpus } from '#texts/corpus.js';
import { embeddingsServer } from '#texts/embeddings.js';
import type { TextCorpus } from '#texts/measures.js';
import { measureStudy } from '#texts/measureStudy.js';
import { softwareVersion } from '#web/version.js';
import { reportFile } from '../frozen/content.js';
import { type ReadReport, readReport } from '../frozen/formats/formats.js';
import { makeFiles } from '../frozen/making.js';
import { usedAnswers, ratersHeld } from '../frozen/withheld.js';
import type { StudyData } from '../input/data.js';
import { fingerprintOf } from '../input/fingerprint.js';
import { readStudyData } from '../input/read.js';
import { computeReport } from '../model/report.js';
import type { ReportModel } from '../model/schema/report.js';
import { outlineOf, pageLinks, renderPart } from '../pages/render.js';
import { pngOf } from '../plots/png.js';
import { newestOf } from './newest.js';
import type {
  FrozenContent,
  FrozenTask,
  MadeFiles,
  ReportPart,
  ReportTask,
  StudyAnswer,
  StudyTask,
} from './tasks.js';
import { type Contents, writeDownload } from './writing.js';

/**
 * Sections that stayed as they were are taken from here: after a new judgment only its dataset and
 * its pair are computed.
 */
const sections = newestOf<unknown>(1500);
const models = newestOf<ReportModel>(8);

const keyOf = (task: StudyTask): string => JSON.stringify([task.location, task.study]);

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
  task: StudyTask,
): Promise<{ data: StudyData; model: ReportModel }> {
  const { data, fingerprint } = await readAtOnce(database, task.study);
  const model = computeReport(data, {
    fingerprint,
    computedAt: task.computed?.fingerprint === fingerprint ? task.computed.at : task.now,
    version: softwareVersion,
    sections,
  });
  models.put(keyOf(task), model);
  return { data, model };
}

async function modelOf(database: Database, task: StudyTask): Promise<ReportModel> {
  const known = models.get(keyOf(task));
  if (known !== undefined && known.fingerprint === (await fingerprintOf(database.db, task.study)))
    return known;
  return (await compute(database, task)).model;
}

async function partOf(
  database: Database,
  task: Extract<StudyTask, { kind: 'part' }>,
): Promise<ReportPart | null> {
  if (task.known !== null && (await fingerprintOf(database.db, task.study)) === task.known)
    return null;
  const model = await modelOf(database, task);
  const body = renderPart(task.config, model, task.part, pageLinks(task.base));
  return { outline: outlineOf(model), body: body ?? '' };
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

async function measure(database: Database, task: StudyTask): Promise<null> {
  const { embeddings } = task.config;
  await measureStudy(database.db, task.study, {
    source: embeddings === null ? null : embeddingsServer(embeddings),
    now: () => task.now,
  });
  return null;
}

async function freeze(
  database: Database,
  task: Extract<StudyTask, { kind: 'freeze' }>,
): Promise<FrozenContent> {
  const { db } = database;
  const { data: all, model } = await compute(database, task);
  const data = usedAnswers(all);
  const file = reportFile(model, data, await measuredCorpora(db, data));
  return {
    content: gzipSync(JSON.stringify(file)),
    format: file.format,
    software: model.software.version,
    sha256: file.sha256,
    files: await makeFiles({ config: task.config, db }, { model, data }, `/reports/${task.report}`),
    raters: ratersHeld(data),
  };
}

/** A stored report; null where it is in no format that this version reads, whatever it says. */
function readable(file: unknown): ReadReport | null {
  try {
    return readReport(file);
  } catch (error) {
    if (error instanceof z.ZodError) return null;
    throw error;
  }
}

/** The files of a report that was frozen before they were stored with it. */
async function filesOfFrozen(
  { db }: Database,
  task: Extract<FrozenTask, { kind: 'files' }>,
): Promise<MadeFiles> {
  const { content } = await db
    .selectFrom('frozen_report')
    .select('content')
    .where('public_id', '=', task.report)
    .executeTakeFirstOrThrow();
  const report = readable(JSON.parse(gunzipSync(content).toString('utf8')));
  return report === null
    ? null
    : makeFiles({ config: task.config, db }, report, `/reports/${task.report}`);
}

async function ofStudy(database: Database, task: StudyTask): Promise<StudyAnswer> {
  if (task.kind === 'texts') return measure(database, task);
  if (task.kind === 'part') return partOf(database, task);
  if (task.kind === 'freeze') return freeze(database, task);
  const contents: Contents = {
    config: task.config,
    db: database.db,
    withheld: false,
    model: () => modelOf(database, task),
    data: async () => (await readAtOnce(database, task.study)).data,
    both: () => compute(database, task),
  };
  return writeDownload(contents, task, task.path);
}

/**
 * One task of the computing thread: a page of a report, a file that is written where it was asked,
 * or what a report freezes; or texts measured.
 */
export default async function work(task: ReportTask): Promise<StudyAnswer | MadeFiles> {
  if (task.kind === 'picture') {
    await writeFile(task.path, pngOf(task.svg));
    return null;
  }
  const database = openDatabase(task.location, { readonly: task.kind !== 'texts', poolSize: 1 });
  try {
    return task.kind === 'files'
      ? await filesOfFrozen(database, task)
      : await ofStudy(database, task);
  } finally {
    await database.close();
  }
}
