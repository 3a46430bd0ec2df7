import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Job, Jobs } from '#jobs/jobs.js';
import { addJob, getJob, giveBack, requestCancel } from '#jobs/queue.js';
import { type Database, openDatabase } from '#storage/database.js';
import { engine, testDatabase, untilWaiting } from '../support/database.js';
import { counting } from './counting.js';
import { type Runner, runnerOver, untilState } from './support.js';

const waiting = { until: 1, wait: true };
const long = 120_000;

/** Two processes' queues over one database. */
async function twoRunners(): Promise<{ database: Database; one: Runner; other: Runner }> {
  const database = await testDatabase();
  const second = openDatabase(database.location, { poolSize: 4 });
  const [one, other] = [runnerOver(database), runnerOver(second)];
  onTestFinished(async () => {
    await other.stop();
    await second.close();
  });
  return { database, one, other };
}

/** The job's process gave its last sign of life this much earlier. */
const age = ({ db }: Database, job: Job, ms: number): Promise<unknown> =>
  db
    .updateTable('job')
    .set((eb) => ({ heartbeat_at: eb('heartbeat_at', '-', ms) }))
    .where('id', '=', job.id)
    .execute();

const shorten = ({ db }: Database, job: Job): Promise<unknown> =>
  db.updateTable('job').set({ payload: '{"until":2}' }).where('id', '=', job.id).execute();

const stateOf = async (jobs: Jobs, job: Job): Promise<Job['state']> =>
  (await jobs.get(job.id)).state;

/** Adds a job that waits, and kills the process that runs it. */
async function killWhileRunning(database: Database, jobs: Jobs): Promise<Job> {
  const job = await jobs.add('counting', waiting, null);
  const child = fork(fileURLToPath(new URL('./runner.process.js', import.meta.url)), [
    JSON.stringify(database.location),
  ]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await untilState(jobs, 'running', job);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await shorten(database, job);
  return job;
}

test.runIf(engine() === 'sqlite')(
  'a killed server’s job begins anew at the next start',
  async () => {
    const database = await testDatabase();
    const jobs = runnerOver(database);
    const job = await killWhileRunning(database, jobs);
    await jobs.start();
    await untilState(jobs, 'done', job);
    expect(await jobs.get(job.id)).toMatchObject({ result: '{"counted":2}' });
  },
);

test.runIf(engine() === 'sqlite')('a queue that was not started takes no job', async () => {
  const { database, one, other } = await twoRunners();
  const job = await one.add('counting', waiting, null);
  await other.look();
  expect(await stateOf(other, job)).toBe('queued');
  expect(await database.db.selectFrom('job').select('claim').execute()).toEqual([{ claim: null }]);
});

test.runIf(engine() === 'postgres')(
  'a job whose process was killed is taken up by a live one, and not before a minute has passed',
  async () => {
    const database = await testDatabase();
    const live = runnerOver(database);
    const job = await killWhileRunning(database, live);
    await age(database, job, -long);
    await live.start();
    await live.look();
    expect(await stateOf(live, job)).toBe('running');
    await age(database, job, 2 * long);
    await live.look();
    await untilState(live, 'done', job);
    expect(await live.get(job.id)).toMatchObject({ result: '{"counted":2}' });
  },
);

test.runIf(engine() === 'postgres')('an idle process takes a queued job', async () => {
  const { one, other } = await twoRunners();
  await other.start();
  const job = await one.add('counting', { until: 2 }, null);
  await other.look();
  await untilState(one, 'done', job);
  expect(other.begun).toEqual([job.public_id]);
});

test.runIf(engine() === 'postgres')('a cancel asked for in another process is seen', async () => {
  const { one, other } = await twoRunners();
  await one.start();
  const job = await one.add('counting', waiting, null);
  await untilState(one, 'running', job);
  await other.cancel(job.id);
  await one.look();
  await untilState(other, 'cancelled', job);
});

test.runIf(engine() === 'postgres')(
  'a lane’s limit holds over both processes, and no job is started twice',
  async () => {
    const { database, one, other } = await twoRunners();
    const all: Job[] = [];
    for (let count = 0; count < 8; count += 1) all.push(await one.add('counters', waiting, null));
    await Promise.all([one.start(), other.start()]);
    const running = (): Promise<Job[]> =>
      database.db.selectFrom('job').selectAll().where('state', '=', 'running').execute();
    for (let left = all.length; left > 0; left -= 1) {
      await Promise.all([one.look(), other.look()]);
      const now = await running();
      expect(now).toHaveLength(Math.min(2, left));
      const [first] = now;
      if (first === undefined) throw new Error('nothing runs');
      await one.cancel(first.id);
      await Promise.all([one.look(), other.look()]);
      await untilState(one, 'cancelled', first);
    }
    expect([...one.begun, ...other.begun].toSorted()).toEqual(
      all.map((job) => job.public_id).toSorted(),
    );
  },
);

test.runIf(engine() === 'postgres')(
  'a process that was taken for dead stores nothing of a job that another one runs',
  async () => {
    const { database, one, other } = await twoRunners();
    await one.start();
    const job = await one.add('counting', waiting, null);
    await one.look();
    await age(database, job, long);
    await other.start();
    await other.look();
    const { claim } = await one.get(job.id);
    expect(other.begun).toEqual([job.public_id]);
    await one.look();
    expect(one.said).toContain('another process has taken up a job of this one');
    await one.stop();
    expect(await one.get(job.id)).toMatchObject({ state: 'running', claim });
    await other.cancel(job.id);
    await untilState(other, 'cancelled', job);
  },
);

test.runIf(engine() === 'postgres')(
  'a process that stops gives its job back, and another one takes it at its next look',
  async () => {
    const { one, other } = await twoRunners();
    await one.start();
    const job = await one.add('counting', waiting, null);
    await untilState(one, 'running', job);
    await one.stop();
    expect(await one.get(job.id)).toMatchObject({ state: 'queued', claim: null, lane_no: null });
    await other.start();
    await other.look();
    expect(await stateOf(other, job)).toBe('running');
  },
);

test.runIf(engine() === 'postgres')(
  'a slow sign of life does not cost a process its own job',
  async () => {
    const { database, one } = await twoRunners();
    await one.start();
    const job = await one.add('counting', waiting, null);
    await one.look();
    const { claim } = await one.get(job.id);
    await age(database, job, long);
    await one.look();
    expect(await one.get(job.id)).toMatchObject({ state: 'running', claim });
    expect(one.begun).toEqual([job.public_id]);
  },
);

test.runIf(engine() === 'postgres')(
  'a cancel that is asked for while a job goes back into the queue is kept',
  async () => {
    const { db } = await testDatabase();
    const { id } = await addJob(db, { kind: counting, payload: waiting, accountId: null, now: 1 });
    await db
      .updateTable('job')
      .set({ state: 'running', claim: 'of a process', lane_no: 1 })
      .where('id', '=', id)
      .execute();
    let cancelled: Promise<unknown> = Promise.resolve();
    await db.transaction().execute(async (trx) => {
      await giveBack(trx, 'of a process');
      cancelled = requestCancel(db, { id, now: 5 });
      await untilWaiting(db, 1);
    });
    await cancelled;
    expect(await getJob(db, id)).toMatchObject({
      state: 'cancelled',
      finished_at: 5,
      cancel_requested_at: 5,
    });
  },
);
