import { expect, test } from 'vitest';
import { checkStage, failedRule } from '#generation/checkStage.js';
import { readFlow } from '#generation/candidates.js';
import { Rule } from '#generation/pipeline.js';
import { testDatabase } from '../support/database.js';
import {
  candidateOf,
  contextAt,
  generationWith,
  noAsking,
  outcomeOf,
  pipelineWith,
} from './stageSupport.js';

const rule = (given: typeof Rule._zod.input): Rule => Rule.parse(given);
const pronouns = rule({ kind: 'words', field: 's', of: ['he', 'she', 'they'], most: 0 });
const blank = rule({ kind: 'holds', field: 's', text: '_', least: 1, most: 1 });
const length = rule({ kind: 'length', field: 's', least: 2, most: 3 });

const detail = (one: Rule, s: string): string | null => failedRule([one], { s })?.detail ?? null;

test('words are counted whole, upper and lower case alike', () => {
  for (const text of ['The nurse helps.', 'ashes', 'héé', 'Sheila, there'])
    expect(detail(pronouns, text)).toBeNull();
  for (const text of ['He helps.', 'and SHE', 'he’s here', '(they)'])
    expect(detail(pronouns, text)).toBe('rule 1: s has 1 word of he, she, they, at most 0 wanted');
  const dotted = rule({ kind: 'words', field: 's', of: ['e.g', 'C++', 'a-b/c'], most: 0 });
  expect(detail(dotted, 'exg C')).toBeNull();
  expect(detail(dotted, 'in c++, e.g. A-b/c')).toMatch('3 words');
});

test('a text is counted as it stands, and length in characters', () => {
  expect(detail(blank, 'The nurse said _ would.')).toBeNull();
  expect(detail(blank, 'The nurse.')).toBe('rule 1: s has 0 × “_”, at least 1 wanted');
  expect(detail(blank, '_ and _')).toBe('rule 1: s has 2 × “_”, at most 1 wanted');
  expect(detail(length, '👍👍')).toBeNull();
  expect(detail(length, 'a')).toBe('rule 1: s has 1 character, at least 2 wanted');
});

test('the first rule that is not met is the reason, and a field that is missing another', () => {
  expect(failedRule([length, blank], { s: 'abc' })).toEqual({
    reason: 'rule',
    detail: 'rule 2: s has 0 × “_”, at least 1 wanted',
  });
  expect(failedRule([blank], {})).toEqual({ reason: 'lacks-field', detail: 'no s' });
});

test('a check drops what fails, lets the rest on, and does no harm twice', async () => {
  const database = await testDatabase();
  const rules = [
    rule({ kind: 'length', field: 'statement', least: 12 }),
    rule({ kind: 'words', field: 'verb', of: ['agree'], least: 1 }),
  ];
  const pipeline = pipelineWith([{ kind: 'check', rules }, { kind: 'screen' }]);
  const made = Array.from({ length: 12 }, (_, slot) => candidateOf(slot));
  const built = await generationWith(database, pipeline, made);
  const given = { position: 1, kind: 'check', asking: noAsking } as const;
  const model = (): never => {
    throw new Error('no model is asked');
  };
  const context = {
    ...(await contextAt(database, built, { ...given, model: undefined as never })),
    model,
  };
  expect(await checkStage(context)).toEqual({ made: 0, kept: null });
  await checkStage(context);
  const [, stage] = built.stages;
  if (stage === undefined) throw new Error('there is a stage');
  const { decisions } = await outcomeOf(database, stage);
  expect(decisions).toHaveLength(11);
  expect(decisions[0]).toEqual({
    slot: 0,
    reason: 'rule',
    detail: 'rule 1: statement has 11 characters, at least 12 wanted',
    rank: null,
  });
  expect(decisions.at(-1)?.detail).toBe('rule 2: verb has 0 words of agree, at least 1 wanted');
  expect((await readFlow(database.db, built.generation.id, 2)).map(({ slot }) => slot)).toEqual([
    10,
  ]);
});
