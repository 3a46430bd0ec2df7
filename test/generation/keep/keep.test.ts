import { expect, test } from 'vitest';
import { type Made, readFlow } from '#generation/candidates.js';
import { keep } from '#generation/keep/keep.js';
import { testDatabase } from '../../support/database.js';
import { modelWith } from '../../models/support.js';
import {
  candidateOf,
  contextAt,
  generationWith,
  noAsking,
  outcomeOf,
  pipelineWith,
} from '../stageSupport.js';

interface Given {
  readonly slot: number;
  readonly label: number;
  readonly statement: string;
  /** Score by name; `likelihood` has no mass. */
  readonly scores: Readonly<Record<string, number>>;
}

/** Keeps these candidates, whose scores a judge has stored, twice over. */
async function kept(settings: object, given: readonly Given[], more: object = {}) {
  const database = await testDatabase();
  const judge = { kind: 'judge' as const, models: ['judge'] };
  const pipeline = pipelineWith([judge, { kind: 'keep', mean: ['label'], ...settings }], more);
  const made = given.map(({ slot, label, statement }): Made =>
    candidateOf(slot, { label, fields: { statement } }),
  );
  const built = await generationWith(database, pipeline, made);
  const model = await modelWith(database);
  const flow = await readFlow(database.db, built.generation.id, 2);
  const [, judging, keeping] = built.stages;
  if (judging === undefined || keeping === undefined) throw new Error('there are three stages');
  const scores = flow.flatMap(({ id, slot }) =>
    Object.entries(given.find((one) => one.slot === slot)?.scores ?? {}).map(([name, value]) => ({
      stage_id: judging.id,
      candidate_id: id,
      name,
      model_id: model.id,
      value,
      mass: name === 'likelihood' ? null : 0.9,
      kind: 'exact',
      call_id: null,
    })),
  );
  await database.db.insertInto('candidate_score').values(scores).execute();
  const context = await contextAt(database, built, {
    position: 2,
    kind: 'keep',
    asking: noAsking,
    model,
  });
  const result = await keep(context);
  expect(await keep(context)).toEqual(result);
  const { decisions } = await outcomeOf(database, keeping);
  const left = await readFlow(database.db, built.generation.id, 3);
  return { result, decisions, left: left.map(({ slot }) => slot) };
}

const one = (
  slot: number,
  label: number,
  statement: string,
  scores: Record<string, number>,
): Given => ({
  slot,
  label,
  statement,
  scores: { label: 0.9, ...scores },
});

const candidates = [
  one(0, 0, 'I help people.', { label: 0.9, relevance: 0.5 }),
  one(1, 1, 'I hurt people.', { label: 0.8, relevance: 0.8 }),
  one(2, 0, 'I like to give.', { label: 0.6, relevance: 0.9 }),
  one(3, 1, 'I like to take.', { label: 0.2, relevance: 0.7 }),
  one(4, 0, 'I share.', { label: 0.9 }),
];

test('the mean of the named scores decides, and labels are balanced', async () => {
  const { result, decisions, left } = await kept({ mean: ['label', 'relevance'] }, candidates);
  expect(decisions).toEqual([
    { slot: 0, reason: 'balance', detail: null, rank: null },
    { slot: 1, reason: null, detail: null, rank: 1 },
    { slot: 2, reason: null, detail: null, rank: 2 },
    { slot: 3, reason: 'below-half', detail: null, rank: null },
    { slot: 4, reason: 'no-score', detail: null, rank: null },
  ]);
  expect(left).toEqual([1, 2]);
  expect(result).toEqual({
    made: 0,
    kept: { asPaper: [1, 1], withSwitches: [1, 1], bySwitch: {} },
  });
});

test('switches are counted beside the rule alone', async () => {
  const given = [
    one(0, 0, 'I help people who are in need of it and', { likelihood: -1 }),
    one(1, 1, 'I hurt people.', { likelihood: -1 }),
    one(2, 0, 'Xq zzv kkp.', { likelihood: -9 }),
    one(3, 1, 'I take [insert name here] away.', { likelihood: -1 }),
    one(4, 0, 'I share.', { likelihood: -1, label: 0.7 }),
  ];
  const switches = { likelihood: -3, findings: ['template-placeholder'] };
  const { result, decisions } = await kept({ switches, top: 2 }, given);
  expect(decisions.map(({ reason, detail }) => [reason, detail])).toEqual([
    [null, null],
    [null, null],
    ['unlikely', null],
    ['finding', 'template-placeholder'],
    ['balance', null],
  ]);
  expect(result.kept).toEqual({
    asPaper: [2, 2],
    withSwitches: [1, 1],
    bySwitch: { unlikely: 1, finding: 1 },
  });
});

test('what makes no example goes first', async () => {
  const example = { text: '{statement}{other}', choices: ['Yes', 'No'] };
  const { decisions, result } = await kept({}, candidates.slice(0, 2), { example });
  expect(decisions.map(({ reason }) => reason)).toEqual(['no-example', 'no-example']);
  expect(result.kept?.withSwitches).toEqual([0, 0]);
});
