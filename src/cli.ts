import { createInterface } from 'node:readline/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Command as Commander, CommanderError } from 'commander';
import { pino } from 'pino';
import { commands as accountCommands } from '#accounts/commands.js';
import { commands as datasetCommands } from '#datasets/commands.js';
import { commands as generationCommands } from '#generation/commands.js';
import { createJobs } from '#jobs/runner.js';
import { commands as modelCommands } from '#models/commands.js';
import { commands as oversightCommands } from '#oversight/commands.js';
import { checkPay } from '#payments/check.js';
import { registerStudyCheck } from '#platforms/check.js';
import { commands as platformCommands } from '#platforms/commands.js';
import { commands as raterCommands } from '#raters/commands.js';
import { commands as reportCommands } from '#reports/commands.js';
import { commands as roundCommands } from '#rounds/commands.js';
import { commands as simulationCommands } from '#simulation/commands.js';
import { commands as statsCommands } from '#stats/commands.js';
import { openReadyDatabase } from '#storage/ready.js';
import { commands as studyCommands } from '#studies/commands.js';
import { commands as textsCommands } from '#texts/commands.js';
import type { Application } from '#web/application.js';
import { createLog } from '#web/log.js';
import { Problem } from '#web/problem.js';
import { type Config, ConfigurationError, readConfig } from './config.js';
import type { Command, CommandContext } from './command.js';
import { commands as demoCommands } from './demo/commands.js';
import { printable } from './terminal.js';

registerStudyCheck(checkPay);

/**
 * Every command of `assay`; `docs/operators/command-line.md` lists the same, and a test compares.
 */
export const allCommands: readonly Command[] = [
  ...modelCommands,
  ...generationCommands,
  ...roundCommands,
  ...datasetCommands,
  ...studyCommands,
  ...platformCommands,
  ...raterCommands,
  ...oversightCommands,
  ...textsCommands,
  ...reportCommands,
  ...statsCommands,
  ...accountCommands,
  ...simulationCommands,
  ...demoCommands,
];

async function openApplication(config: Config, logLevel: string): Promise<Application> {
  const log = createLog(logLevel, pino.destination(2));
  const database = await openReadyDatabase(config.database, { warn: (words) => log.warn(words) });
  const now = Date.now;
  return {
    config,
    database,
    db: database.db,
    log,
    now,
    jobs: createJobs({ database, log, now, kinds: [] }),
  };
}

/** Lines for people, each of them printable; their own line breaks stay. */
const printableLines = (lines: string): string => lines.split('\n').map(printable).join('\n');

function contextOf(
  application: Application,
  options: { json: boolean; yes: boolean },
  signal: AbortSignal,
): CommandContext {
  const terminal = process.stderr.isTTY;
  let progressShown = false;
  const clear = (): void => {
    if (progressShown) process.stderr.write('\r\u001B[2K');
    progressShown = false;
  };
  return {
    application,
    ...options,
    interactive: !options.yes && !options.json && process.stdin.isTTY,
    signal,
    say(line) {
      clear();
      if (!options.json) process.stdout.write(`${printableLines(line)}\n`);
    },
    answer(result) {
      if (options.json) process.stdout.write(`${printable(JSON.stringify(result))}\n`);
    },
    progress(line) {
      if (!terminal || options.json) return;
      process.stderr.write(`\r\u001B[2K${printable(line)}`);
      progressShown = true;
    },
    async confirm(question) {
      if (options.yes) return true;
      if (!process.stdin.isTTY)
        throw new Problem(
          400,
          'no_answer',
          `“${question}” needs an answer, and there is no terminal to ask on.`,
          'Add --yes to answer every question with yes.',
        );
      clear();
      const prompt = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test(
          (await prompt.question(`${printableLines(question)} [y/N] `)).trim(),
        );
      } finally {
        prompt.close();
      }
    },
  };
}

function describeError(error: unknown): string {
  if (error instanceof Problem)
    return [
      error.title,
      error.advice,
      ...error.faults.map((fault) => `  ${fault.field}: ${fault.message}`),
    ]
      .filter(Boolean)
      .map(printable)
      .join('\n');
  return printableLines(error instanceof Error ? error.message : String(error));
}

const forMachines = (error: unknown): object =>
  error instanceof Problem
    ? { code: error.code, title: error.title, advice: error.advice, faults: error.faults }
    : {
        code: error instanceof ConfigurationError ? 'configuration' : 'unexpected',
        title: describeError(error),
        advice: '',
        faults: [],
      };

/** What the first words of commands of two words stand for. */
const groups: Record<string, string> = {
  datasets: 'Datasets and the descriptions of their behaviours.',
  studies: 'Studies: drafts, opening and closing, links, progress.',
  study: 'One study, before people arrive.',
  texts: 'What the texts of datasets show by themselves.',
  models: 'Language models that can be asked.',
  users: 'The people who sign in.',
  tokens: 'Tokens for the JSON API.',
};

/**
 * Finds or makes the command that `users add` hangs under, so that each word of a name is a level
 * of the help.
 */
function parentOf(root: Commander, words: readonly string[]): Commander {
  let parent = root;
  for (const word of words) {
    const known = parent.commands.find((command) => command.name() === word);
    parent = known ?? parent.command(word).description(groups[word] ?? `Commands about ${word}.`);
  }
  return parent;
}

const outputs = [process.stdout, process.stderr];

/** As a shell counts it: ended by SIGPIPE, which Node ignores. */
const nobodyReads = 141;

/**
 * Runs one command line and gives the exit status: 0 done, 1 refused or failed, 2 not understood,
 * 130 interrupted, 141 where whatever reads the output, such as `head`, ended before it.
 */
export async function runCommandLine(
  words: readonly string[],
  environment: Record<string, string | undefined> = process.env,
): Promise<number> {
  const ending = new AbortController();
  let unread = false;
  const broken = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    unread = true;
    ending.abort();
  };
  for (const output of outputs) output.on('error', broken);
  try {
    const status = await runWords(words, environment, ending);
    // A failed write is told in the turn after it.
    await nextTurn();
    return unread ? nobodyReads : status;
  } finally {
    for (const output of outputs) output.off('error', broken);
  }
}

async function runWords(
  words: readonly string[],
  environment: Record<string, string | undefined>,
  interruption: AbortController,
): Promise<number> {
  let status = 0;
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const root = new Commander('assay')
    .description('Assay: people check what language models wrote.')
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('Add --help to see what there is.')
    .option('--json', 'print results as JSON for machines')
    .option('--yes', 'answer every question with yes');
  for (const command of allCommands) {
    const path = command.name.split(' ');
    const node = parentOf(root, path.slice(0, -1))
      .command(path.at(-1) ?? command.name)
      .description(command.sentence)
      .exitOverride()
      .enablePositionalOptions()
      .option('--json', 'print the result as JSON for machines')
      .option('--yes', 'answer every question with yes');
    for (const [syntax, sentence] of command.arguments ?? []) node.argument(syntax, sentence);
    for (const [syntax, sentence, repeated] of command.options ?? []) {
      if (repeated === undefined) node.option(syntax, sentence);
      else
        node.option(syntax, sentence, (value: string, before?: readonly string[]) => [
          ...(before ?? []),
          value,
        ]);
    }
    node.action(async (...given: unknown[]) => {
      const options = node.optsWithGlobals<Record<string, unknown>>();
      const positional = given
        .slice(0, -2)
        .flat()
        .filter((value): value is string => typeof value === 'string');
      const config = readConfig(environment);
      const application = await openApplication(config, environment['LOG_LEVEL'] ?? 'warn');
      try {
        status = await command.run(
          contextOf(
            application,
            { json: options['json'] === true, yes: options['yes'] === true },
            interruption.signal,
          ),
          positional,
          options,
        );
      } finally {
        await application.jobs.stop();
        await application.database.close();
      }
    });
  }
  try {
    await root.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (interruption.signal.aborted) {
      console.error('Stopped. Nothing unfinished was kept.');
      return 130;
    }
    console.error(error instanceof ConfigurationError ? error.message : describeError(error));
    if (words.includes('--json'))
      console.log(printable(JSON.stringify({ error: forMachines(error) })));
    return 1;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
  return status;
}
