import { expect, test } from 'vitest';
import { controlValues, readAnswers } from '#assignment/answers.js';
import { Form } from '#studies/form.js';

const faults = { id: 'faults', type: 'several', wording: 'Faults?' } as const;
const formOf = (question: object): Form =>
  Form.parse({ preset: 'own', questions: [{ ...faults, ...question }] });
const form = formOf({ options: ['Typos', 'Bias', 'Too long'], none: 'None of these' });

const sent = (values: unknown, given = form) => readAnswers(given, [], { answer_faults: values });
const others = (answer: string[]) => ({
  answers: { labelChoice: null, ambiguous: null, relevance: null, others: { faults: answer } },
});
const fault = (message: string) => ({ faults: [{ field: 'answer_faults', message }] });

test('one answer, several, or the exclusive one alone are read in the order of the form', () => {
  expect(sent('1')).toEqual(others(['Bias']));
  expect(sent(['2', '0'])).toEqual(others(['Typos', 'Too long']));
  expect(sent(['3'])).toEqual(others(['None of these']));
  // A value that is sent twice is one answer.
  expect(sent(['0', '0'])).toEqual(others(['Typos']));
});

test('nothing, what is no option, and the exclusive answer beside another are refused', () => {
  expect(sent(undefined)).toEqual(fault('This question is still open.'));
  expect(sent([])).toEqual(fault('This question is still open.'));
  expect(sent(['0', '7'])).toEqual(fault('This is none of the options.'));
  expect(sent(['0', '3'])).toEqual(fault('“None of these” cannot be combined with other answers.'));
  expect(sent(undefined, formOf({ options: ['a', 'b'], required: false }))).toEqual({
    answers: { labelChoice: null, ambiguous: null, relevance: null, others: {} },
  });
});

test('an earlier answer ticks what it named', () => {
  const read = sent(['2', '0']);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  expect(controlValues(form, [], read.answers)).toEqual({ answer_faults: ['0', '2'] });
});

test('there may be more options than digits; equal ones are refused', () => {
  const many = formOf({ options: Array.from({ length: 40 }, (_, index) => `Option ${index}`) });
  expect(sent(['39', '8'], many)).toEqual(others(['Option 8', 'Option 39']));
  const parsed = (question: object) =>
    Form.safeParse({ preset: 'own', questions: [{ ...faults, ...question }] });
  expect(parsed({ options: ['a', 'a'] }).success).toBe(false);
  expect(parsed({ options: ['a', 'b'], none: 'a' }).success).toBe(false);
  expect(parsed({ options: ['a'] }).success).toBe(false);
});
