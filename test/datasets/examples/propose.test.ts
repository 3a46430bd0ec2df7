import { expect, test } from 'vitest';
import { isRefusal } from '#datasets/examples/example.js';
import { fromMapping } from '#datasets/examples/mapped.js';
import type { SaidMapping } from '#datasets/examples/mapping.js';
import { printMapping } from '#datasets/examples/notation.js';
import { MappingProposal } from '#datasets/examples/propose.js';

const propose = (rows: readonly unknown[], said: SaidMapping = {}) => {
  const { mapping, ...rest } = new MappingProposal(rows, said).finish(true);
  return { ...rest, mapping, written: mapping === null ? null : printMapping(mapping) };
};
/** The text of each row's label by the proposal. */
function labelsBy(rows: readonly Record<string, unknown>[]): unknown[] {
  const { mapping } = propose(rows);
  return rows.map((row) => {
    const example = mapping === null ? null : fromMapping(row, mapping);
    if (example === null || isRefusal(example)) return example;
    return example.labelChoice === null ? null : example.choices[example.labelChoice]?.text;
  });
}

const question = 'Which of these is a planet?';
test.each([
  [
    'columns by letter, in any order, an empty one among them',
    [
      { question, D: 'Rome', B: 'Mars', A: 'Bread', C: '', Answer: 'D' },
      { question: 'And now?', D: '4', B: '2', A: '1', C: '3', Answer: 'B' },
    ],
    'text=question choices=A,B,C,D label=Answer label-as=key',
    ['Rome', '2'],
  ],
  [
    'an object by letter, as a table prints it',
    [{ question, options: "{'A': 'Mars', 'B': 'Bread'}", answer: 'A' }],
    'text=question choices=object:options label=answer label-as=key',
    ['Mars'],
  ],
  [
    'ARC as pandas prints it',
    [
      {
        question,
        choices:
          "{'text': array(['Mars', 'Bread'], dtype=object), 'label': array(['1', '2'], dtype=object)}",
        answerKey: '1',
      },
    ],
    'text=question choices=lists:choices,text,label label=answerKey label-as=key',
    ['Mars'],
  ],
  [
    'scores by text',
    [{ input: question, target_scores: { Bread: 0, Mars: 1 } }],
    'text=input choices=scores:target_scores label=none',
    ['Mars'],
  ],
  [
    'messages with a list of choices and a target',
    [
      {
        input: [{ role: 'user', content: [{ type: 'text', text: question }] }],
        choices: ['Mars', 'Bread'],
        target: 'A',
      },
    ],
    'text=messages:input choices=texts:choices label=target label-as=letter',
    ['Mars'],
  ],
  [
    'a lower-case block',
    [{ prompt: `${question}\na) Mars\nb) Bread`, label: 'b' }],
    'text=prompt choices=block:a) label=label label-as=letter',
    ['Bread'],
  ],
  [
    'labels that are texts, and a confidence',
    [{ question, options: ['Mars', 'Bread'], answer: 'bread', confidence: '0.5', score: 3 }],
    'text=question choices=texts:options label=answer label-as=text confidence=confidence',
    ['Bread'],
  ],
  [
    'a column called label without a label in it',
    [{ question, options: ['Mars', 'Bread'], label: 'B', answer: null }],
    'text=question choices=texts:options label=label label-as=letter',
    ['Bread'],
  ],
  [
    'true and false',
    [
      { statement: 'Mars is a planet.', label: true },
      { statement: 'Bread is a planet.', label: false },
    ],
    'text=statement choices=yes-no label=label label-as=truth',
    ['Yes', 'No'],
  ],
])('no guess: %s', (_title, rows, written, labels) => {
  expect(propose(rows)).toMatchObject({ written, guess: null, refusal: null });
  expect(labelsBy(rows)).toEqual(labels);
});

test.each([
  [
    '0 and 1 without choices',
    [
      { question: 'So?', label: 0 },
      { question: 'No?', label: 1 },
    ],
    'text=question choices=yes-no label=label label-as=one-zero',
    /That 1 is Yes and 0 is No is a guess/,
  ],
  [
    'PIQA',
    [
      { goal: 'Open a jar', sol1: 'Turn the lid', sol2: 'Shake it well and shout at it', label: 0 },
      { goal: 'Dry hair', sol1: 'Water', sol2: 'A towel', label: 1 },
    ],
    'text=goal choices=sol1,sol2 label=label label-as=position count-from=0',
    /No column has a name that says that it is the text; “goal”/,
  ],
  [
    'no label of a known name',
    [{ question, choices: ['Mars', 'Bread'], correkt: 'A' }],
    'text=question choices=texts:choices label=correkt label-as=letter',
    /“correkt” could be/,
  ],
  [
    'two texts',
    [{ question, prompt: 'Say it.', choices: ['Mars', 'Bread'], answer: 'A' }],
    'text=question choices=texts:choices label=answer label-as=letter',
    /The text could be in “question”, “prompt”/,
  ],
  [
    'choices set apart by lines',
    [{ question, choices: 'Mars\nBread', answer: 'A' }],
    'text=question choices=lines:choices label=answer label-as=letter',
    /have to be cut out of it/,
  ],
  [
    'a text and nothing else, with a list that is not read',
    [{ question, meta: { a: ['b'] } }],
    'text=question choices=yes-no label=none',
    /No column holds choices or a label\. Not read, though it holds lists or objects: “meta”/,
  ],
  [
    'a text that most rows repeat',
    Array.from({ length: 6 }, (_, index) => ({
      premise: `It rained on day ${index}.`,
      question: index % 2 === 0 ? 'cause' : 'effect',
      choice1: 'wet',
      choice2: 'dry',
      label: index % 2,
    })),
    'text=question choices=choice1,choice2 label=label label-as=position count-from=0',
    /Most rows repeat the text of “question”/,
  ],
])('a guess: %s', (_title, rows, written, guess) => {
  expect(propose(rows)).toMatchObject({ written, refusal: null });
  expect(propose(rows).guess).toMatch(guess);
});

test.each([
  ['DPO', [{ prompt: 'Say it', chosen: 'a', rejected: 'b' }], /pairs of answers.*chosen, rejected/],
  [
    'deeper choices',
    [{ question, choices: [[['a']], [['b']]], answer: 'A' }],
    /options of column “choices” are not understood/,
  ],
  ['letters without choices', [{ question, answer: 'B', meta: [1] }], /\(B\) are not Yes and No/],
])('refused by name: %s', (_title, rows, refusal) => {
  expect(propose(rows).refusal).toMatch(refusal);
});

test('what is said is no guess, and what is said wrongly is named', () => {
  const rows = [{ a: question, b: 'Mars', c: 'Bread', d: 'B' }];
  const said: SaidMapping = {
    text: 'a',
    choices: { kind: 'columns', columns: ['b', 'c'] },
    label: 'd',
  };
  expect(propose(rows, said)).toMatchObject({
    written: 'text=a choices=b,c label=d label-as=key',
    guess: null,
    refusal: null,
  });
  expect(propose(rows, { ...said, label: 'e' }).refusal).toContain('There is no column “e”');
  const lists = [{ question, choices: { text: ['x', 'y'], label: ['A', 'B'] }, answer: 'B' }];
  expect(
    propose(lists, { choices: { kind: 'list', column: 'choices', form: 'any' } }).written,
  ).toContain('choices=lists:choices,text,label');
});
