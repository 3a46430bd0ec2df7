import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { moveGeneration, sweepDeadRuns } from '#generation/moves.js';
import { beginRun, getRun } from '#models/run.js';
import { type DatabaseLocation, openDatabase } from '#storage/database.js';
import { killWhileWorking, untilSeen } from '../models/kills.js';
import { assay, installation } from '../support/commandLine.js';
import { testDatabase } from '../support/database.js';
import { modelServer } from '../support/models.js';
import { storedGeneration, workOn } from './generationSupport.js';
import { pipelineWith } from './stageSupport.js';

const writing = pipelineWith([], {
  models: { writer: 'm' },
  stages: [
    {
      kind: 'write',
      model: 'writer',
      prompts: ['List what somebody would {verb} with.'],
      samples: 10,
      sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
      parse: { kind: 'first-item', field: 'statement' },
    },
  ],
});
const write = (_: string, { seed }: { seed: string }) => `1. I like ${seed}.\n2. I`;

test('two processes on one generation ask each request once', async () => {
  const database = await testDatabase();
  const server = await modelServer({ latencyMs: 50, write });
  const generation = await storedGeneration(database, server, writing);
  const ended = await Promise.all([0, 1].map(() => workOn(database, server, generation)));
  expect(ended.filter((one) => one !== null)).toEqual([{ state: 'done', result: null }]);
  expect(server.log).toHaveLength(20);
  const run = await getRun(database.db, generation.run_id);
  expect(run).toMatchObject({ state: 'done', epoch: 1, alive_at: null });
});

test('a run is resumed once its process has died, and not while that one lives', async () => {
  const database = await testDatabase();
  const { db } = database;
  const server = await modelServer({ write });
  const generation = await storedGeneration(database, server, writing);
  const resume = () =>
    moveGeneration(db, { generation, staff: null, now: 5, verb: 'resume', budget: null });
  await beginRun(db, generation.run_id, { now: 5, deadAfter: 0 });
  await expect(resume()).rejects.toThrow('Another process is working on this run.');
  await sweepDeadRuns({ db, now: () => 6 });
  expect((await getRun(db, generation.run_id)).state).toBe('running');
  await db.updateTable('model_run').set({ alive_at: 1 }).execute();
  expect((await resume()).state).toBe('waiting');
  await workOn(database, server, generation);
  expect((await getRun(db, generation.run_id)).state).toBe('done');
});

test('a run whose process has died fails where no job goes on with it', async () => {
  const database = await testDatabase();
  const { db } = database;
  const generation = await storedGeneration(database, await modelServer(), writing);
  await beginRun(db, generation.run_id, { now: 5, deadAfter: 0 });
  await db.updateTable('model_run').set({ alive_at: 1 }).execute();
  await sweepDeadRuns({ db, now: () => 6 });
  expect(await getRun(db, generation.run_id)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/has died/),
  });
});

test('a run that kill -9 ended is resumed from the command line, each answer paid once', async () => {
  const server = await modelServer({ latencyMs: 20, write });
  const settings = { ...(await installation()), MODEL_HOSTS: server.host };
  const { ASSAY_DATA: folder = '', DATABASE_URL: url } = settings as Record<string, string>;
  await assay(settings, 'models', 'list');
  const location: DatabaseLocation =
    url === undefined
      ? { engine: 'sqlite', path: join(folder, 'assay.sqlite') }
      : { engine: 'postgres', url };
  const database = openDatabase(location);
  onTestFinished(() => database.close());
  const generation = await storedGeneration(database, server, writing);
  const given = { location, host: server.host, id: generation.id };
  const script = new URL('./kills.process.js', import.meta.url);
  expect(await killWhileWorking(script, given, untilSeen(server, 5))).toBe(true);
  const resume = () => assay(settings, 'generate', 'resume', generation.public_id);
  expect((await resume()).err).toContain('Another process is working on this run.');
  await database.db.updateTable('model_run').set({ alive_at: 1 }).execute();
  expect(await resume()).toMatchObject({ status: 0, err: '' });
  const calls = await database.db
    .selectFrom('model_call')
    .select(['state', 'attempts', 'lost'])
    .execute();
  expect(
    calls.every(({ state, attempts, lost }) => state === 'answered' && attempts === 1 + lost),
  ).toBe(true);
  expect(calls).toHaveLength(20);
});
