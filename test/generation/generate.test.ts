import { expect, test } from 'vitest';
import { currentStages, type Generation, resultOf } from '#generation/generation.js';
import { getRun } from '#models/run.js';
import type { Database } from '#storage/database.js';
import { testDatabase } from '../support/database.js';
import { modelServer } from '../support/models.js';
import { storedGeneration, workOn } from './generationSupport.js';
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
