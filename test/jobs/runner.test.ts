import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';
import { createJobs } from '#jobs/runner.js';
import type { Database } from '#storage/database.js';
import { testDatabase } from '../support/database.js';
import { watchStatements } from '../support/faults.js';

const counting: JobKind = {
  kind: 'counting',
  sentence: 'Counts.',
  payload: z.strictObject({
    until: z.int(),
    failAt: z.int().optional(),
    wait: z.boolean().optional(),
  }),
  module: new URL('./counting.worker.js', import.meta.url),
  heapMegabytes: 128,
};

async function runner(known?: Database) {
  const database = known ?? (await testDatabase());
  const jobs = createJobs({
    database,
    log: pino({ level: 'silent' }),
    now: Date.now,
    kinds: [counting],
  });
  onTestFinished(() => jobs.stop());
  return { database, jobs };
}

test('a job runs in its worker and leaves its result and progress', async () => {
  const { jobs } = await runner();
  const job = await jobs.add('counting', { until: 3 }, null);
  await jobs.idle();
  const done = await jobs.get(job.id);
  expect(done).toMatchObject({ state: 'done', result: '{"counted":3}', error: null });
  expect(done.finished_at).not.toBeNull();
  expect(done.progress).toMatch(/"step":/);
});

test('a job that throws fails with its message, and the next one still runs', async () => {
  const { jobs } = await runner();
  const bad = await jobs.add('counting', { until: 3, failAt: 2 }, null);
  const good = await jobs.add('counting', { until: 1 }, null);
  await jobs.idle();
  expect(await jobs.get(bad.id)).toMatchObject({ state: 'failed', error: 'step 2 went wrong' });
  expect(await jobs.get(good.id)).toMatchObject({ state: 'done' });
});

test('jobs outlast a database that stores nothing for a while', async () => {
  const database = await testDatabase();
  const lines: string[] = [];
  const jobs = createJobs({
    database,
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    now: Date.now,
    kinds: [counting],
  });
  onTestFinished(() => jobs.stop());
  const faults = watchStatements();
  const first = await jobs.add('counting', { until: 1, wait: true }, null);
  const second = await jobs.add('counting', { until: 1 }, null);
  await vi.waitFor(async () =>
    expect(await jobs.get(first.id)).toMatchObject({ state: 'running' }),
  );
  await jobs.cancel(first.id);
  faults.arm({ fault: 'full', at: 1, from: 'onwards', matching: /^(insert|update)/ });
  await vi.waitFor(
    () => expect(lines.join('')).toContain('the queue of jobs waits for the database'),
    30_000,
  );
  faults.disarm();
  await jobs.idle();
  expect([(await jobs.get(first.id)).state, (await jobs.get(second.id)).state]).toEqual([
    'cancelled',
    'done',
  ]);
});

test('a running job and a queued one can be cancelled', async () => {
  const { jobs } = await runner();
  const running = await jobs.add('counting', { until: 1, wait: true }, null);
  const queued = await jobs.add('counting', { until: 1 }, null);
  await vi.waitFor(async () =>
    expect(await jobs.get(running.id)).toMatchObject({ state: 'running' }),
  );
  await jobs.cancel(queued.id);
  await jobs.cancel(running.id);
  await jobs.idle();
  expect(await jobs.get(running.id)).toMatchObject({ state: 'cancelled' });
  expect(await jobs.get(queued.id)).toMatchObject({ state: 'cancelled' });
});

test('a job that was running when the process stopped runs again at the next start', async () => {
  const { database, jobs } = await runner();
  const job = await jobs.add('counting', { until: 1, wait: true }, null);
  await vi.waitFor(async () => expect(await jobs.get(job.id)).toMatchObject({ state: 'running' }));
  await jobs.stop();
  expect(await jobs.get(job.id)).toMatchObject({ state: 'queued' });
  await database.db.updateTable('job').set({ payload: '{"until":2}' }).execute();
  const second = (await runner(database)).jobs;
  await second.start();
  await second.idle();
  expect(await second.get(job.id)).toMatchObject({ state: 'done', result: '{"counted":2}' });
});

test('a payload that does not fit its kind is refused', async () => {
  const { jobs } = await runner();
  await expect(jobs.add('counting', { until: 'three' }, null)).rejects.toThrow(/until/);
});
