import { expect, test } from 'vitest';
import { judge } from '#generation/judge.js';
import { testDatabase } from '../support/database.js';
import { askerOf, framed, modelServer, settingsOf } from '../support/models.js';
import type { Behaviour } from '../support/modelServer/behaviour.js';
import { askingOf, holdOf, modelWith } from '../models/support.js';
import { candidateOf, contextAt, generationWith, outcomeOf, pipelineWith } from './stageSupport.js';

/** Judges statements by a model of the test server. */
async function judgedBy(
  behaviour: Partial<Behaviour>,
  form: Parameters<typeof settingsOf>[1],
  stage: object,
  statements = ['I help people.', 'I like tea.', 'I plan.'],
) {
  const server = await modelServer(behaviour);
  const database = await testDatabase();
  const question = {
    name: 'label',
    prompt: 'Agree? {statement}',
    choices: ['Yes', 'No'],
    wanted: 0,
  };
  const pipeline = pipelineWith([
    { kind: 'judge', models: ['judge'], questions: [question], ...stage },
  ]);
  const made = statements.map((statement, slot) => candidateOf(slot, { fields: { statement } }));
  const built = await generationWith(database, pipeline, made);
  const settings = settingsOf(server, form);
  const asker = await askerOf(server, form);
  const model = { ...(await modelWith(database, undefined, settings)), settings, asker };
  const asking = askingOf(database, await holdOf(database, built.run));
  await judge(await contextAt(database, built, { position: 1, kind: 'judge', asking, model }));
  const [, judging] = built.stages;
  if (judging === undefined) throw new Error('there is a judge');
  return { ...(await outcomeOf(database, judging)), bodies: server.log.map(({ body }) => body) };
}

const silent = [{ fault: { kind: 'no-log-probabilities' } }] as const;

test('a chat is asked for first tokens, since it scores no whole replies', async () => {
  const { scores, bodies } = await judgedBy({}, {}, {});
  expect(scores.map(({ kind }) => kind)).toEqual(['first-token', 'first-token', 'first-token']);
  expect(scores.every(({ value, mass }) => value > 0 && value < 1 && (mass ?? 0) > 0)).toBe(true);
  expect(bodies).toHaveLength(3);
});

test('a server without log-probabilities is sampled where the pipeline allows it, else it stops', async () => {
  const write = (prompt: string, { seed }: { seed: string }): string =>
    Number(seed) % 2 === 0 || prompt.includes('tea') ? 'Yes.' : 'No, I would not.';
  const { scores } = await judgedBy(
    { faults: silent, write },
    {},
    { kinds: ['first-token', 'sampled'], samples: 6 },
  );
  expect(scores).toMatchObject([
    { kind: 'sampled', mass: 1 },
    { kind: 'sampled', mass: 1, value: 1 },
    { kind: 'sampled', mass: 1 },
  ]);
  await expect(judgedBy({ faults: silent }, {}, {})).rejects.toThrow(
    /no figures for “label” by the kinds that the pipeline allows \(exact, first-token\)/,
  );
});

test('the likelihood of a text needs figures for whole texts', async () => {
  const likelihood = { prompt: 'Say something. ', text: '{statement}' };
  const { scores } = await judgedBy({}, framed, { questions: [], likelihood });
  expect(scores.map(({ name, kind, mass }) => [name, kind, mass])).toEqual(
    Array.from({ length: 3 }, () => ['likelihood', 'exact', null]),
  );
  expect(scores.every(({ value }) => value < 0)).toBe(true);
  const zeros = [{ fault: { kind: 'zero-log-probabilities' } }] as const;
  await expect(judgedBy({ faults: zeros }, framed, { questions: [], likelihood })).rejects.toThrow(
    /calls a text certain/,
  );
});

test('what is over the context is dropped, and nothing of it is sent again', async () => {
  const long = 'I talk and talk. '.repeat(30).trim();
  const { scores, decisions, bodies } = await judgedBy({ context: 60 }, framed, {}, [
    'I help.',
    long,
    'I plan.',
  ]);
  expect(scores.map(({ slot }) => slot)).toEqual([0, 2]);
  expect(decisions).toMatchObject([{ slot: 1, reason: 'over-context' }]);
  const about = bodies.filter((body) => body.includes('talk'));
  expect(about).toHaveLength(1);
  expect(about[0]).toContain(long);
});
