import { expect, test, vi } from 'vitest';
import type { Job } from '#jobs/jobs.js';
import { addJob } from '#jobs/queue.js';
import type { Database } from '#storage/database.js';
import { onceTest, testDatabase } from '../support/database.js';
import { watchStatements } from '../support/faults.js';
import { counters } from './counting.js';
import { type Runner, runnerOver, untilState } from './support.js';

/** A running queue over a fresh database. */
async function runner(): Promise<Runner> {
  const jobs = runnerOver(await testDatabase());
  await jobs.start();
  return jobs;
}

test('a job runs in its worker and leaves its result and progress', async () => {
  const jobs = await runner();
  const job = await jobs.add('counting', { until: 3 }, null);
  await untilState(jobs, 'done', job);
  const done = await jobs.get(job.id);
  expect(done).toMatchObject({ result: '{"counted":3}', error: null, lane_no: null, claim: null });
  expect(done.finished_at).not.toBeNull();
  expect(done.progress).toMatch(/"step":/);
});

onceTest('the last of many reports is stored while the job still runs', async () => {
  const jobs = await runner();
  const job = await jobs.add('counting', { until: 20, wait: true }, null);
  await vi.waitFor(
    async () => expect((await jobs.get(job.id)).progress).toBe('{"step":20}'),
    30_000,
  );
  await jobs.cancel(job.id);
  await untilState(jobs, 'cancelled', job);
});

onceTest('a job that throws fails with its message, and the next one still runs', async () => {
  const jobs = await runner();
  const bad = await jobs.add('counting', { until: 3, failAt: 2 }, null);
  const good = await jobs.add('counting', { until: 1 }, null);
  await untilState(jobs, 'done', good);
  expect(await jobs.get(bad.id)).toMatchObject({ state: 'failed', error: 'step 2 went wrong' });
});

onceTest('jobs that follow each other are done in one thread', async () => {
  const jobs = await runner();
  const threads: unknown[] = [];
  for (const until of [1, 2]) {
    const job = await jobs.add('counting', { until, named: true }, null);
    await untilState(jobs, 'done', job);
    threads.push(
      (JSON.parse((await jobs.get(job.id)).result ?? '{}') as { thread?: number }).thread,
    );
  }
  expect(threads[0]).toBeTypeOf('number');
  expect(threads[1]).toBe(threads[0]);
});

onceTest.each([
  ['by an error', /nobody caught this/],
  ['out of memory', /memory/],
] as const)('a job whose thread dies %s fails, and the next one runs', async (dies, words) => {
  const jobs = await runner();
  const bad = await jobs.add('counting', { until: 1, dies }, null);
  const good = await jobs.add('counting', { until: 1 }, null);
  await untilState(jobs, 'done', good);
  const { state, error } = await jobs.get(bad.id);
  expect(state).toBe('failed');
  expect(error).toMatch(words);
});

test('a job waits for its own lane and for no other', async () => {
  const jobs = await runner();
  const wait = { until: 1, wait: true };
  const first = await jobs.add('counting', wait, null);
  const behind = await jobs.add('counting', { until: 1 }, null);
  const two = [await jobs.add('counters', wait, null), await jobs.add('counters', wait, null)];
  const third = await jobs.add('counters', { until: 1 }, null);
  await untilState(jobs, 'running', first, ...two);
  expect([await jobs.get(behind.id), await jobs.get(third.id)]).toMatchObject([
    { state: 'queued' },
    { state: 'queued' },
  ]);
  await jobs.cancel(two[1]?.id ?? 0);
  await untilState(jobs, 'done', third);
  expect((await jobs.get(behind.id)).state).toBe('queued');
  await jobs.cancel(first.id);
  await untilState(jobs, 'done', behind);
});

test('jobs outlast a database that stores nothing for a while', async () => {
  const jobs = await runner();
  const faults = watchStatements();
  const first = await jobs.add('counting', { until: 1, wait: true }, null);
  const second = await jobs.add('counting', { until: 1 }, null);
  await untilState(jobs, 'running', first);
  await jobs.cancel(first.id);
  faults.arm({ fault: 'full', at: 1, from: 'onwards', matching: /^(insert|update)/ });
  await vi.waitFor(
    () => expect(jobs.said).toContain('the queue of jobs waits for the database'),
    30_000,
  );
  faults.disarm();
  await untilState(jobs, 'done', second);
  expect((await jobs.get(first.id)).state).toBe('cancelled');
});

test('a running job and a queued one can be cancelled', async () => {
  const jobs = await runner();
  const running = await jobs.add('counting', { until: 1, wait: true }, null);
  const queued = await jobs.add('counting', { until: 1 }, null);
  await untilState(jobs, 'running', running);
  await jobs.cancel(queued.id);
  await jobs.cancel(running.id);
  await untilState(jobs, 'cancelled', running, queued);
});

test('a job that was running when the process stopped runs again at the next start', async () => {
  const database = await testDatabase();
  const jobs = runnerOver(database);
  await jobs.start();
  const job = await jobs.add('counting', { until: 1, wait: true }, null);
  await untilState(jobs, 'running', job);
  await jobs.stop();
  expect(await jobs.get(job.id)).toMatchObject({ state: 'queued', progress: null });
  await database.db.updateTable('job').set({ payload: '{"until":2}' }).execute();
  const second = runnerOver(database);
  await second.start();
  await untilState(second, 'done', job);
  expect((await second.get(job.id)).result).toBe('{"counted":2}');
});

/** The process that runs this job seems to have given no sign of life for a long time. */
const silence = ({ db }: Database, job: Job): Promise<unknown> =>
  db.updateTable('job').set({ heartbeat_at: 1 }).where('id', '=', job.id).execute();

test('a process that stops gives signs of life until its threads have ended', async () => {
  const database = await testDatabase();
  const jobs = runnerOver(database, { renewEvery: 5, killAfter: 600_000 });
  await jobs.start();
  const job = await jobs.add('counting', { until: 1, stubborn: true }, null);
  await untilState(jobs, 'running', job);
  const stopped = jobs.stop();
  await silence(database, job);
  await vi.waitFor(
    async () => expect((await jobs.get(job.id)).heartbeat_at).toBeGreaterThan(1),
    30_000,
  );
  // Another process has taken the job: its thread here is ended, and stores nothing.
  await database.db.updateTable('job').set({ claim: 'of another process' }).execute();
  await stopped;
  expect(await jobs.get(job.id)).toMatchObject({ state: 'running', claim: 'of another process' });
});

onceTest(
  'a thread that does not end is killed when its process stops, and its job queued',
  async () => {
    const jobs = runnerOver(await testDatabase(), { renewEvery: 5, killAfter: 20 });
    await jobs.start();
    const job = await jobs.add('counting', { until: 1, stubborn: true }, null);
    await untilState(jobs, 'running', job);
    await jobs.stop();
    expect(await jobs.get(job.id)).toMatchObject({ state: 'queued', claim: null });
  },
);

test('a job that is cancelled while its process stops ends as cancelled', async () => {
  const jobs = await runner();
  const job = await jobs.add('counting', { until: 1, wait: true }, null);
  await untilState(jobs, 'running', job);
  await jobs.cancel(job.id);
  await jobs.stop();
  expect(await jobs.get(job.id)).toMatchObject({ state: 'cancelled', claim: null });
});

test('signs of life do not wait for what else a look does', async () => {
  const database = await testDatabase();
  const jobs = runnerOver(database);
  await jobs.start();
  const job = await jobs.add('counting', { until: 1, wait: true }, null);
  await untilState(jobs, 'running', job);
  await jobs.look();
  await silence(database, job);
  const faults = watchStatements();
  faults.arm({ fault: 'full', at: 1, from: 'onwards', matching: /^update "job" set "state"/ });
  await jobs.look();
  faults.disarm();
  expect(faults.fired).toBeGreaterThan(0);
  expect((await jobs.get(job.id)).heartbeat_at).toBeGreaterThan(1);
});

test('a running job without a claim, as earlier versions left it, is queued again', async () => {
  const database = await testDatabase();
  const jobs = runnerOver(database);
  await jobs.start();
  const own = await jobs.add('counting', { until: 1, wait: true }, null);
  await untilState(jobs, 'running', own);
  const left = await addJob(database.db, {
    kind: counters,
    payload: { until: 2 },
    accountId: null,
    now: 1,
  });
  await database.db
    .updateTable('job')
    .set({ state: 'running', heartbeat_at: 1, lane_no: 1 })
    .where('id', '=', left.id)
    .execute();
  await jobs.look();
  await untilState(jobs, 'done', left);
});

onceTest('a payload that does not fit its kind is refused', async () => {
  const jobs = await runner();
  await expect(jobs.add('counting', { until: 'three' }, null)).rejects.toThrow(/until/);
});
