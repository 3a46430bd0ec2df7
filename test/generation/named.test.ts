import { expect, test } from 'vitest';
import { readFlow } from '#generation/candidates.js';
import { remainingCalls } from '#generation/forecast.js';
import { goOn } from '#generation/goOn.js';
import { fill } from '#generation/template.js';
import { getRun } from '#models/run.js';
import { engine, testDatabase, untilWaiting } from '../support/database.js';
import { buildGeneration } from '../support/generation.js';
import { modelServer } from '../support/models.js';
import { storedGeneration, workOn } from './generationSupport.js';
import { pipelineWith } from './stageSupport.js';

const writing = (samples: number) => ({
  kind: 'write' as const,
  model: 'writer',
  prompts: ['List names.'],
  samples,
  sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
  parse: { kind: 'first-item' as const, field: 'statement' },
});

test('a written text that every object has as a name picks nothing', async () => {
  expect(fill('{constructor}', {})).toBeNull();
  const database = await testDatabase();
  const server = await modelServer({ write: () => '1. constructor\n2. I' });
  const pipeline = pipelineWith([], {
    models: { writer: 'm' },
    labels: [],
    family: 'generic',
    example: { text: '{q}', choices: ['{statement}', 'x'] },
    stages: [
      writing(2),
      { kind: 'combine', rows: [{ a: 'b' }], pick: { q: 'statement' } },
      { kind: 'screen' },
    ],
  });
  const generation = await storedGeneration(database, server, pipeline);
  await workOn(database, server, generation);
  const { reason } = await getRun(database.db, generation.run_id);
  expect(reason ?? '').not.toMatch(/function|invalid|expected/i);
  const details = await database.db
    .selectFrom('candidate_decision')
    .select('detail')
    .where('reason', '=', 'lacks-field')
    .execute();
  expect(details[0]?.detail).toBe('no field constructor in the row');
});

test('a screen by sampling is forecast with its samples', async () => {
  const database = await testDatabase();
  const asked = {
    models: ['judge'],
    prompt: 'Is {statement} harmful?',
    choices: [' Yes', ' No'],
    harmful: 0,
    kinds: ['sampled' as const],
    samples: 10,
  };
  const pipeline = pipelineWith([], {
    models: { writer: 'm', judge: 'm' },
    stages: [writing(5), { kind: 'screen', asked }],
  });
  const generation = await storedGeneration(database, await modelServer(), pipeline);
  const calls = await remainingCalls(database.db, generation);
  expect(calls.get('judge')).toBe((calls.get('writer') ?? 0) * 10);
});

test.runIf(engine() === 'postgres')('a review that is being stored counts at its end', async () => {
  const database = await testDatabase();
  const { db } = database;
  const { generation, stages, candidates } = await buildGeneration(database, {
    state: 'review',
    stages: [
      { state: 'done', made: [{}, {}, {}, {}] },
      { state: 'done' },
      { state: 'done' },
      { state: 'review' },
      { state: 'waiting' },
    ],
  });
  const [stage_id = 0, candidate_id = 0] = [stages[3]?.id, candidates[0]?.id];
  let lock: () => void = () => undefined;
  const locked = new Promise<void>((resolve) => {
    lock = resolve;
  });
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reviewing = db.transaction().execute(async (trx) => {
    const stage = trx.selectFrom('generation_stage').select('id').where('id', '=', stage_id);
    await stage.forUpdate().execute();
    lock();
    await gate;
    const done = { action: 'rejected' as const, before: '{}', after: null, active_ms: 1, at: 1 };
    const row = { stage_id, candidate_id, account_id: null, ...done };
    await trx.insertInto('candidate_review').values(row).execute();
  });
  await locked;
  const ended = goOn(db, { generation, staff: null, now: 20 });
  await untilWaiting(db, 1);
  release();
  await reviewing;
  expect((await ended).review).toMatchObject({ rejected: 1 });
  expect(await readFlow(db, generation.id, 4)).toHaveLength(3);
});
