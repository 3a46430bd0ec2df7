import { expect, test } from 'vitest';
import { generateJob } from '#generation/generateJob.js';
import { goOn } from '#generation/goOn.js';
import { startGeneration } from '#generation/moves.js';
import { finishJob } from '#jobs/queue.js';
import { getRun } from '#models/run.js';
import type { Db } from '#storage/database.js';
import { modelServer } from '../support/models.js';
import { openSite } from '../support/site.js';
import { storedGeneration } from './generationSupport.js';
import { pipelineWith } from './stageSupport.js';

const writing = {
  kind: 'write' as const,
  model: 'writer',
  prompts: ['Write.'],
  samples: 2,
  sampling: { temperature: 1, topP: 1, maxTokens: 20, stop: [] },
  parse: { kind: 'first-item' as const, field: 'statement' },
};

test('a job of the server works on a generation, to its review and then to its end', async () => {
  const models = await modelServer({ write: () => '- I like to help.' });
  const { server } = await openSite({ MODEL_HOSTS: models.host });
  const { application } = server;
  const { database, db, jobs } = application;
  const pipeline = pipelineWith([], {
    models: { writer: 'm' },
    labels: [],
    stages: [
      writing,
      { kind: 'review' },
      { kind: 'check', rules: [{ kind: 'length', field: 'statement', least: 1 }] },
    ],
  });
  const generation = await storedGeneration(database, models, pipeline);
  const state = async () => (await getRun(db, generation.run_id)).state;
  let payload = { generation: generation.public_id, epoch: 0 };
  const jobState = async () => (await jobs.latest(generateJob.kind, payload))?.state;
  await startGeneration(application, generation);
  await expect.poll(state, { timeout: 20_000 }).toBe('review');
  await expect.poll(jobState, { timeout: 20_000 }).toBe('done');
  await goOn(db, { generation, staff: null, now: 9 });
  payload = { ...payload, epoch: 1 };
  await startGeneration(application, generation);
  await expect.poll(state, { timeout: 20_000 }).toBe('done');
  await expect.poll(jobState, { timeout: 20_000 }).toBe('done');
  const last = await jobs.latest(generateJob.kind, payload);
  expect(last).toMatchObject({ lane: 'models', error: null });
  expect(last?.payload).not.toContain('MODEL');
  expect(models.log).toHaveLength(2);
});

/** A job that another process works on, under a number of the lane. */
const runningElsewhere = (db: Db, { payload, place }: { payload: string; place: number }) =>
  db
    .insertInto('job')
    .values({
      public_id: `taken ${place}`,
      kind: generateJob.kind,
      state: 'running' as const,
      payload,
      account_id: null,
      created_at: 1,
      progress: null,
      result: null,
      error: null,
      started_at: Date.now(),
      heartbeat_at: Date.now(),
      finished_at: null,
      cancel_requested_at: null,
      lane: 'models',
      lane_no: place,
      claim: `claim ${place}`,
    })
    .execute();

test('a generation that waits in the queue is not queued twice, also by presses at one moment', async () => {
  const models = await modelServer();
  const { server } = await openSite({ MODEL_HOSTS: models.host });
  const { application } = server;
  const { db } = application;
  // Every place of the lane is taken by jobs of another process.
  for (const place of [0, 1])
    await runningElsewhere(db, { payload: '{"generation":"another"}', place });
  const pipeline = pipelineWith([], { models: { writer: 'm' }, stages: [writing] });
  const generation = await storedGeneration(application.database, models, pipeline);
  await Promise.all([0, 1, 2].map(() => startGeneration(application, generation)));
  const { count } = await db
    .selectFrom('job')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('payload', '=', JSON.stringify({ generation: generation.public_id, epoch: 0 }))
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(1);
});

test('a generation that is resumed while its last job ends without it is queued again', async () => {
  const models = await modelServer();
  const { server } = await openSite({ MODEL_HOSTS: models.host });
  const { application } = server;
  const { database, db, jobs } = application;
  const pipeline = pipelineWith([], { models: { writer: 'm' }, stages: [writing] });
  const generation = await storedGeneration(database, models, pipeline);
  const payload = { generation: generation.public_id, epoch: 0 };
  // The lane is full, so that what is added stays in the queue.
  await runningElsewhere(db, { payload: '{"generation":"another"}', place: 1 });
  await runningElsewhere(db, { payload: JSON.stringify(payload), place: 0 });
  const addOnce: typeof jobs.addOnce = async (...given) => {
    const job = await jobs.addOnce(...given);
    await finishJob(db, 'claim 0', { state: 'done', result: 'null', finished_at: Date.now() });
    return job;
  };
  await startGeneration({ db, jobs: { ...jobs, addOnce } }, generation);
  const { count } = await db
    .selectFrom('job')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('payload', '=', JSON.stringify(payload))
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(2);
  expect((await jobs.latest(generateJob.kind, payload))?.public_id).not.toBe('taken 0');
});
