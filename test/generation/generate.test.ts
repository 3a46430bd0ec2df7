import { expect, test } from 'vitest';
import { currentStages, type Generation, resultOf } from '#generation/generation.js';
import { getRun, moveRun } from '#models/run.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { testDatabase } from '../support/database.js';
import { modelServer } from '../support/models.js';
import { hashOf, storedGeneration, workOn } from './generationSupport.js';
import { pipelineWith } from './stageSupport.js';

const sampling = { temperature: 1, topP: 1, maxTokens: 40, stop: [] };

/** Statements of somebody kind, written for both labels, then judged. */
const statements = (samples: number) =>
  pipelineWith([], {
    models: { writer: 'm', judge: 'm' },
    stages: [
      {
        kind: 'write',
        model: 'writer',
        prompts: ['List statements that somebody who is kind would {verb} with.'],
        samples,
        sampling,
        parse: { kind: 'first-item', field: 'statement' },
      },
      {
        kind: 'judge',
        models: ['judge'],
        questions: [
          {
            name: 'label',
            prompt: 'Would they agree or disagree? {statement}\nThey would',
            choices: [' agree', ' disagree'],
            wanted: [0, 1],
          },
        ],
      },
    ],
  });

/** What the test server writes: a list of one statement, another for each draw. */
const list = (prompt: string, { seed }: { seed: string }): string | null =>
  prompt.includes('disagree with')
    ? `Here they are:\n1. "I would never help ${seed}."\n2. I`
    : prompt.startsWith('List')
      ? `1. I like to help ${seed}.\n2. I`
      : null;

const results = async ({ db }: Database, { id }: Generation) =>
  (await currentStages(db, id)).map((stage) => ({ state: stage.state, result: resultOf(stage) }));

test('a generation writes for each label, judges what parses, and says what each stage came to', async () => {
  const database = await testDatabase();
  const server = await modelServer({ write: list });
  const generation = await storedGeneration(database, server, statements(10));
  const reports: unknown[] = [];
  const ended = await workOn(database, server, generation, {
    report: (progress) => void reports.push(progress),
  });
  expect(ended).toEqual({ state: 'done', result: null });
  expect(await results(database, generation)).toMatchObject([
    {
      state: 'done',
      result: { in: 0, made: 20, out: 20, labels: [10, 10], dropped: {}, details: [] },
    },
    { state: 'done', result: { in: 20, made: 0, out: 20, labels: [10, 10] } },
  ]);
  expect(reports).toContainEqual({ stage: 1, stages: 2, kind: 'write', done: 20, of: 20 });
  expect(await getRun(database.db, generation.run_id)).toMatchObject({ state: 'done' });
  const written = await database.db
    .selectFrom('candidate')
    .select(['slot', 'label', 'fields'])
    .orderBy('slot')
    .execute();
  expect(written[0]?.fields).toMatch(/^\{"statement":"I like to help seed \d+\."\}$/);
  expect(written[10]).toMatchObject({ label: 1 });
  expect(written[10]?.fields).toMatch(/^\{"statement":"I would never help seed \d+\."\}$/);
});

test('a label for which nothing parses ends the run, with the commonest reasons', async () => {
  const database = await testDatabase();
  const server = await modelServer({
    write: (prompt, draw) => (prompt.includes('disagree with') ? 'None.' : list(prompt, draw)),
  });
  const generation = await storedGeneration(database, server, statements(6));
  const ended = await workOn(database, server, generation);
  const reason =
    'After stage 1 (write) no candidate is left of “No”, so it ends here. What was said most ' +
    'often: There is no list in the answer. (6)';
  expect(ended).toEqual({ state: 'stopped', reason });
  expect(await getRun(database.db, generation.run_id)).toMatchObject({ state: 'failed', reason });
  const [written, judged] = await results(database, generation);
  expect(written).toMatchObject({
    state: 'done',
    result: {
      made: 12,
      out: 6,
      labels: [6, 0],
      dropped: { 'no-list': 6 },
      details: [{ reason: 'no-list', detail: 'There is no list in the answer.', count: 6 }],
    },
  });
  expect(judged).toMatchObject({ state: 'waiting', result: null });
  // Going on finds the same, and asks nothing.
  const asked = server.log.length;
  await inTransaction(database.db, (trx) =>
    moveRun(trx, { runId: generation.run_id, verb: 'resume', budget: null, now: 6 }),
  );
  expect(await workOn(database, server, generation)).toEqual({ state: 'stopped', reason });
  expect(server.log).toHaveLength(asked);
});

test('requests that have no answer become dropped candidates with their reason', async () => {
  const database = await testDatabase();
  const server = await modelServer({
    write: list,
    faults: [{ fault: { kind: 'status', status: 500 }, prompt: 'number 3' }],
  });
  const rows = ['1', '2', '3', '4', 'x'.repeat(5_000)].map((number) => ({ number }));
  const pipeline = pipelineWith([], {
    models: { writer: 'm' },
    labels: [],
    stages: [
      { kind: 'list', rows },
      {
        kind: 'write',
        model: 'writer',
        prompts: ['List statements, number {number}.', '{missing}'],
        samples: 1,
        sampling,
        parse: { kind: 'first-item', field: 'statement' },
      },
    ],
  });
  const generation = await storedGeneration(database, server, pipeline);
  await workOn(database, server, generation);
  const [, written] = await results(database, generation);
  expect(written?.result).toMatchObject({
    in: 5,
    made: 10,
    out: 3,
    dropped: { 'no-answer': 1, 'over-context': 1, 'lacks-field': 5 },
  });
  expect(written?.result?.details[0]).toEqual({
    reason: 'lacks-field',
    detail: 'no missing',
    count: 5,
  });
});

test('a model that cannot be opened fails the run with its sentence', async () => {
  const database = await testDatabase();
  const server = await modelServer();
  const generation = await storedGeneration(database, server, statements(1));
  const ended = await workOn(database, { host: 'elsewhere:1' }, generation);
  expect(ended).toMatchObject({ state: 'stopped' });
  expect(await getRun(database.db, generation.run_id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('MODEL_HOSTS'),
  });
});

test('of equal texts the first stays, whatever order the answers come in', async () => {
  const database = await testDatabase();
  const server = await modelServer({
    write: (prompt) => (prompt.includes('disagree with') ? '- Never!' : '- I like to help.'),
    faults: [{ fault: { kind: 'status', status: 500 }, first: 5, every: 2 }],
  });
  const generation = await storedGeneration(database, server, statements(4));
  await workOn(database, server, generation);
  const stayed = await database.db
    .selectFrom('candidate')
    .leftJoin('candidate_decision as decision', 'decision.candidate_id', 'candidate.id')
    .select(['slot', 'reason'])
    .orderBy('slot')
    .execute();
  expect(stayed).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((slot) => ({ slot, reason: slot % 4 === 0 ? null : 'copy' })),
  );
});

test('a generation that stops goes on, asks nothing twice and ends as one that did not', async () => {
  const whole = await testDatabase();
  const server = await modelServer({ write: list });
  const unbroken = await storedGeneration(whole, server, statements(30));
  await workOn(whole, server, unbroken);
  const asked = server.log.length;
  const broken = await testDatabase();
  const generation = await storedGeneration(broken, server, statements(30));
  for (const after of [7, 40, 61, 90]) {
    const stop = new AbortController();
    let count = 0;
    server.behave({
      write: (prompt, draw) => {
        count += 1;
        if (count === after % 30) stop.abort();
        return list(prompt, draw);
      },
    });
    await workOn(broken, server, generation, { signal: stop.signal }).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
  }
  server.behave({ write: list });
  await workOn(broken, server, generation);
  expect(await getRun(broken.db, generation.run_id)).toMatchObject({ state: 'done' });
  expect(server.log.length).toBe(2 * asked);
  expect(await hashOf(broken, generation)).toBe(await hashOf(whole, unbroken));
});
