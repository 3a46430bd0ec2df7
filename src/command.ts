import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';

/** What a command of the command line is given. */
export interface CommandContext {
  readonly application: Application;
  /** `--json`: results go to standard output as JSON for machines. */
  readonly json: boolean;
  /** `--yes`: every question is answered with yes. */
  readonly yes: boolean;
  /** Somebody is at a terminal and answers questions. */
  readonly interactive: boolean;
  /** Writes a line for people to standard output; silent with `--json`. */
  readonly say: (line: string) => void;
  /** Writes the result for machines; silent without `--json`. */
  readonly answer: (result: unknown) => void;
  /** Progress on one line of a terminal (standard error); silent where there is no terminal. */
  readonly progress: (line: string) => void;
  /** Asks a yes/no question; `--yes` answers it. Throws where nobody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** One command of `assay`, such as `users add`. Its `run` gives the exit status. */
export interface Command {
  readonly name: string;
  readonly sentence: string;
  /**
   * Positional arguments in the way of commander: `['<email>', 'sentence']`,
   * `['[paths...]', 'sentence']`.
   */
  readonly arguments?: readonly (readonly [string, string])[];
  /**
   * Options in the way of commander: `['--role <role>', 'sentence']`; with a third word, the option
   * may be given several times, and its value is the list.
   */
  readonly options?: readonly (readonly [string, string] | readonly [string, string, 'repeated'])[];
  run(
    context: CommandContext,
    positional: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<number>;
}

/** Why an option is refused, as what follows its name in a sentence. */
function wordsOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_value') return `is not one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  if (issue.code === 'invalid_type' && issue.expected === 'int') return 'is not a whole number';
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'is not a number';
  if (issue.code === 'too_small')
    return issue.origin === 'string' ? 'is empty' : `is below ${String(issue.minimum)}`;
  if (issue.code === 'too_big')
    return issue.origin === 'string'
      ? `is longer than ${String(issue.maximum)} characters`
      : `is above ${String(issue.maximum)}`;
  return 'is not valid';
}

const optionOf = (path: readonly PropertyKey[]): string =>
  `--${path
    .map(String)
    .join('.')
    .replaceAll('_', '-')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * The options of a command as its schema reads them; the schema's own messages go on from the name
 * of the option (“is not one of …”). Throws a `Problem` whose one sentence names every option that
 * is not valid.
 * @param kept what the command has not done yet, as a sentence
 */
export function parseOptions<S extends z.ZodType>(
  schema: S,
  given: unknown,
  kept = 'Nothing was changed.',
): z.output<S> {
  const parsed = schema.safeParse(given, { error: wordsOf });
  if (parsed.success) return parsed.data;
  throw new Problem(
    422,
    'invalid_input',
    `${parsed.error.issues.map(({ path, message }) => `${optionOf(path)} ${message}`).join('; ')}.`,
    kept,
  );
}

/**
 * The full path of a file that an argument or an option names. Throws a `Problem` where there is no
 * such file, where it is a folder, or where it cannot be read.
 */
export async function inputFile(path: string): Promise<string> {
  const full = resolve(path);
  const found = await stat(full).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error)
    throw found.code === 'ENOENT'
      ? new Problem(404, 'not_found', `There is no file ${full}.`)
      : new Problem(422, 'unreadable', `The file ${full} cannot be read.`);
  if (!found.isFile())
    throw new Problem(
      422,
      'not_a_file',
      found.isDirectory() ? `${full} is a folder, not a file.` : `${full} is not an ordinary file.`,
    );
  await access(full, constants.R_OK).catch(() => {
    throw new Problem(422, 'unreadable', `The file ${full} cannot be read.`);
  });
  return full;
}
