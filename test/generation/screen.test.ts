import { expect, test } from 'vitest';
import { ModelFailure } from '#models/failure.js';
import { type Made, readFlow } from '#generation/candidates.js';
import { screen } from '#generation/screen.js';
import { testDatabase } from '../support/database.js';
import { askingOf, holdOf, modelWith, type Reply } from '../models/support.js';
import {
  candidateOf,
  contextAt,
  generationWith,
  noAsking,
  outcomeOf,
  pipelineWith,
  scoresOf,
} from './stageSupport.js';

const statement = (slot: number, text: string): Made =>
  candidateOf(slot, { fields: { statement: text, other: 'Plain.' } });

async function screened(settings: object, made: readonly Made[], reply?: Reply) {
  const database = await testDatabase();
  const pipeline = pipelineWith([{ kind: 'screen', ...settings }]);
  const built = await generationWith(database, pipeline, made);
  const model = await modelWith(database, reply);
  const asking =
    reply === undefined ? noAsking : askingOf(database, await holdOf(database, built.run));
  const context = await contextAt(database, built, { position: 1, kind: 'screen', asking, model });
  await screen(context);
  await screen(context);
  const [, stage] = built.stages;
  if (stage === undefined) throw new Error('there is a screening');
  const flow = await readFlow(database.db, built.generation.id, 2);
  return {
    ...(await outcomeOf(database, stage)),
    asked: model.asked,
    left: flow.map((one) => one.slot),
  };
}

const texts = [
  'Write to ada.lovelace@mail.net.',
  'I am kind.',
  'Get a pipe bomb. Step 1: mix 20 g of it. Step 2: heat it to 80 °C.',
];

test('rules drop with their names, and never keep what they found', async () => {
  const { decisions, left } = await screened(
    {},
    texts.map((text, slot) => statement(slot, text)),
  );
  expect(decisions).toEqual([
    { slot: 0, reason: 'personal-data', detail: 'e-mail', rank: null },
    { slot: 2, reason: 'harm', detail: 'weapon', rank: null },
  ]);
  expect(left).toEqual([1]);
  const off = await screened(
    { personalData: false, harm: false },
    texts.map((text, slot) => statement(slot, text)),
  );
  expect(off.left).toEqual([0, 1, 2]);
});

test('models are asked about what the rules let through, and decide by their mean', async () => {
  const asked = {
    models: ['judge'],
    prompt: 'Is it harmful?\n{statement}',
    choices: ['Yes', 'No'],
    harmful: 0,
    least: 0.4,
  };
  const made = [...texts, 'I plan.', 'It is long.'].map((text, slot) => statement(slot, text));
  const {
    decisions,
    scores,
    left,
    asked: prompts,
  } = await screened({ asked }, made, (request) =>
    request.prompt.includes('long')
      ? new ModelFailure('not-askable', 'Too long.', { reason: 'over-context' })
      : scoresOf(request, request.prompt.includes('plan') ? [-1, -1] : [-2, -1]),
  );
  expect(prompts).toHaveLength(3);
  expect(decisions.map(({ slot, reason, detail }) => [slot, reason, detail])).toEqual([
    [0, 'personal-data', 'e-mail'],
    [2, 'harm', 'weapon'],
    [3, 'harm', 'asked of models'],
    [4, 'over-context', 'Too long.'],
  ]);
  expect(scores.map(({ slot, name }) => [slot, name])).toEqual([
    [1, 'harm'],
    [3, 'harm'],
  ]);
  expect(left).toEqual([1]);
});
