import { expect, test } from 'vitest';
import { finishedStages, readChosen } from '#generation/publish/chosen.js';
import { testDatabase } from '../../support/database.js';
import { buildGeneration, pipelineWith, statements } from './support.js';

const question = { name: 'label', prompt: '{statement}', choices: ['Yes', 'No'], wanted: 0 };

test('a text has the scores of the last judge of a name, and none that stand on another text', async () => {
  const plain = pipelineWith();
  const pipeline = pipelineWith({
    stages: [
      ...plain.stages,
      { kind: 'review' },
      { kind: 'judge', models: ['writer'], questions: [question] },
    ],
  });
  const database = await testDatabase();
  const generation = await buildGeneration(database, { written: statements(6), pipeline });
  const finished = await finishedStages(database.db, generation);
  const [first, second] = await database.db
    .selectFrom('candidate')
    .selectAll()
    .orderBy('slot')
    .execute();
  const review = finished?.stages[4];
  const judge = finished?.stages[5];
  if (finished === undefined || first === undefined || second === undefined)
    throw new Error('there are candidates');
  await database.db
    .insertInto('candidate_review')
    .values({
      stage_id: review?.id ?? 0,
      candidate_id: first.id,
      account_id: null,
      action: 'edited',
      before: first.fields,
      after: '{"statement":"I hurt people."}',
      active_ms: 1,
      at: 1,
    })
    .execute();
  const { model_id: modelId } = await database.db
    .selectFrom('candidate_score')
    .select('model_id')
    .limit(1)
    .executeTakeFirstOrThrow();
  await database.db
    .insertInto('candidate_score')
    .values({
      stage_id: judge?.id ?? 0,
      candidate_id: second.id,
      name: 'label',
      model_id: modelId,
      value: 0.1,
      mass: null,
      kind: 'exact',
      call_id: null,
    })
    .execute();
  const confidences = new Map<number, number | undefined>();
  for (const part of ['kept', 'dropped'] as const)
    for await (const rows of readChosen(database.db, part, { generation, finished }))
      for (const { candidate, scores } of rows)
        confidences.set(candidate.slot, scores.get('label'));
  expect([0, 1].map((slot) => confidences.get(slot))).toEqual([undefined, 0.1]);
  expect(confidences.get(2)).toBeCloseTo((0.9 + 0.7 + 2 / 60) / 2, 12);
  expect(confidences.get(3)).toBeCloseTo((0.9 + 0.7 + 3 / 60) / 2, 12);
});
