import { z } from 'zod';
import { bytes, count, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { type Command, type CommandContext, parseOptions } from '../command.js';
import { readDescriptions, sayUnconfirmed, writeDescriptions } from './descriptionOptions.js';
import { healthOf, sourceWords } from './dataset.js';
import { missingLabels } from './health.js';
import { sweepImports } from './imports/discard.js';
import type { InspectedFile } from './imports/import.js';
import { type FileResult, importFile } from './imports/importFile.js';
import { inspectAlike } from './imports/inspection.js';
import { findFiles } from './imports/paths.js';
import { unpackedLimitOf } from './imports/start.js';
import { Reading } from './formats/reading.js';
import { printMapping } from './examples/notation.js';
import {
  type ImportSettings,
  isComplete,
  notTaken,
  readAsWords,
  type SaidOfAll,
  withGapsFilled,
} from './imports/plan.js';
import { confirmGuesses, mappingLine, saidOnCommandLine } from './mappingOptions.js';

const Options = z.object({
  behaviour: z.string().trim().min(1).max(200).optional(),
  source: z.enum(['generated', 'human']).optional(),
  role: z.enum(['evaluated', 'few-shot']).optional(),
  description: z.string().trim().min(1).max(200).optional(),
  descriptions: z.string().optional(),
  countFrom: z
    .enum(['0', '1'])
    .transform((first) => (first === '0' ? 0 : 1))
    .optional(),
  delimiter: Reading.shape.delimiter,
  encoding: Reading.shape.encoding,
  header: Reading.shape.header,
  map: z.array(z.string()).default([]),
  goodRows: z.boolean().default(false),
  dropDuplicates: z.boolean().default(false),
});

function overview(
  files: readonly InspectedFile[],
  said: SaidOfAll,
  say: (line: string) => void,
): void {
  const width = Math.min(60, Math.max(...files.map((file) => file.path.length)));
  for (const { path, plan, understood, byteCount } of files) {
    const missing = missingLabels(
      understood.unlabelledInSample,
      understood.rowsSampled - understood.rejectedInSample,
    );
    const words = understood.isDataset
      ? `${plan.source === null ? 'SOURCE NOT KNOWN' : sourceWords[plan.source]}${plan.role === 'few-shot' ? ' few-shot prompts' : ''}, behaviour ${plan.behaviour}: ${readAsWords(plan)}, ${understood.formatWords}, ${bytes(byteCount)}${missing === null ? '' : `; ${missing}${understood.complete ? '' : ', of the first rows'}`}`
      : `${understood.unreadable ? 'cannot be read' : 'not a dataset'}: ${understood.reason ?? 'there is no example in it'}`;
    say(`  ${path.padEnd(width)}  ${words}`);
    const left = understood.isDataset ? notTaken(plan, said) : null;
    if (left !== null) say(`  ${' '.repeat(width)}  ${left}`);
    if (plan.mapping !== null && understood.isDataset)
      say(`  ${' '.repeat(width)}  ${mappingLine(plan.mapping, understood.columns)}`);
  }
}

interface Outcome {
  readonly path: string;
  readonly outcome: FileResult['outcome'] | 'not-a-dataset' | 'unreadable' | 'failed';
  readonly message: string | null;
  /** Which column was taken for what; null for released shapes. */
  readonly mapping: string | null;
  readonly dataset: string | null;
  readonly version: number | null;
  readonly examples: number;
  readonly unlabelled: number;
  readonly rejected: number;
  readonly dropped_duplicates: number;
  readonly rejections: readonly { line: number; code: string; message: string }[];
}

const shownRejections = 10;

async function importOne(
  context: CommandContext,
  file: InspectedFile,
  settings: ImportSettings,
): Promise<Outcome> {
  const { config, database, db, now } = context.application;
  const { plan } = file;
  const none = {
    path: file.path,
    mapping: plan.mapping === null ? null : printMapping(plan.mapping),
    dataset: null,
    version: null,
    examples: 0,
    unlabelled: 0,
    rejected: 0,
    dropped_duplicates: 0,
    rejections: [],
  };
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

function sayOutcome(context: CommandContext, outcome: Outcome): void {
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

/**
 * `assay import`: shows what it understood, asks, and imports without the queue, so that it works
 * beside a server or without one.
 */
export const importCommand: Command = {
  name: 'import',
  sentence:
    'Imports datasets from files, folders and patterns; shows what it understood and asks ' +
    'before anything is written.',
  arguments: [['<paths...>', 'files, folders or patterns (*, **, ?)']],
  options: [
    ['--behaviour <name>', 'the behaviour of every file (otherwise the file’s name)'],
    ['--source <source>', 'generated or human, for every file whose folder does not tell it'],
    ['--role <role>', 'evaluated or few-shot, for every file whose folder does not tell it'],
    ['--description <text>', 'one line about the behaviour for raters; writes and confirms it'],
    ['--descriptions <file>', 'a JSON file of behaviour → description; writes and confirms them'],
    [
      '--count-from <number>',
      '0 or 1: the number of the first choice where a label is a number (otherwise what ' +
        'the labels show)',
    ],
    [
      '--map <part>',
      'which column is what in a file of an unknown shape: text=…, choices=…, label=…, ' +
        'label-as=…; once for each part, or a JSON file',
      'repeated',
    ],
    [
      '--delimiter <name>',
      'comma, semicolon, tab or pipe: what stands between the cells of a table (otherwise found)',
    ],
    [
      '--encoding <name>',
      'utf-8, utf-16le, utf-16be or windows-1252: how text is encoded (otherwise found and asked)',
    ],
    ['--header', 'the first row of a table names its columns'],
    ['--no-header', 'the first row of a table is data; its columns are called “column 1”, …'],
    ['--good-rows', 'import the rows that can be examples and list the others'],
    ['--drop-duplicates', 'drop exact duplicates instead of keeping them with a finding'],
  ],
  async run(context, positional, given) {
    const options = parseOptions(Options, given, 'Nothing was imported.');
    const descriptions = await readDescriptions(options.descriptions);
    const { delimiter, encoding, header } = options;
    const reading = { delimiter, encoding, header };
    const saidOf = await saidOnCommandLine(options.map, options.countFrom);
    const found = findFiles(positional, process.cwd());
    await sweepImports(context.application.db, {
      now: context.application.now,
      signal: context.signal,
    });
    const inspected = (
      await inspectAlike(
        found.map(({ label, fullPath, byteCount }) => ({
          path: label,
          storedPath: fullPath,
          byteCount,
          fullPath,
          said: saidOf(label),
        })),
        reading,
      )
    ).map((file) => ({
      ...file,
      plan: withGapsFilled(file.plan, options),
    }));
    overview(inspected, options, context.say);
    const datasets = inspected.filter((file) => file.understood.isDataset);
    const others = inspected
      .filter((file) => !file.understood.isDataset)
      .map((file): Outcome => ({
        path: file.path,
        outcome: file.understood.unreadable ? 'unreadable' : 'not-a-dataset',
        message: file.understood.reason,
        mapping: null,
        dataset: null,
        version: null,
        examples: 0,
        unlabelled: 0,
        rejected: 0,
        dropped_duplicates: 0,
        rejections: [],
      }));
    const questions = datasets.flatMap(({ path, understood }) =>
      understood.reading.questions.map(({ sentence }) => `${path}: ${sentence}`),
    );
    if (questions.length > 0)
      throw new Problem(
        422,
        'reading_not_said',
        questions.join(' '),
        'Nothing was imported. Say it with --encoding, --header or --no-header.',
      );
    const unknown = datasets.filter((file) => file.plan.source === null);
    if (unknown.length > 0)
      throw new Problem(
        422,
        'source_not_known',
        'The path does not tell whether a model or people wrote ' +
          `${unknown.map((file) => file.path).join(', ')}.`,
        'Nothing was imported. Say it with --source generated or --source human; that ' +
          'changes nothing where a folder tells it.',
      );
    if (!(await confirmGuesses(context, datasets))) {
      context.say('Nothing was imported.');
      return 1;
    }
    if (datasets.length === 0) {
      context.answer({ files: others });
      context.say('There is nothing to import.');
      return 1;
    }
    if (!(await context.confirm(`Import ${plural(datasets.length, 'file')}?`))) {
      context.say('Nothing was imported.');
      return 1;
    }
    await writeDescriptions(context, datasets, options, descriptions);
    const outcomes: Outcome[] = [];
    for (const file of datasets) {
      const outcome = await importOne(context, file, {
        goodRows: options.goodRows,
        dropDuplicates: options.dropDuplicates,
      });
      sayOutcome(context, outcome);
      outcomes.push(outcome);
    }
    const imported = outcomes.filter((outcome) => outcome.outcome === 'imported');
    const broken = others.filter((outcome) => outcome.outcome === 'unreadable');
    context.answer({ files: [...outcomes, ...others] });
    context.say(
      closingWords(
        imported,
        outcomes.length - imported.length,
        others.length - broken.length,
        broken.length,
      ),
    );
    await sayUnconfirmed(
      context,
      new Set(
        datasets
          .filter((_file, index) => outcomes[index]?.outcome === 'imported')
          .map((file) => file.plan.behaviour),
      ),
    );
    return imported.length === outcomes.length && broken.length === 0 ? 0 : 1;
  },
};

function closingWords(
  imported: readonly Outcome[],
  refused: number,
  others: number,
  broken: number,
): string {
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
  ].join(' ');
}
