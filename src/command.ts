import type { Application } from '#web/application.js';

/** What a command of the command line is given. */
export interface CommandContext {
  readonly application: Application;
  /** `--json`: results go to standard output as JSON for machines. */
  readonly json: boolean;
  /** `--yes`: every question is answered with yes. */
  readonly yes: boolean;
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
  /** Options in the way of commander: `['--role <role>', 'sentence']`. */
  readonly options?: readonly (readonly [string, string])[];
  run(
    context: CommandContext,
    positional: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<number>;
}
