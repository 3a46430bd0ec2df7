import { expect, test } from 'vitest';
import type { Asking } from '#models/asking.js';
import { ModelFailure } from '#models/failure.js';
import type { ModelRequest } from '#models/request.js';
import { judge } from '#generation/judge.js';
import type { Made } from '#generation/candidates.js';
import type { Pipeline } from '#generation/pipeline.js';
import type { Database } from '#storage/database.js';
import { testDatabase } from '../support/database.js';
import { askingOf, holdOf, modelWith, type Reply } from '../models/support.js';
import {
  type Built,
  candidateOf,
  contextAt,
  generationWith,
  outcomeOf,
  pipelineWith,
  scoresOf,
} from './stageSupport.js';

const label = {
  name: 'label',
  prompt: 'Would they agree?\n"{statement}"',
  choices: ['They would agree.', 'They would disagree.'],
  wanted: [0, 1],
};

const judging = (more: object = {}, changes: Parameters<typeof pipelineWith>[1] = {}): Pipeline =>
  pipelineWith([{ kind: 'judge', models: ['judge'], questions: [label], ...more }], changes);

const made = (count: number): Made[] =>
  Array.from({ length: count }, (_, slot) => candidateOf(slot));

const slotIn = ({ prompt }: ModelRequest): number => Number(/\d+/.exec(prompt)?.[0]);

interface Judged {
  readonly built: Built;
  readonly database: Database;
  readonly asked: readonly string[];
  readonly asking: Asking;
  again(): Promise<unknown>;
}

/** Judges candidates by a model whose answers are given. */
async function judged(
  pipeline: Pipeline,
  candidates: readonly Made[],
  reply: Reply,
): Promise<Judged> {
  const database = await testDatabase();
  const built = await generationWith(database, pipeline, candidates);
  const model = await modelWith(database, reply);
  const asking = askingOf(database, await holdOf(database, built.run));
  const context = await contextAt(database, built, { position: 1, kind: 'judge', asking, model });
  const again = () => judge(context);
  await again();
  return { built, database, asked: model.asked, asking, again };
}

const outcome = ({ database, built }: Judged) => {
  const [, stage] = built.stages;
  if (stage === undefined) throw new Error('there is a judge');
  return outcomeOf(database, stage);
};

test('the wanted reply of each label has its share among the replies, and their mass', async () => {
  const done = await judged(judging(), made(4), (request) =>
    scoresOf(request, [Math.log(0.6), Math.log(0.2)]),
  );
  const { scores, decisions } = await outcome(done);
  expect(decisions).toEqual([]);
  expect(scores.map(({ value }) => Number(value.toFixed(9)))).toEqual([0.75, 0.25, 0.75, 0.25]);
  for (const score of scores) {
    expect(score).toMatchObject({ name: 'label', kind: 'exact' });
    expect(score.mass).toBeCloseTo(0.8, 12);
  }
});

test('replies are templates, several questions are several scores', async () => {
  const { verb: _, ...values } = { verb: '', description: 'is kind' };
  const asked: ModelRequest[] = [];
  const pipeline = judging(
    {
      questions: [
        { ...label, choices: ['They would {verb}.', 'No, somebody who {description} would not.'] },
        { name: 'relevance', prompt: 'Good?\n{statement}', choices: ['Yes', 'No'], wanted: 0 },
      ],
      likelihood: { prompt: 'Say: ', text: '{statement}' },
    },
    { values },
  );
  const done = await judged(pipeline, made(2), (request) => {
    asked.push(request);
    return scoresOf(
      request,
      request.verb === 'score' && request.choices.length === 1 ? [-22] : [-1, -1],
    );
  });
  const { scores } = await outcome(done);
  expect(scores.map(({ slot, name, value, mass }) => [slot, name, value, mass !== null])).toEqual(
    [0, 1].flatMap((slot) => [
      [slot, 'label', 0.5, true],
      [slot, 'likelihood', -2, false],
      [slot, 'relevance', 0.5, true],
    ]),
  );
  expect(asked).toContainEqual(
    expect.objectContaining({
      choices: ['They would disagree.', 'No, somebody who is kind would not.'],
    }),
  );
});

test('a server without figures is asked by the next kind, all candidates by the same one', async () => {
  const kinds: string[] = [];
  const done = await judged(
    judging({ kinds: ['exact', 'first-token', 'sampled'], samples: 4 }),
    made(6),
    (request) => {
      kinds.push(request.verb === 'score' ? request.kind : 'sampled');
      if (request.verb === 'score') return new ModelFailure('no-figures', 'It shows none.');
      const text = ['They would agree.', '"They would agree."', 'They would disagree.', 'Who?'];
      return {
        verb: 'complete',
        text: text[request.sample] ?? '',
        finish: 'stop',
        tokens: { input: 1, output: 1 },
      };
    },
  );
  const { scores } = await outcome(done);
  expect(kinds.filter((kind) => kind !== 'sampled')).toEqual(['exact', 'first-token']);
  expect(scores).toHaveLength(6);
  expect(scores[0]).toMatchObject({ kind: 'sampled', mass: 0.75 });
  expect(scores.map(({ value }) => Number(value.toFixed(3)))).toEqual(
    [0, 1, 2, 3, 4, 5].map((slot) => (slot % 2 === 0 ? 0.667 : 0.333)),
  );
});

test('without a further kind the run stops with a sentence', async () => {
  const refused = judged(
    judging({ kinds: ['exact'] }),
    made(3),
    () => new ModelFailure('no-figures', 'It shows none.'),
  );
  await expect(refused).rejects.toThrow(/no figures for “label” .*\(exact\)\. It shows none\./);
});

test('one answer without figures drops one candidate; many stop the run', async () => {
  const without = (slots: number) => (request: ModelRequest) =>
    slotIn(request) > 5 && slotIn(request) <= 5 + slots
      ? new ModelFailure('no-figures', 'It shows none.')
      : scoresOf(request, [-1, -2]);
  const one = await judged(judging({ kinds: ['exact'] }), made(60), without(1));
  const { decisions, scores } = await outcome(one);
  expect(decisions).toEqual([
    { slot: 6, reason: 'no-score', detail: 'It shows none.', rank: null },
  ]);
  expect(scores).toHaveLength(59);
  const many = judged(judging({ kinds: ['exact'] }), made(60), without(30));
  await expect(many).rejects.toThrow(/no figures/);
});

test('what cannot be asked is dropped with its reason, and nothing is sent shortened', async () => {
  const reasons = [
    'over-context',
    'control-token',
    'spanning-token',
    'same-first-token',
    null,
  ] as const;
  const done = await judged(
    judging({ kinds: ['exact'] }),
    [...made(6), candidateOf(6, { fields: { other: 'x' } }), candidateOf(7, { label: null })],
    (request) => {
      const slot = slotIn(request);
      return slot < 5
        ? new ModelFailure('not-askable', `Not ${slot}.`, { reason: reasons[slot] ?? null })
        : scoresOf(request, [-1, -2]);
    },
  );
  const { decisions, scores } = await outcome(done);
  expect(decisions.map(({ slot, reason }) => [slot, reason])).toEqual([
    [0, 'over-context'],
    [1, 'control-token'],
    [2, 'spanning-token'],
    [3, 'same-first-token'],
    [4, 'not-asked'],
    [6, 'lacks-field'],
    [7, 'no-score'],
  ]);
  expect(decisions[4]?.detail).toBe('Not 4.');
  expect(scores.map(({ slot }) => slot)).toEqual([5]);
  expect(done.asked).toHaveLength(6);
});

test('replies that begin alike are told apart by the next kind where one is allowed', async () => {
  const reason = 'same-first-token';
  const done = await judged(judging({ kinds: ['first-token', 'exact'] }), made(2), (request) =>
    request.verb === 'score' && request.kind === 'first-token'
      ? new ModelFailure('not-askable', 'They begin alike.', { reason })
      : scoresOf(request, [-1, -1]),
  );
  expect((await outcome(done)).scores.map(({ kind }) => kind)).toEqual(['exact', 'exact']);
});

test('begun anew it asks what is missing, and changes nothing that is stored', async () => {
  const done = await judged(judging(), made(20), (request) =>
    slotIn(request) === 3
      ? new ModelFailure('not-askable', 'No.', { reason: 'over-context' })
      : scoresOf(request, [-1, -2]),
  );
  const before = await outcome(done);
  expect(done.asked).toHaveLength(20);
  const [, stage] = done.built.stages;
  const { db } = done.database;
  const half = db.selectFrom('candidate').select('id').where('slot', '>', 9);
  await db
    .deleteFrom('candidate_score')
    .where('stage_id', '=', stage?.id ?? 0)
    .where('candidate_id', 'in', half)
    .execute();
  await done.again();
  expect(await outcome(done)).toEqual(before);
  expect(done.asked).toHaveLength(20);
});
