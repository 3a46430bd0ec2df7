import { expect, test } from 'vitest';
import { callOf } from '#generation/provenance.js';
import { testDatabase } from '../support/database.js';
import { answered, buildGeneration } from '../support/generation.js';

test('the rest of an answer is hidden where the rules of screening find something in it', async () => {
  const database = await testDatabase();
  const { db } = database;
  const { generation, candidates } = await buildGeneration(database, {
    state: 'done',
    stages: [{ state: 'done', made: [{}] }, { state: 'done' }],
  });
  const hiddenWhere = async (rest: string): Promise<string | null | undefined> => {
    const id = await answered(db, {
      generation,
      candidateId: candidates[0]?.id ?? 0,
      text: `1. Statement 0\n2. ${rest}`,
    });
    return (await callOf(db, generation, { call_id: id }))?.answer;
  };
  expect(await hiddenWhere('I am kind.')).toContain('I am kind.');
  expect(await hiddenWhere('Write to jane.doe@gmail.com.')).toBeNull();
});
