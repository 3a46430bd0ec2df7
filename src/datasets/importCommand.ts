import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import { bytes, count, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { type Command, type CommandContext, inputFile, parseOptions } from '../command.js';
import { confirmedDescription, describeBehaviour, ensureBehaviour } from './behaviour.js';
import { healthOf, sourceWords } from './dataset.js';
import { missingLabels } from './health.js';
import { sweepImports } from './imports/discard.js';
import type { InspectedFile } from './imports/import.js';
import { type FileResult, importFile } from './imports/importFile.js';
import { inspectFiles } from './imports/inspection.js';
import { findFiles } from './imports/paths.js';
import { unpackedLimitOf } from './imports/start.js';
import { countedFrom, familyWords, type ImportSettings, isComplete } from './imports/plan.js';

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
  goodRows: z.boolean().default(false),
  dropDuplicates: z.boolean().default(false),
});

/** What `--descriptions` reads: behaviour → one line, or both texts. */
export const Descriptions = z.record(
  z.string(),
  z.union([
    z.string().trim().min(1).max(200),
    z.strictObject({
      short: z.string().trim().min(1).max(200),
      long: z.string().trim().max(4000).default(''),
    }),
  ]),
);

async function readDescriptions(path: string | undefined): Promise<z.output<typeof Descriptions>> {
  if (path === undefined) return {};
  const text = await readFile(await inputFile(path), 'utf8');
  try {
    return Descriptions.parse(JSON.parse(text));
  } catch (error) {
    throw new Problem(
      422,
      'bad_descriptions',
      `${path} is not a JSON object of descriptions.`,
      `Nothing was imported. Write {"behaviour": "one line"} or {"behaviour": {"short": "…", "long": "…"}}. ${error instanceof z.ZodError ? (error.issues[0]?.message ?? '') : ''}`,
    );
  }
}

function overview(files: readonly InspectedFile[], say: (line: string) => void): void {
  const width = Math.min(60, Math.max(...files.map((file) => file.path.length)));
  for (const { path, plan, understood, byteCount } of files) {
    const missing = missingLabels(
      understood.unlabelledInSample,
      understood.rowsSampled - understood.rejectedInSample,
    );
    const words = understood.isDataset
      ? `${plan.source === null ? 'SOURCE NOT KNOWN' : sourceWords[plan.source]}${plan.role === 'few-shot' ? ' few-shot prompts' : ''}, behaviour ${plan.behaviour}: ${familyWords[plan.family]}, ${understood.formatWords}, ${bytes(byteCount)}${missing === null ? '' : `; ${missing}${understood.complete ? '' : ', of the first rows'}`}`
      : `${understood.unreadable ? 'cannot be read' : 'not a dataset'}: ${understood.reason ?? 'there is no example in it'}`;
    say(`  ${path.padEnd(width)}  ${words}`);
  }
}

async function writeDescriptions(
  context: CommandContext,
  files: readonly InspectedFile[],
  options: z.output<typeof Options>,
  given: z.output<typeof Descriptions>,
): Promise<void> {
  const { db, now } = context.application;
  for (const name of new Set(files.map((file) => file.plan.behaviour))) {
    const found = given[name] ?? options.description;
    if (found === undefined) continue;
    const text = typeof found === 'string' ? { short: found, long: '' } : found;
    await inTransaction(db, async (trx) => {
      const behaviour = await ensureBehaviour(trx, name, now());
      const { description, changed } = await describeBehaviour(trx, {
        behaviourId: behaviour.id,
        text,
        confirm: true,
        now: now(),
        accountId: null,
      });
      if (changed)
        await recordAudit(trx, {
          at: now(),
          staff: null,
          action: 'behaviour.confirm',
          subject: `behaviour ${behaviour.public_id}`,
          detail: { version: description.version },
        });
    });
  }
}

interface Outcome {
  readonly path: string;
  readonly outcome: FileResult['outcome'] | 'not-a-dataset' | 'unreadable' | 'failed';
  readonly message: string | null;
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
    'Imports datasets from files, folders and patterns; shows what it understood and asks before anything is written.',
  arguments: [['<paths...>', 'files, folders or patterns (*, **, ?)']],
  options: [
    ['--behaviour <name>', 'the behaviour of every file (otherwise the file’s name)'],
    ['--source <source>', 'generated or human, for every file (otherwise what the path tells)'],
    ['--role <role>', 'evaluated or few-shot, for every file (otherwise what the path tells)'],
    ['--description <text>', 'one line about the behaviour for raters; writes and confirms it'],
    ['--descriptions <file>', 'a JSON file of behaviour → description; writes and confirms them'],
    [
      '--count-from <number>',
      '0 or 1: the number of the first choice where a label is a number (otherwise 1)',
    ],
    ['--good-rows', 'import the rows that can be examples and list the others'],
    ['--drop-duplicates', 'drop exact duplicates instead of keeping them with a finding'],
  ],
  async run(context, positional, given) {
    const options = parseOptions(Options, given, 'Nothing was imported.');
    const descriptions = await readDescriptions(options.descriptions);
    const found = findFiles(positional, process.cwd());
    await sweepImports(context.application.db, {
      now: context.application.now,
      signal: context.signal,
    });
    const inspected = (
      await inspectFiles(
        found.map(({ label, fullPath, byteCount }) => ({
          path: label,
          storedPath: fullPath,
          byteCount,
          fullPath,
        })),
      )
    ).map((file) => ({
      ...file,
      plan: {
        ...file.plan,
        behaviour: options.behaviour ?? file.plan.behaviour,
        source: options.source ?? file.plan.source,
        role: options.role ?? file.plan.role,
        mapping: countedFrom(file.plan.mapping, options.countFrom),
      },
    }));
    overview(inspected, context.say);
    const datasets = inspected.filter((file) => file.understood.isDataset);
    const others = inspected
      .filter((file) => !file.understood.isDataset)
      .map((file): Outcome => ({
        path: file.path,
        outcome: file.understood.unreadable ? 'unreadable' : 'not-a-dataset',
        message: file.understood.reason,
        dataset: null,
        version: null,
        examples: 0,
        unlabelled: 0,
        rejected: 0,
        dropped_duplicates: 0,
        rejections: [],
      }));
    const unknown = datasets.filter((file) => file.plan.source === null);
    if (unknown.length > 0)
      throw new Problem(
        422,
        'source_not_known',
        `The path does not tell whether a model or people wrote ${unknown.map((file) => file.path).join(', ')}.`,
        'Nothing was imported. Say it with --source generated or --source human.',
      );
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

async function sayUnconfirmed(context: CommandContext, names: ReadonlySet<string>): Promise<void> {
  const { db } = context.application;
  const missing: string[] = [];
  for (const name of names) {
    const behaviour = await db
      .selectFrom('behaviour')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirst();
    if (behaviour !== undefined && (await confirmedDescription(db, behaviour.id)) === undefined)
      missing.push(name);
  }
  if (missing.length > 0)
    context.say(
      `Without a confirmed description these cannot go to raters yet: ${missing.join(', ')}. Write one on the behaviour’s page or with --descriptions.`,
    );
}
