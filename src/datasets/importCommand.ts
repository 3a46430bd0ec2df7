import { z } from 'zod';
import { bytes, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { type Command, parseOptions } from '../command.js';
import { readDescriptions, sayUnconfirmed, writeDescriptions } from './descriptionOptions.js';
import { sourceWords } from './dataset.js';
import { missingLabels } from './health.js';
import { sweepImports } from './imports/discard.js';
import { closingWords, importOne, nothingOf, type Outcome, sayOutcome } from './importOutcome.js';
import type { InspectedFile } from './imports/import.js';
import { inspectAlike } from './imports/inspection.js';
import { leavingOut, leftOutWords } from './imports/leaveOut.js';
import { findFiles } from './imports/paths.js';
import { sameBytesWords, withSameBytes } from './imports/sameBytes.js';
import { Reading } from './formats/reading.js';
import {
  notTaken,
  readAsWords,
  readOtherwise,
  type SaidOfAll,
  withGapsFilled,
} from './imports/plan.js';
import { refuseUnknownColumns } from './imports/unfinished.js';
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
  leaveOut: z.array(z.string()).default([]),
  goodRows: z.boolean().default(false),
  dropDuplicates: z.boolean().default(false),
});

function overview(
  files: readonly InspectedFile[],
  said: SaidOfAll & Reading,
  say: (line: string) => void,
): void {
  const width = Math.min(60, Math.max(...files.map((file) => file.path.length)));
  const { delimiter, encoding, header } = said;
  for (const file of files) {
    const { path, plan, understood, byteCount } = file;
    const missing = missingLabels(
      understood.unlabelledInSample,
      understood.rowsSampled - understood.rejectedInSample,
    );
    const words = understood.isDataset
      ? `${plan.source === null ? 'SOURCE NOT KNOWN' : sourceWords[plan.source]}${plan.role === 'few-shot' ? ' few-shot prompts' : ''}, behaviour ${plan.behaviour}: ${readAsWords(plan)}, ${understood.formatWords}, ${bytes(byteCount)}${missing === null ? '' : `; ${missing}${understood.complete ? '' : ', of the first rows'}`}`
      : `${understood.unreadable ? 'cannot be read' : 'not a dataset'}: ${understood.reason ?? 'there is no example in it'}`;
    say(`  ${path.padEnd(width)}  ${words}`);
    const further = understood.isDataset
      ? [
          plan.leaveOut ? leftOutWords(file) : null,
          notTaken(plan, said),
          readOtherwise(plan, understood.reading, { delimiter, encoding, header }),
          sameBytesWords(understood.sameBytes),
          mappingLine(file),
        ]
      : [];
    for (const line of further) if (line !== null) say(`  ${' '.repeat(width)}  ${line}`);
  }
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
    [
      '--leave-out <file>',
      'a file that is left out, by its path or a pattern, or unclear: every file of which ' +
        'something must be said first',
      'repeated',
    ],
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
    const labels = new Set(found.map(({ label }) => label));
    await sweepImports(context.application.db, {
      now: context.application.now,
      signal: context.signal,
    });
    const looked = await inspectAlike(
      found.map(({ label, fullPath, byteCount }) => ({
        path: label,
        storedPath: fullPath,
        byteCount,
        fullPath,
        said: saidOf(label, labels),
      })),
      reading,
    );
    const planned = looked.map((file) => ({ ...file, plan: withGapsFilled(file.plan, options) }));
    const inspected = await withSameBytes(
      context.application.db,
      leavingOut(planned, options.leaveOut),
    );
    overview(inspected, options, context.say);
    refuseUnknownColumns(inspected);
    const isWanted = ({ understood, plan }: InspectedFile): boolean =>
      understood.isDataset && !plan.leaveOut;
    const datasets = inspected.filter(isWanted);
    const others = inspected
      .filter((file) => !isWanted(file))
      .map((file): Outcome => {
        const { unreadable, isDataset, reason } = file.understood;
        const outcome = unreadable ? 'unreadable' : isDataset ? 'left-out' : 'not-a-dataset';
        return { ...nothingOf(file), outcome, message: reason ?? leftOutWords(file) };
      });
    const questions = datasets.flatMap(({ path, understood }) =>
      understood.reading.questions.map(({ sentence }) => `${path}: ${sentence}`),
    );
    if (questions.length > 0)
      throw new Problem(
        422,
        'reading_not_said',
        questions.join(' '),
        'Nothing was imported. Say it with --encoding, --header or --no-header. ' +
          '--leave-out leaves a file out.',
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
    const broken = others.some((outcome) => outcome.outcome === 'unreadable');
    context.answer({ files: [...outcomes, ...others] });
    context.say(closingWords([...outcomes, ...others]));
    await sayUnconfirmed(
      context,
      new Set(
        datasets
          .filter((_file, index) => outcomes[index]?.outcome === 'imported')
          .map((file) => file.plan.behaviour),
      ),
    );
    return imported.length === outcomes.length && !broken ? 0 : 1;
  },
};
