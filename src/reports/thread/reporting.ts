import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { newPublicId } from '#storage/identifiers.js';
import type { Application } from '#web/application.js';
import { notFound, Problem } from '#web/problem.js';
import type { BundleFormat } from '../files/bundle.js';
import { type FrozenReport, storeFrozen } from '../frozen/frozen.js';
import { newestOf } from './newest.js';
import type { PlotFormat } from '../plots/plot.js';
import type { Theme } from '../plots/standalone.js';
import {
  type FrozenContent,
  type KnownPlots,
  otherFormat,
  type Outline,
  type Part,
  type ReportPart,
  type ReportTask,
  type Subject,
} from './tasks.js';

/**
 * One thread draws pages and keeps what it computed, so that a report that is looked at while
 * raters work comes at once; another writes files, so that a long download holds no page up. Both
 * end when nothing was asked for five minutes. Rows by the ten thousand live long enough to be
 * copied by a small young generation again and again.
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

const taskOf = (
  application: Work,
  subject: Subject,
): Pick<ReportTask, 'location' | 'config' | 'now' | 'subject'> => ({
  location: application.database.location,
  config: application.config,
  now: application.now(),
  subject,
});

/** Gives an expected fault of the thread its status; every other stays what it is. */
function rethrown(error: unknown): never {
  if (error instanceof Error && error.message === otherFormat)
    throw new Problem(
      409,
      'other_format',
      otherFormat,
      'Its file can be downloaded at this address with /file.json behind it, and verified by the version that wrote it.',
    );
  throw error;
}

const kept = newestOf<ReportPart>(200);
const running = new Map<string, Promise<ReportPart>>();

/**
 * One page of a report as it stands now, given back as it is where nothing has changed since last
 * time. Two who ask at once share one computation. Throws "not found" where the report has no such
 * dataset or pair.
 */
export function reportPart(
  application: Work,
  subject: Subject,
  part: Part,
  base: string,
): Promise<ReportPart> {
  const key = JSON.stringify([application.database.location, subject, part]);
  const known = running.get(key);
  if (known !== undefined) return known;
  const computation = (async (): Promise<ReportPart> => {
    const before = kept.get(key);
    const drawn: ReportPart | null = await drawing
      .run({
        ...taskOf(application, subject),
        kind: 'part',
        part,
        base,
        known: before?.outline.fingerprint ?? null,
      } satisfies ReportTask)
      .catch(rethrown);
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
 * Freezes the report of a study as it stands now, once all of its texts are measured. Throws a 502
 * `Problem` where they cannot be.
 */
export async function freezeReport(
  application: Work & Pick<Application, 'db'>,
  options: { study: string; studyId: number; accountId: number | null },
): Promise<FrozenReport> {
  await writing
    .run({ ...taskOf(application, { study: options.study }), kind: 'texts' } satisfies ReportTask)
    .catch((error: unknown) => {
      throw new Problem(
        502,
        'texts_not_measured',
        error instanceof Error ? error.message : String(error),
        'Nothing was frozen: the texts of its datasets are measured first.',
      );
    });
  const task = {
    ...taskOf(application, { study: options.study }),
    kind: 'freeze',
  } satisfies ReportTask;
  const frozen: FrozenContent = await writing.run(task);
  return storeFrozen(application.db, {
    ...frozen,
    studyId: options.studyId,
    now: task.now,
    accountId: options.accountId,
  });
}

/** A file that was written for one download; `remove` takes it away. */
export interface WrittenFile {
  readonly path: string;
  remove(): Promise<void>;
}

type WritingTask =
  | { kind: 'bundle'; format: BundleFormat }
  | { kind: 'dataset'; dataset: string }
  | { kind: 'publication'; publication: string; dataset: string | null }
  | { kind: 'file'; format: 'html' | 'json' }
  | { kind: 'plot'; plot: string; format: PlotFormat; theme: Theme };

/** Writes a file in the thread; the outline is there where a whole report was written. */
async function written(
  application: Work,
  subject: Subject,
  task: WritingTask,
): Promise<WrittenFile & { readonly outline: Outline | null }> {
  const folder = join(application.config.dataFolder, 'downloads');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, newPublicId());
  const remove = (): Promise<void> => rm(path, { force: true });
  try {
    const answer: Outline | KnownPlots | null = await writing
      .run({ ...taskOf(application, subject), ...task, path } satisfies ReportTask)
      .catch(rethrown);
    if (answer !== null && 'plots' in answer)
      throw new Problem(
        404,
        'not_found',
        'The report has no such plot.',
        answer.plots.length === 0 ? 'It has none yet.' : `It has: ${answer.plots.join(', ')}.`,
      );
    return { path, remove, outline: answer };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A whole report as one HTML file, or all its numbers as JSON, with its outline. */
export async function reportFileOf(
  application: Work,
  subject: Subject,
  format: 'html' | 'json',
): Promise<WrittenFile & { readonly outline: Outline }> {
  const { outline, ...file } = await written(application, subject, { kind: 'file', format });
  if (outline === null) throw new Error('the computing thread gave no outline');
  return { ...file, outline };
}

/**
 * One plot of a report as a file that stands alone. Throws "not found", naming the plots that there
 * are.
 */
export const plotOf = (
  application: Work,
  subject: Subject,
  plot: string,
  format: PlotFormat,
  theme: Theme,
): Promise<WrittenFile> => written(application, subject, { kind: 'plot', plot, format, theme });

/** The tables of a study as a zip with its manifest. */
export const bundleOf = (
  application: Work,
  study: string,
  format: BundleFormat,
): Promise<WrittenFile> => written(application, { study }, { kind: 'bundle', format });

/** The sampled examples of one dataset as JSONL with crowd fields. */
export const validatedDatasetOf = (
  application: Work,
  study: string,
  dataset: string,
): Promise<WrittenFile> => written(application, { study }, { kind: 'dataset', dataset });

/** One of the texts for a paper or a data repository (`publications`). */
export const publicationOf = (
  application: Work,
  study: string,
  publication: string,
  dataset: string | null,
): Promise<WrittenFile> =>
  written(application, { study }, { kind: 'publication', publication, dataset });
