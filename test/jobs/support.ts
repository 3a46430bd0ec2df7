import { pino } from 'pino';
import { expect, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { Job, Jobs } from '#jobs/jobs.js';
import { createJobs, type Stopping } from '#jobs/runner.js';
import type { Database } from '#storage/database.js';
import { counters, counting } from './counting.js';

/** The queue of one process, with what it logged. */
export interface Runner extends Jobs {
  start(): Promise<void>;
  /** Public ids of the jobs that it started, in order. */
  readonly begun: readonly string[];
  readonly said: readonly string[];
}

const Line = z.object({ msg: z.string(), job: z.string().optional() });

/**
 * The queue of one process over this database. It looks where a test tells it to, besides when a
 * job is added to it or ends in it. It stops with the test.
 */
export function runnerOver(database: Database, stopping?: Stopping): Runner {
  const begun: string[] = [];
  const said: string[] = [];
  const write = (text: string): void => {
    const { msg, job } = Line.parse(JSON.parse(text));
    said.push(msg);
    if (msg === 'job started' && job !== undefined) begun.push(job);
  };
  const jobs = createJobs({
    database,
    log: pino({ level: 'info' }, { write }),
    now: Date.now,
    kinds: [counting, counters],
    stopping,
  });
  onTestFinished(() => jobs.stop());
  return { ...jobs, begun, said };
}

/** Comes back once each of these jobs is in this state. */
export const untilState = (
  jobs: Jobs,
  state: Job['state'],
  ...all: readonly Job[]
): Promise<void> =>
  vi.waitFor(
    async () => {
      for (const { id } of all) expect(await jobs.get(id)).toMatchObject({ state });
    },
    { timeout: 60_000 },
  );
