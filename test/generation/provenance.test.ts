import { expect, test } from 'vitest';
import { callOf } from '#generation/provenance.js';
import { testDatabase } from '../support/database.js';
import { buildGeneration } from '../support/generation.js';

test('the rest of an answer is hidden where the rules of screening find something in it', async () => {
  const database = await testDatabase();
  const { db } = database;
  const { generation, candidates } = await buildGeneration(database, {
    state: 'done',
    stages: [{ state: 'done', made: [{}] }, { state: 'done' }],
  });
  const model = await db.selectFrom('model').select('id').executeTakeFirstOrThrow();
  const hiddenWhere = async (key: string, rest: string): Promise<string | null | undefined> => {
    const { id } = await db
      .insertInto('model_call')
      .values({
        key: Buffer.from(key),
        model_id: model.id,
        run_id: generation.run_id,
        epoch: 1,
        state: 'answered',
        request: JSON.stringify({
          verb: 'complete',
          prompt: 'Write.',
          sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
          seed: 1,
          sample: 0,
        }),
        answer: JSON.stringify({
          verb: 'complete',
          text: `1. Statement 0\n2. ${rest}`,
          finish: 'stop',
          tokens: { input: 1, output: 1 },
        }),
        worst: 0,
        attempts: 1,
        sent_at: 1,
        ended_at: 1,
        error: null,
        refusal: null,
        reason: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .updateTable('candidate')
      .set({ call_id: id })
      .where('id', '=', candidates[0]?.id ?? 0)
      .execute();
    return (await callOf(db, generation, { call_id: id }))?.answer;
  };
  expect(await hiddenWhere('plain', 'I am kind.')).toContain('I am kind.');
  expect(await hiddenWhere('personal', 'Write to jane.doe@gmail.com.')).toBeNull();
});
