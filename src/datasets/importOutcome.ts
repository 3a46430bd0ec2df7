import { bytes, count, plural } from '#web/format.js';
import type { CommandContext } from '../command.js';
import { healthOf } from './dataset.js';
import { printMapping } from './examples/notation.js';
import { missingLabels } from './health.js';
import type { InspectedFile } from './imports/import.js';
import { type FileResult, importFile } from './imports/importFile.js';
import { type ImportSettings, isComplete } from './imports/plan.js';
import { unpackedLimitOf } from './imports/start.js';

/** What became of one file. */
export interface Outcome {
  readonly path: string;
  readonly outcome: FileResult['outcome'] | 'not-a-dataset' | 'unreadable' | 'left-out' | 'failed';
  readonly message: string | null;
  /** Which column was taken for what; null for released shapes. */
  readonly mapping: string | null;
  /** What had the same bytes before it, in words. */
  readonly same_bytes_as: readonly string[];
  readonly dataset: string | null;
  readonly version: number | null;
  readonly examples: number;
  readonly unlabelled: number;
  readonly rejected: number;
  readonly dropped_duplicates: number;
  readonly rejections: readonly { line: number; code: string; message: string }[];
}

const shownRejections = 10;

/** An outcome in which nothing of a file came in. */
export const nothingOf = ({ path, plan, understood }: InspectedFile) => ({
  path,
  mapping: plan.mapping === null ? null : printMapping(plan.mapping),
  same_bytes_as: understood.sameBytes.map(({ words }) => words),
  dataset: null,
  version: null,
  examples: 0,
  unlabelled: 0,
  rejected: 0,
  dropped_duplicates: 0,
  rejections: [],
});

/** Imports one file, with how it goes on the terminal. Throws where the command is stopped. */
export async function importOne(
  context: CommandContext,
  file: InspectedFile,
  settings: ImportSettings,
): Promise<Outcome> {
  const { config, database, db, now } = context.application;
  const { plan } = file;
  const none = nothingOf(file);
  if (!isComplete(plan))
    return { ...none, outcome: 'failed', message: 'It was not said what the source is.' };
  let result: FileResult;
  try {
    result = await importFile(
      database,
      {
        path: file.path,
        storedPath: file.storedPath,
        byteCount: file.byteCount,
        plan,
        settings,
        importFileId: null,
        accountId: null,
      },
      {
        now,
        signal: context.signal,
        unpackedLimit: unpackedLimitOf(config),
        report: (progress) =>
          context.progress(
            `${file.path}: ${bytes(progress.bytes)} of ${bytes(progress.totalBytes)}, ${plural(progress.rows, 'row')}${progress.rejected > 0 ? `, ${count(progress.rejected)} rejected` : ''}${progress.phase === 'comparing' ? ', comparing' : ''}`,
          ),
      },
    );
  } catch (error) {
    if (context.signal.aborted) throw error;
    return {
      ...none,
      outcome: 'failed',
      message: error instanceof Error ? error.message : String(error),
    };
  }
  const dataset = await db
    .selectFrom('dataset')
    .select(['public_id', 'version', 'health'])
    .where('id', '=', result.datasetId)
    .executeTakeFirstOrThrow();
  const rejections = await db
    .selectFrom('rejected_row')
    .select(['line_number as line', 'code', 'message'])
    .where('dataset_id', '=', result.datasetId)
    .orderBy('id')
    .limit(context.json ? 1000 : shownRejections)
    .execute();
  const imported = result.outcome === 'imported';
  return {
    ...none,
    outcome: result.outcome,
    message: messageOf(result),
    dataset: imported ? dataset.public_id : null,
    version: imported ? dataset.version : null,
    examples: result.examples,
    unlabelled: imported ? healthOf(dataset).unlabelled : 0,
    rejected: result.rejected,
    dropped_duplicates: result.droppedDuplicates,
    rejections,
  };
}

function messageOf(result: FileResult): string | null {
  if (result.outcome === 'imported') return result.message;
  if (result.message !== null) return `${result.message} Here that is --count-from.`;
  return result.outcome === 'empty'
    ? 'There is no example in it.'
    : `${plural(result.rejected, 'row was', 'rows were')} rejected, so nothing of it was imported (--good-rows imports the others).`;
}

/** Says how one file ended, with the first of its rejected rows. */
export function sayOutcome(context: CommandContext, outcome: Outcome): void {
  const missing = missingLabels(outcome.unlabelled, outcome.examples);
  if (outcome.outcome === 'imported')
    context.say(
      `✓ ${outcome.path}: version ${outcome.version}, ${plural(outcome.examples, 'example')}${missing === null ? '' : `, ${missing}`}${outcome.dropped_duplicates > 0 ? `, ${plural(outcome.dropped_duplicates, 'duplicate')} dropped` : ''}${outcome.rejected > 0 ? `, ${plural(outcome.rejected, 'row')} rejected` : ''}`,
    );
  else context.say(`✗ ${outcome.path}: ${outcome.message ?? outcome.outcome}`);
  if (outcome.outcome === 'imported' && outcome.message !== null)
    context.say(`    ${outcome.message}`);
  for (const row of outcome.rejections) context.say(`    line ${row.line}: ${row.message}`);
  if (outcome.rejected > outcome.rejections.length)
    context.say(`    … and ${count(outcome.rejected - outcome.rejections.length)} more`);
}

/** Says how all files ended. */
export function closingWords(outcomes: readonly Outcome[]): string {
  const having = (...names: Outcome['outcome'][]): Outcome[] =>
    outcomes.filter(({ outcome }) => names.includes(outcome));
  const imported = having('imported');
  const refused = having('refused', 'empty', 'failed').length;
  const others = having('not-a-dataset').length;
  const broken = having('unreadable').length;
  const leftOut = having('left-out').length;
  const examples = imported.reduce((sum, outcome) => sum + outcome.examples, 0);
  return [
    imported.length === 0
      ? 'Nothing was imported.'
      : `${plural(examples, 'example')} from ${plural(imported.length, 'file')} came in.`,
    ...(refused > 0 && imported.length > 0
      ? [`${plural(refused, 'file was', 'files were')} not imported.`]
      : []),
    ...(others > 0 ? [`${plural(others, 'file is', 'files are')} not a dataset.`] : []),
    ...(broken > 0 ? [`${plural(broken, 'file', 'files')} cannot be read.`] : []),
    ...(leftOut > 0 ? [`${plural(leftOut, 'file was', 'files were')} left out.`] : []),
  ].join(' ');
}
