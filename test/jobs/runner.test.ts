import { expect, test, vi } from 'vitest';
import { testDatabase } from '../support/database.js';
import { watchStatements } from '../support/faults.js';
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

test('a job that throws fails with its message, and the next one still runs', async () => {
  const jobs = await runner();
  const bad = await jobs.add('counting', { until: 3, failAt: 2 }, null);
  const good = await jobs.add('counting', { until: 1 }, null);
  await untilState(jobs, 'done', good);
  expect(await jobs.get(bad.id)).toMatchObject({ state: 'failed', error: 'step 2 went wrong' });
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

test('a payload that does not fit its kind is refused', async () => {
  const jobs = await runner();
  await expect(jobs.add('counting', { until: 'three' }, null)).rejects.toThrow(/until/);
});
