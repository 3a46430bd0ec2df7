import { expect, test } from 'vitest';
import { ModelFailure } from '#models/failure.js';
import { checkFirstWords, firstTokens, type ListedToken } from '#models/firstToken.js';

const listed = (tokens: Readonly<Record<string, number>>): ListedToken[] =>
  Object.entries(tokens).map(([token, p]) => ({ token, logProbability: Math.log(p) }));

const probabilities = (
  choices: readonly string[],
  lead: string | null,
  tokens: Readonly<Record<string, number>>,
): [number, boolean][] =>
  firstTokens({ choices, lead }, { listed: listed(tokens), written: null }).map(
    ({ logProbability, bound }) => [Number(Math.exp(logProbability).toFixed(6)), bound],
  );

const kindOf = (ask: () => unknown): string => {
  try {
    ask();
  } catch (error) {
    if (error instanceof ModelFailure) return error.kind;
    throw error;
  }
  return 'none';
};

test('behind a frame the token has the space that stands before the choice', () => {
  const tokens = { ' Yes': 0.4, Yes: 0.3, ' No': 0.2, ' The': 0.1 };
  expect(probabilities(['Yes', 'No'], ' ', tokens)).toEqual([
    [0.4, false],
    [0.2, false],
  ]);
  expect(probabilities([' Yes', ' No'], '', tokens)).toEqual([
    [0.4, false],
    [0.2, false],
  ]);
});

test('in a chat white space before does not matter, and what differs in it alone is added', () => {
  const tokens = { ' Yes': 0.4, Yes: 0.3, ' No': 0.2, '\n': 0.05 };
  expect(probabilities(['Yes', ' No'], null, tokens)).toEqual([
    [0.7, false],
    [0.2, false],
  ]);
});

test('the longest token that begins a choice alone is taken', () => {
  expect(probabilities(['Agree', 'Disagree'], '', { Ag: 0.1, Agree: 0.5, Dis: 0.2 })).toEqual([
    [0.5, false],
    [0.2, false],
  ]);
});

test('a choice that is not listed has at most the least that is', () => {
  expect(probabilities(['Yes', 'No'], '', { Yes: 0.6, The: 0.3, It: 0.01 })).toEqual([
    [0.6, false],
    [0.01, true],
  ]);
});

test('choices whose first word is the same are refused, and those that one token begins', () => {
  const both = ['They would agree.', 'They would disagree.'];
  expect(kindOf(() => checkFirstWords({ choices: both, lead: ' ' }))).toBe('not-askable');
  expect(kindOf(() => checkFirstWords({ choices: ['(A)', '(B)'], lead: ' ' }))).toBe('not-askable');
  for (const fine of [
    ['A', 'B'],
    ['Yes', 'No'],
    ['1', '2'],
    ['17', '25'],
    ['agree', 'agreeable'],
  ])
    expect(kindOf(() => checkFirstWords({ choices: fine, lead: '' }))).toBe('none');
  expect(
    kindOf(() =>
      firstTokens(
        { choices: ['unlikely', 'unusual'], lead: '' },
        { listed: listed({ un: 0.9 }), written: null },
      ),
    ),
  ).toBe('not-askable');
});

test('nothing listed, and probabilities over one, are no figures', () => {
  const choices = { choices: ['A', 'B'], lead: '' };
  expect(kindOf(() => firstTokens(choices, { listed: [], written: null }))).toBe('no-figures');
  expect(
    kindOf(() => firstTokens(choices, { listed: listed({ A: 1, B: 1 }), written: null })),
  ).toBe('no-figures');
});
