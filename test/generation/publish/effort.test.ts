import { expect, test } from 'vitest';
import { generatedFrom } from '#datasets/generated.js';
import { provenanceOf } from '#generation/publish/provenance.js';
import { getRun } from '#models/run.js';
import { testDatabase } from '../../support/database.js';
import { modelServer } from '../../support/models.js';
import { storedGeneration, workOn } from '../generationSupport.js';
import { pipelineWith } from '../stageSupport.js';

test('the money of the stages is all that the run spent, also where answers are counted', async () => {
  const database = await testDatabase();
  const { db } = database;
  const server = await modelServer({
    write: (prompt, { seed }) =>
      prompt === 'Write.' ? `I help person ${seed}.` : Number(seed) % 3 === 0 ? 'No' : 'Yes',
    faults: [{ fault: { kind: 'no-log-probabilities' } }],
  });
  const pipeline = pipelineWith([], {
    models: { writer: 'm', judge: 'm' },
    labels: [],
    example: { text: '{statement}', choices: ['Yes', 'No'], label: 'Yes' },
    stages: [
      {
        kind: 'write',
        model: 'writer',
        prompts: ['Write.'],
        samples: 3,
        sampling: { temperature: 1, topP: 1, maxTokens: 20, stop: [] },
        parse: { kind: 'whole', field: 'statement' },
      },
      {
        kind: 'judge',
        models: ['judge'],
        kinds: ['first-token', 'sampled'],
        samples: 5,
        questions: [{ name: 'label', prompt: '{statement}', choices: ['Yes', 'No'], wanted: 0 }],
      },
    ],
  });
  const generation = await storedGeneration(database, server, pipeline);
  expect((await workOn(database, server, generation))?.state).toBe('done');
  const provenance = await provenanceOf(db, generation, { public_id: 'p' });
  const { effort } = generatedFrom(JSON.stringify(provenance)) ?? { effort: [] };
  const { spent } = await getRun(db, generation.run_id);
  const [write, judge] = effort.map(({ modelCost }) => modelCost);
  expect(write).toBeGreaterThan(0);
  expect(judge).toBeGreaterThan(write ?? 0);
  expect((write ?? 0) + (judge ?? 0)).toBeCloseTo(spent / 1e6, 9);
});
