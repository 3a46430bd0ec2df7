import { pino } from 'pino';
import { createJobs } from '#jobs/runner.js';
import type { Database } from '#storage/database.js';
import type { Command } from '../../src/command.js';
import { readConfig } from '../../src/config.js';

export interface Ran {
  readonly status: number;
  readonly said: string;
  readonly answer: Record<string, unknown>;
}

/** Runs commands of a list as the command line does, without its terminal. */
export function commandRunner(
  database: Database,
  commands: readonly Command[],
  environment: Record<string, string> = {},
): (
  name: string,
  positional: readonly string[],
  options?: Record<string, unknown>,
  answers?: boolean | 'at a terminal',
  progress?: (line: string) => void,
) => Promise<Ran> {
  const log = pino({ level: 'silent' });
  const application = {
    config: readConfig({ BASE_URL: 'http://lab.example', NODE_ENV: 'test', ...environment }),
    database,
    db: database.db,
    log,
    now: () => 5_000_000,
    jobs: createJobs({ database, log, now: Date.now, kinds: [] }),
  };
  return async (name, positional, options = {}, answers = true, progress = () => undefined) => {
    const command = commands.find((candidate) => candidate.name === name);
    if (command === undefined) throw new Error(`no command ${name}`);
    const said: string[] = [];
    let answer: unknown = {};
    const status = await command.run(
      {
        application,
        json: true,
        yes: answers === true,
        interactive: answers === 'at a terminal',
        say: (line) => void said.push(line),
        answer: (result) => void (answer = result),
        progress,
        confirm: () => Promise.resolve(answers !== false),
        signal: new AbortController().signal,
      },
      positional,
      options,
    );
    return { status, said: said.join('\n'), answer: answer as Record<string, unknown> };
  };
}
