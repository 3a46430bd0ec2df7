import { expect } from 'vitest';
import { forecastOfGeneration, remainingCalls } from '#generation/forecast.js';
import { getGeneration } from '#generation/generation.js';
import { onceTest, testDatabase } from '../support/database.js';
import { modelServer } from '../support/models.js';
import { storedGeneration, workOn } from './generationSupport.js';
import { pipelineWith } from './stageSupport.js';

onceTest(
  'what is still to ask is the most that it can be, and costs as each model did',
  async () => {
    const database = await testDatabase();
    const { db } = database;
    const server = await modelServer({ write: () => '- One.\n- Two.' });
    const pipeline = pipelineWith([], {
      models: { writer: 'm', judge: 'm' },
      stages: [
        { kind: 'list', rows: [{ topic: 'a' }, { topic: 'b' }, { topic: 'c' }] },
        {
          kind: 'write',
          model: 'writer',
          prompts: ['{verb} {topic}'],
          samples: 2,
          sampling: { temperature: 1, topP: 1, maxTokens: 20, stop: [] },
          parse: { kind: 'items', field: 'statement', most: 4 },
        },
        { kind: 'review' },
        {
          kind: 'judge',
          models: ['judge'],
          questions: [
            { name: 'label', prompt: '{statement}', choices: [' Yes', ' No'], wanted: [0, 1] },
          ],
        },
      ],
    });
    const generation = await storedGeneration(database, server, pipeline);
    // 3 topics × 2 labels × 2 samples, and then at most four statements in each answer.
    expect(await remainingCalls(db, generation)).toEqual(
      new Map([
        ['writer', 12],
        ['judge', 48],
      ]),
    );
    expect(await forecastOfGeneration(db, generation)).toEqual({ calls: 60, cost: null });
    await workOn(database, server, generation);
    // Every answer had two, the same ones: of three topics and two labels, two each.
    const left = await getGeneration(db, generation.id);
    expect(await remainingCalls(db, left)).toEqual(new Map([['judge', 12]]));
    const { calls, cost } = await forecastOfGeneration(db, left);
    expect(calls).toBe(12);
    expect(cost?.low).toBeLessThanOrEqual(cost?.more ?? 0);
    expect(cost?.high).toBeGreaterThanOrEqual(cost?.more ?? Infinity);
    expect(cost?.more).toBeGreaterThan(0);
  },
);
