import { expect, test } from 'vitest';
import { choiceOf, sampled } from '#models/sampled.js';

test.each([
  ['Yes', 0],
  ['  Yes.', 0],
  ['"Yes" — of course', 0],
  ['**No**, because', 1],
  ['No\n\nHuman:', 1],
  ['yes', null],
  ['Nothing', null],
  ['I say Yes', null],
  ['', null],
] as const)('%j chooses %s of Yes and No', (text, index) => {
  expect(choiceOf(text, [' Yes', ' No'])).toBe(index);
});

test('letters in brackets, marks, whole sentences and choices that begin alike are told apart', () => {
  expect(choiceOf('(B) because', ['(A)', '(B)'])).toBe(1);
  expect(choiceOf('B', ['(A)', '(B)'])).toBe(1);
  expect(choiceOf(' - ', ['+', '-'])).toBe(1);
  expect(choiceOf('Yes, but later', ['Yes', 'Yes, but'])).toBe(1);
  expect(choiceOf('It is é.', ['It is e', 'It is é'])).toBe(1);
});

test('shares are of all answers, those without a choice included', () => {
  expect(sampled(['Yes', 'No', 'Yes!', 'Perhaps'], ['Yes', 'No', 'Never'])).toEqual({
    choices: [
      { count: 2, logProbability: Math.log(0.5) },
      { count: 1, logProbability: Math.log(0.25) },
      { count: 0, logProbability: null },
    ],
    answers: 4,
    none: 1,
  });
  expect(() => sampled([], ['Yes', 'No'])).toThrow(RangeError);
});
