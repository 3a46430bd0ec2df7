import { expect, test } from 'vitest';
import { stageAgain } from '#generation/again.js';
import { readFlow } from '#generation/candidates.js';
import { currentStages, type Generation, resultOf } from '#generation/generation.js';
import { goOn } from '#generation/goOn.js';
import { moveGeneration } from '#generation/moves.js';
import { getRun } from '#models/run.js';
import type { Database } from '#storage/database.js';
import type { ReviewAction } from '#storage/generationTables.js';
import { testDatabase } from '../support/database.js';
import { modelServer } from '../support/models.js';
import { storedGeneration, workOn } from './generationSupport.js';
import { pipelineWith } from './stageSupport.js';

const sampling = { temperature: 1, topP: 1, maxTokens: 40, stop: [] };

/** Occupations are written, read by people, and written about. */
const readBetween = pipelineWith([], {
  models: { writer: 'm' },
  labels: [],
  stages: [
    {
      kind: 'write',
      model: 'writer',
      prompts: ['Name occupations.'],
      samples: 1,
      sampling,
      parse: { kind: 'items', field: 'occupation', most: 10 },
    },
    { kind: 'review' },
    {
      kind: 'write',
      model: 'writer',
      prompts: ['Write about the {occupation}.'],
      samples: 2,
      sampling,
      parse: { kind: 'whole', field: 'statement' },
    },
  ],
});

const write = (prompt: string, { seed }: { seed: string }): string =>
  prompt === 'Name occupations.' ? '- nurse\n- cook\n- baker\n- judge' : `${prompt} ${seed}`;

const stagesOf = async ({ db }: Database, { id }: Generation) =>
  (await currentStages(db, id)).map(({ attempt, draw, state }) => [attempt, draw, state]);

const fieldsOf = async ({ db }: Database, { id }: Generation, position: number) =>
  (await readFlow(db, id, position)).map(({ fields }) => fields);

async function review(
  { db }: Database,
  stageId: number,
  given: { candidateId: number; action: ReviewAction; after?: object },
): Promise<void> {
  await db
    .insertInto('candidate_review')
    .values({
      stage_id: stageId,
      candidate_id: given.candidateId,
      account_id: null,
      action: given.action,
      before: '{}',
      after: given.after === undefined ? null : JSON.stringify(given.after),
      active_ms: 1_000,
      at: 6,
    })
    .execute();
}

const move = (generation: Generation) => ({ generation, staff: null, now: 7 });

test('a review ends the run, and going on drops what was rejected and takes edits over', async () => {
  const database = await testDatabase();
  const { db } = database;
  const server = await modelServer({ write });
  const generation = await storedGeneration(database, server, readBetween);
  await expect(goOn(db, move(generation))).rejects.toThrow('There is no review to end.');
  expect(await workOn(database, server, generation)).toEqual({
    state: 'stopped',
    reason: 'People read what came into stage 2: 4 candidates.',
  });
  expect(await getRun(db, generation.run_id)).toMatchObject({ state: 'review' });
  const reading = (await currentStages(db, generation.id))[1];
  expect(reading).toMatchObject({ state: 'review', started_at: 5 });
  const stageId = reading?.id ?? 0;
  const [nurse, cook, baker] = await readFlow(db, generation.id, 1);
  for (const [candidate, action, after] of [
    [nurse, 'edited', { occupation: 'midwife' }],
    [nurse, 'accepted'],
    [cook, 'rejected'],
    [baker, 'rejected'],
    [baker, 'reopened'],
  ] as const)
    await review(database, stageId, {
      candidateId: candidate?.id ?? 0,
      action,
      ...(after === undefined ? {} : { after }),
    });
  const result = await goOn(db, move(generation));
  expect(result).toEqual({
    in: 4,
    made: 0,
    out: 3,
    labels: [],
    dropped: { rejected: 1 },
    details: [{ reason: 'rejected', detail: 'A reviewer rejected it.', count: 1 }],
    kept: null,
    review: { accepted: 1, edited: 0, rejected: 1, skipped: 0, unread: 2 },
  });
  expect(await getRun(db, generation.run_id)).toMatchObject({ state: 'waiting' });
  await workOn(database, server, generation);
  expect(await stagesOf(database, generation)).toEqual([
    [1, 0, 'done'],
    [1, 0, 'done'],
    [1, 0, 'done'],
  ]);
  const written = await fieldsOf(database, generation, 3);
  expect(written.map(({ occupation }) => occupation)).toEqual(
    ['midwife', 'baker', 'judge'].flatMap((one) => [one, one]),
  );
  expect(written[0]?.['statement']).toMatch(/^Write about the midwife\. seed \d+$/);
});

test('a stage done again draws anew, those behind it draw as before, and nothing goes', async () => {
  const database = await testDatabase();
  const { db } = database;
  const server = await modelServer({ write });
  const generation = await storedGeneration(database, server, readBetween);
  await workOn(database, server, generation);
  await goOn(db, move(generation));
  await workOn(database, server, generation);
  const before = await fieldsOf(database, generation, 3);
  const asked = server.log.length;
  // The review again: what is written behind it was answered before.
  await stageAgain(db, { ...move(generation), position: 1 });
  expect(await stagesOf(database, generation)).toEqual([
    [1, 0, 'done'],
    [2, 1, 'waiting'],
    [2, 0, 'waiting'],
  ]);
  await workOn(database, server, generation);
  await goOn(db, move(generation));
  await workOn(database, server, generation);
  expect(await fieldsOf(database, generation, 3)).toEqual(before);
  expect(server.log).toHaveLength(asked);
  // The last stage again, for its own sake: other texts.
  await stageAgain(db, { ...move(generation), position: 2 });
  await workOn(database, server, generation);
  const after = await fieldsOf(database, generation, 3);
  expect(after).toHaveLength(before.length);
  expect(after.filter((fields, index) => fields === before[index])).toEqual([]);
  expect(server.log).toHaveLength(asked + before.length);
  const rows = await db
    .selectFrom('generation_stage')
    .select(['position', 'attempt', 'state', 'result'])
    .orderBy('position')
    .orderBy('attempt')
    .execute();
  expect(rows.map(({ position, attempt, state }) => [position, attempt, state])).toEqual([
    [0, 1, 'done'],
    [1, 1, 'stale'],
    [1, 2, 'done'],
    [2, 1, 'stale'],
    [2, 2, 'stale'],
    [2, 3, 'done'],
  ]);
  expect(rows.map((row) => resultOf(row)?.out)).toEqual([4, 4, 4, 8, 8, 8]);
  const audit = await db
    .selectFrom('audit_event')
    .select(['action', 'detail'])
    .where('subject', '=', `generation ${generation.public_id}`)
    .orderBy('id')
    .execute();
  expect(audit).toEqual([
    { action: 'generation.go-on', detail: '{}' },
    { action: 'generation.again', detail: '{"stage":2}' },
    { action: 'generation.go-on', detail: '{}' },
    { action: 'generation.again', detail: '{"stage":3}' },
  ]);
});

test('no stage is done again while the run runs, or before it was begun', async () => {
  const database = await testDatabase();
  const { db } = database;
  const server = await modelServer({ write });
  const generation = await storedGeneration(database, server, readBetween);
  const again = (position: number) => stageAgain(db, { ...move(generation), position });
  await expect(again(0)).rejects.toThrow('Stage 1 was not begun yet');
  const alive = Number.MAX_SAFE_INTEGER;
  await db.updateTable('model_run').set({ state: 'running', alive_at: alive }).execute();
  await expect(again(0)).rejects.toThrow(/Another process is working/);
  await db.updateTable('model_run').set({ state: 'review' }).execute();
  await expect(again(9)).rejects.toThrow(/stage/);
  expect(await getRun(db, generation.run_id)).toMatchObject({ state: 'review' });
});

test('a generation out of budget goes on once it has a larger one', async () => {
  const database = await testDatabase();
  const { db } = database;
  const server = await modelServer({ write });
  const generation = await storedGeneration(database, server, { ...readBetween, budget: 0.000_01 });
  expect(await workOn(database, server, generation)).toMatchObject({ state: 'stopped' });
  expect(await getRun(db, generation.run_id)).toMatchObject({ state: 'out-of-budget' });
  await moveGeneration(db, { ...move(generation), verb: 'resume', budget: 10_000_000 });
  await workOn(database, server, generation);
  expect(await getRun(db, generation.run_id)).toMatchObject({ state: 'review' });
  await moveGeneration(db, { ...move(generation), verb: 'cancel', budget: null });
  expect(await workOn(database, server, generation)).toBeNull();
  await expect(stageAgain(db, { ...move(generation), position: 0 })).rejects.toThrow(/cancelled/);
});

test('a screening done again lets through nothing that it dropped before', async () => {
  const database = await testDatabase();
  const { db } = database;
  const server = await modelServer({ write });
  const pipeline = pipelineWith([], {
    models: { writer: 'm' },
    labels: [],
    stages: [...readBetween.stages.slice(0, 1), { kind: 'screen' }],
  });
  const generation = await storedGeneration(database, server, pipeline);
  await workOn(database, server, generation);
  const [first] = await readFlow(db, generation.id, 2);
  const screening = (await currentStages(db, generation.id))[1];
  const dropped = { candidate_id: first?.id ?? 0, reason: 'harm', detail: 'asked of models' };
  await db
    .insertInto('candidate_decision')
    .values({ ...dropped, stage_id: screening?.id ?? 0, kept: 0, rank: null })
    .execute();
  await stageAgain(db, { generation, staff: null, now: 6, position: 1 });
  await workOn(database, server, generation);
  expect(await readFlow(db, generation.id, 2)).toHaveLength(3);
  const decisions = await db
    .selectFrom('candidate_decision')
    .select(['candidate_id', 'reason', 'detail'])
    .execute();
  expect(decisions).toEqual([dropped, dropped]);
});
