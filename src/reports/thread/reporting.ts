import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { newPublicId } from '#storage/identifiers.js';
import type { Study } from '#studies/study.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';
import { notFound, Problem } from '#web/problem.js';
import { type FrozenReport, otherFormat, storeFrozen } from '../frozen/frozen.js';
import { storeFiles } from '../frozen/stored.js';
import { fingerprintOf } from '../input/fingerprint.js';
import { newestOf } from './newest.js';
import type {
  Download,
  FrozenContent,
  KnownPlots,
  MadeFiles,
  Outline,
  Part,
  ReportPart,
  ReportTask,
  StudyTask,
} from './tasks.js';

/**
 * One thread draws pages and keeps what it computed, so that a report that is looked at while
 * raters work comes at once, and makes pictures of stored plots; another writes files, so that a
 * long download holds no page up. Both end when nothing was asked for five minutes. Rows by the ten
 * thousand live long enough to be copied by a small young generation again and again.
 */
const pool = (): Piscina =>
  new Piscina({
    filename: fileURLToPath(new URL('./report.worker.js', import.meta.url)),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 300_000,
    resourceLimits: { maxOldGenerationSizeMb: 4096, maxYoungGenerationSizeMb: 128 },
  });
const [drawing, writing] = [pool(), pool()];

type Work = Pick<Application, 'config' | 'database' | 'now'>;

const computed = newestOf<NonNullable<StudyTask['computed']>>(200);

/**
 * When the report of a study as it stands now was first asked for. Pages and files come from two
 * threads and at any time; as long as nothing has changed all of them say the same.
 */
async function computedOf(
  { database }: Work,
  { study, now }: Pick<StudyTask, 'study' | 'now'>,
): Promise<StudyTask['computed']> {
  const key = JSON.stringify([database.location, study]);
  const fingerprint = await fingerprintOf(database.db, study);
  const known = computed.get(key);
  if (known?.fingerprint === fingerprint) return known;
  const first = { fingerprint, at: now };
  computed.put(key, first);
  return first;
}

async function taskOf(
  application: Work,
  study: string,
): Promise<Pick<StudyTask, 'location' | 'config' | 'now' | 'study' | 'computed'>> {
  const now = application.now();
  return {
    location: application.database.location,
    config: application.config,
    now,
    study,
    computed: await computedOf(application, { study, now }),
  };
}

const kept = newestOf<ReportPart>(200);
const running = new Map<string, Promise<ReportPart>>();

/**
 * One page of a report as it stands now, given back as it is where nothing has changed since last
 * time. Two who ask at once share one computation. Throws "not found" where the report has no such
 * dataset or pair.
 */
export function reportPart(application: Work, study: string, part: Part): Promise<ReportPart> {
  const key = JSON.stringify([application.database.location, study, part]);
  const known = running.get(key);
  if (known !== undefined) return known;
  const computation = (async (): Promise<ReportPart> => {
    const before = kept.get(key);
    const drawn: ReportPart | null = await drawing.run({
      ...(await taskOf(application, study)),
      kind: 'part',
      part,
      base: `/studies/${study}/report`,
      known: before?.outline.fingerprint ?? null,
    } satisfies ReportTask);
    const page = drawn ?? before;
    if (page === undefined || page.body === '')
      throw notFound(part.kind === 'pair' ? 'comparison in this report' : 'dataset in this report');
    kept.put(key, page);
    return page;
  })().finally(() => running.delete(key));
  running.set(key, computation);
  return computation;
}

/**
 * Freezes the report of a study as it stands now. What its texts have not been measured for is
 * measured first, so that no check is left out that only has to run. Throws a 409 `Problem` for a
 * draft, which can still be deleted, and a 502 where texts cannot be measured; with `provisional` it
 * is frozen all the same, and its stamp says what is still to come.
 */
export async function freezeReport(
  application: Work & Pick<Application, 'db'>,
  options: {
    study: Pick<Study, 'id' | 'public_id' | 'state'>;
    staff: Staff | null;
    provisional?: boolean;
  },
): Promise<FrozenReport> {
  if (options.study.state === 'draft')
    throw new Problem(
      409,
      'not_opened',
      'This study was never opened: there is nothing to freeze.',
      'Open the study, and freeze its report once it was judged.',
    );
  const study = options.study.public_id;
  await writing
    .run({ ...(await taskOf(application, study)), kind: 'texts' } satisfies ReportTask)
    .catch((error: unknown) => {
      if (options.provisional === true) return;
      throw new Problem(
        502,
        'texts_not_measured',
        error instanceof Error ? error.message : String(error),
        'Nothing was frozen: the texts of its datasets are measured first. Where that stays impossible, the report’s page offers to freeze it as provisional.',
      );
    });
  const publicId = newPublicId();
  const task = {
    ...(await taskOf(application, study)),
    kind: 'freeze',
    report: publicId,
  } satisfies ReportTask;
  const frozen: FrozenContent = await writing.run(task);
  return storeFrozen(application.db, frozen, { ...options, publicId, now: task.now });
}

const making = new Map<string, Promise<void>>();

/**
 * Makes the files of a report that was frozen before they were stored with it, and stores them.
 * Two who ask at once share the work. Throws a 409 `Problem` where this version cannot read it.
 */
export function makeMissingFiles(
  application: Work & Pick<Application, 'db'>,
  report: FrozenReport,
): Promise<void> {
  const key = JSON.stringify([application.database.location, report.public_id]);
  const known = making.get(key);
  if (known !== undefined) return known;
  const work = (async (): Promise<void> => {
    const files: MadeFiles = await writing.run({
      kind: 'files',
      location: application.database.location,
      config: application.config,
      report: report.public_id,
    } satisfies ReportTask);
    if (files === null) throw otherFormat(report);
    await inTransaction(application.db, (trx) => storeFiles(trx, report.id, files), {
      repeatable: true,
    });
  })().finally(() => making.delete(key));
  making.set(key, work);
  return work;
}

/** A file that was written for one download; `remove` takes it away. */
export interface WrittenFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** Has the thread write a file; takes it away where that fails. */
async function written<T>(
  application: Pick<Application, 'config'>,
  write: (path: string) => Promise<T>,
): Promise<WrittenFile & { readonly answer: T }> {
  const folder = join(application.config.dataFolder, 'downloads');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, newPublicId());
  const remove = (): Promise<void> => rm(path, { force: true });
  try {
    return { path, remove, answer: await write(path) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The report has no such plot: names those that it has. */
export const noSuchPlot = (plots: readonly string[]): Problem =>
  new Problem(
    404,
    'not_found',
    'The report has no such plot.',
    plots.length === 0 ? 'It has none yet.' : `It has: ${plots.join(', ')}.`,
  );

/**
 * Any file that the report of a study offers, as it stands now. Throws "not found" for a plot that
 * it has not, naming those that there are.
 */
export const downloadOf = (
  application: Work,
  study: string,
  download: Download,
): Promise<WrittenFile & { readonly answer: Outline | null }> =>
  written(application, async (path) => {
    const answer: Outline | KnownPlots | null = await writing.run({
      ...(await taskOf(application, study)),
      ...download,
      path,
    } satisfies ReportTask);
    if (answer !== null && 'plots' in answer) throw noSuchPlot(answer.plots);
    return answer;
  });

/** A whole report as one HTML file, or all its numbers as JSON, with its outline. */
export async function reportFileOf(
  application: Work,
  study: string,
  format: 'html' | 'json',
): Promise<WrittenFile & { readonly outline: Outline }> {
  const { answer, ...file } = await downloadOf(application, study, { kind: 'file', format });
  if (answer === null) throw new Error('the computing thread gave no outline');
  return { ...file, outline: answer };
}

/** A plot that stands alone (SVG) as a PNG of twice its size. */
export const pictureOf = (
  application: Pick<Application, 'config'>,
  svg: string,
): Promise<WrittenFile> =>
  written(application, (path) => drawing.run({ kind: 'picture', svg, path } satisfies ReportTask));
