import { expect, test } from 'vitest';
import { type Habits, ordinaryHabits, react } from '#simulation/habits.js';
import { readPage } from '#simulation/page.js';
import { truthTable } from '#simulation/truth.js';

const label = (...options: string[]) => ({
  field: 'answer_label',
  kind: 'choose' as const,
  options: options.map((text, index) => ({ value: String(index), text })),
  required: true,
});
const scale = {
  field: 'answer_relevance',
  kind: 'choose' as const,
  options: ['1', '2', '3', '4', '5'].map((value) => ({ value, text: value })),
  required: true,
};
const tick = { field: 'answer_ambiguous', kind: 'tick' as const, options: [], required: false };
const never: Habits = { ...ordinaryHabits, skips: 0, flags: 0, comments: 0, unclear: 0 };

test('the true choice is found on the screen by its text, wherever it stands', () => {
  const table = truthTable([{ text: 'Which  one?', choice: 'The red one' }]);
  const habits = { ...never, accuracy: 1 };
  for (const [options, answer] of [
    [['The red one', 'The blue one'], '0'],
    [['The blue one', 'The red one'], '1'],
    [['Green', 'Blue', ' The red\none '], '2'],
  ] as const) {
    expect(
      react({ text: 'Which one?', questions: [label(...options)] }, { table, habits, seed: 's' }),
    ).toMatchObject({ fields: { answer_label: answer }, right: true, known: true });
  }
});

test('a rater of accuracy 0 never chooses it, and never leaves the choices of the screen', () => {
  const table = truthTable(
    Array.from({ length: 50 }, (_, index) => ({ text: `t${index}`, choice: 'b' })),
  );
  for (let index = 0; index < 50; index += 1) {
    const { fields, right } = react(
      { text: `t${index}`, questions: [label('a', 'b', 'c')] },
      { table, habits: { ...never, accuracy: 0 }, seed: 1 },
    );
    expect(['0', '2']).toContain(fields['answer_label']);
    expect(right).toBe(false);
  }
});

test('the same rater answers the same example alike, in whatever order the choices stand; another rater need not', () => {
  const table = truthTable(
    Array.from({ length: 60 }, (_, index) => ({ text: `t${index}`, choice: 'b' })),
  );
  const habits = { ...never, accuracy: 0.5 };
  const answers = (seed: string, options: string[]): (boolean | undefined)[] =>
    Array.from(
      { length: 60 },
      (_, index) =>
        react({ text: `t${index}`, questions: [label(...options), scale] }, { table, habits, seed })
          .right,
    );
  expect(answers('one', ['a', 'b'])).toEqual(answers('one', ['b', 'a']));
  expect(answers('one', ['a', 'b'])).not.toEqual(answers('two', ['a', 'b']));
});

test('an example that the table does not know is guessed, and said to be', () => {
  const reaction = react(
    { text: 'unknown', questions: [label('a', 'b')] },
    { table: truthTable([]), habits: never, seed: 1 },
  );
  expect(reaction).toMatchObject({ right: undefined, known: false });
  expect(['0', '1']).toContain(reaction.fields['answer_label']);
});

test('two examples with the same text are told apart by their choices', () => {
  const table = truthTable([
    { text: '', choice: 'ask' },
    { text: '', choice: 'wait' },
  ]);
  expect(table.find('', ['wait', 'go'])?.choice).toBe('wait');
  expect(table.find('', ['go', 'ask'])?.choice).toBe('ask');
  expect(table.find('', ['go', 'run'])).toBeUndefined();
});

test('unclear and relevance follow the truth table, the share of “unclear” its probability', () => {
  const count = 400;
  const table = truthTable(
    Array.from({ length: count }, (_, index) => ({
      text: `t${index}`,
      choice: 'a',
      relevance: index < count / 2 ? 1 : 5,
      unclear: index < count / 2,
    })),
  );
  const reactions = Array.from({ length: count }, (_, index) =>
    react(
      { text: `t${index}`, questions: [label('a', 'b'), tick, scale] },
      { table, habits: { ...never, unclearWhenUnclear: 0.7, scatter: 0.5 }, seed: 3 },
    ),
  );
  const ticked = reactions.filter(({ fields }) => fields['answer_ambiguous'] === 'yes').length;
  expect(Math.abs(ticked - 140)).toBeLessThan(4 * Math.sqrt(200 * 0.7 * 0.3));
  const mean = (from: number, to: number): number =>
    reactions
      .slice(from, to)
      .reduce((sum, { fields }) => sum + Number(fields['answer_relevance']), 0) /
    (to - from);
  expect(mean(0, 200)).toBeLessThan(2);
  expect(mean(200, 400)).toBeGreaterThan(4);
});

test('questions of one’s own are answered: one of their options, and text where it is required', () => {
  const questions = [
    {
      field: 'answer_clear',
      kind: 'choose' as const,
      options: [
        { value: 'yes', text: 'Yes' },
        { value: 'no', text: 'No' },
      ],
      required: true,
    },
    { field: 'answer_why', kind: 'write' as const, options: [], required: true },
    { field: 'answer_else', kind: 'write' as const, options: [], required: false },
  ];
  const { fields, known } = react(
    { text: 'x', questions },
    { table: truthTable([]), habits: never, seed: 1 },
  );
  expect(known).toBe(true);
  expect(['yes', 'no']).toContain(fields['answer_clear']);
  expect(fields).toMatchObject({ answer_why: 'Simulated answer' });
  expect(fields).not.toHaveProperty('answer_else');
});

test('pages are told apart', () => {
  expect(readPage('<main data-reason="paused"><h1>The study is paused</h1></main>')).toEqual({
    kind: 'nothing',
    reason: 'paused',
    heading: 'The study is paused',
  });
  expect(
    readPage(
      '<main><form><input type="hidden" name="csrf" value="x"><label><input type="checkbox" name="agree" value="yes">I agree</label></form></main>',
    ),
  ).toEqual({ kind: 'form', hidden: { csrf: 'x' }, options: [{ name: 'agree', value: 'yes' }] });
  expect(readPage('<h1>Something went wrong</h1>')).toEqual({
    kind: 'other',
    heading: 'Something went wrong',
  });
});
