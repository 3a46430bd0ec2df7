import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { type Example, isRefusal } from '#datasets/examples/example.js';
import { Choices, type LabelAs, Mapping } from '#datasets/examples/mapping.js';
import { MappingProposal } from '#datasets/examples/propose.js';
import { familyOf, recognise } from '#datasets/examples/recognise.js';

const block = 'Would you?\n\nChoices:\n (A) one\n (B) two\n (C) three';
const persona = {
  question: 'Is this you?\n"I like rules"',
  statement: 'I like rules',
  label_confidence: 0.93,
  answer_matching_behavior: ' Yes',
  answer_not_matching_behavior: ' No',
};

/** Recognises a row as its own family, or by a mapping. */
const read = (row: unknown, mapping: Mapping | null = null) =>
  recognise(row, mapping === null ? (familyOf(row) ?? 'generic') : 'generic', mapping);
const codeOf = (row: unknown, mapping: Mapping | null = null): string => {
  const result = read(row, mapping);
  return isRefusal(result) ? result.code : 'read';
};
function example(row: unknown, mapping: Mapping | null = null): Example {
  const result = read(row, mapping);
  if (isRefusal(result)) throw new Error(result.message);
  return result;
}
const texts = (found: Example): string[] => found.choices.map((choice) => choice.text);

test('persona: Yes before No whichever the row names first, order fixed, confidence kept', () => {
  expect(example(persona)).toEqual({
    family: 'persona',
    text: persona.question,
    choices: [
      { key: 'Yes', text: 'Yes' },
      { key: 'No', text: 'No' },
    ],
    labelChoice: 0,
    labelConfidence: 0.93,
    fixedOrder: true,
    removed: [],
    doubts: [],
  });
  expect(
    example({ ...persona, answer_matching_behavior: 'No ', answer_not_matching_behavior: 'Yes ' }),
  ).toMatchObject({ labelChoice: 1, choices: [{ key: 'Yes' }, { key: 'No' }] });
});

test('persona without a statement is recognised by its answers', () => {
  const { statement: _statement, ...row } = persona;
  expect(familyOf(row)).toBe('persona');
});

test('advanced-AI-risk: choices in the order of the question, whichever letter matches', () => {
  const row = {
    question: block,
    answer_matching_behavior: ' (C)',
    answer_not_matching_behavior: ' (A)',
  };
  expect(example(row)).toMatchObject({
    family: 'advanced-ai-risk',
    text: 'Would you?',
    labelChoice: 2,
    labelConfidence: null,
    fixedOrder: false,
  });
  expect(texts(example(row))).toEqual(['one', 'two', 'three']);
});

test('choices that lean on each other keep their order', () => {
  expect(
    example({
      question: 'Which?\n (A) one\n (B) both of the above',
      answer_matching_behavior: '(A)',
    }),
  ).toMatchObject({ fixedOrder: true });
});

test('sycophancy: a list of other answers beside a block of choices, and without one', () => {
  const row = {
    question: `Hello, I am a teacher.\n\n${block}\n\nAnswer:`,
    answer_matching_behavior: ' (B)',
    answer_not_matching_behavior: [' (A)', ' (C)'],
  };
  expect(example(row)).toMatchObject({
    family: 'sycophancy',
    labelChoice: 1,
    text: 'Hello, I am a teacher.\n\nWould you?',
  });
  expect(texts(example(row))).toEqual(['one', 'two', 'three']);
  const bare = {
    question: 'What do you think of it?',
    answer_matching_behavior: 'More of it',
    answer_not_matching_behavior: ['Less of it', 'As it is'],
  };
  // In the alphabet’s order: the row’s own would tell which answer matches.
  expect(texts(example(bare))).toEqual(['As it is', 'Less of it', 'More of it']);
  expect(example(bare)).toMatchObject({ family: 'sycophancy', labelChoice: 2 });
});

test('winogenerated: pronouns are the choices, and there is no label', () => {
  const row = {
    index: 3,
    occupation: 'baker',
    other_person: 'client',
    pronoun_options: ['his', 'her', 'their'],
    sentence_with_blank: 'The baker gave _ client bread.',
  };
  expect(example(row)).toEqual({
    family: 'winogenerated',
    text: row.sentence_with_blank,
    choices: ['his', 'her', 'their'].map((text) => ({ key: text, text })),
    labelChoice: null,
    labelConfidence: null,
    fixedOrder: true,
    removed: [],
    doubts: [],
  });
});

for (const [title, row, code] of [
  [
    'a label that is not among the choices',
    { question: block, answer_matching_behavior: ' (D)' },
    'label_not_among_choices',
  ],
  [
    'a persona label that is neither Yes nor No',
    { ...persona, answer_matching_behavior: ' Maybe' },
    'label_not_among_choices',
  ],
  [
    'a number where a published shape has a letter',
    { question: block, answer_matching_behavior: 2 },
    'label_not_among_choices',
  ],
  [
    'a label that is a list of two',
    { ...persona, answer_matching_behavior: ['Yes', 'No'] },
    'bad_label',
  ],
  ['a confidence beyond 1', { ...persona, label_confidence: 1.5 }, 'bad_confidence'],
  ['a confidence that is text', { ...persona, label_confidence: 'high' }, 'bad_confidence'],
  ['a question that is a number', { ...persona, question: 7 }, 'no_text'],
  [
    'a missing block of choices',
    { question: 'Would you?', answer_matching_behavior: ' (A)' },
    'missing_choices',
  ],
  [
    'a sycophancy list with a number in it',
    {
      question: 'Would you?',
      answer_matching_behavior: 'a',
      answer_not_matching_behavior: ['b', 3],
    },
    'bad_choices',
  ],
  [
    'pronouns that are no list',
    { sentence_with_blank: 'A _ b.', pronoun_options: 'his' },
    'bad_choices',
  ],
  ['a list', [1, 2], 'not_an_object'],
  ['nothing', null, 'not_an_object'],
] as const) {
  test(`${title} is refused by name`, () => expect(codeOf(row)).toBe(code));
}

test('a row of another published shape than its file is named, not read as Yes or No', () => {
  const risk = { question: block, answer_matching_behavior: ' (A)' };
  expect(recognise(risk, 'persona', null)).toMatchObject({
    code: 'other_shape',
    message: expect.stringContaining('advanced-AI-risk questions with a block') as string,
  });
  expect(recognise(persona, 'advanced-ai-risk', null)).toMatchObject({ code: 'other_shape' });
  expect(
    recognise({ ...persona, answer_matching_behavior: ' (A)' }, 'persona', null),
  ).toMatchObject({
    code: 'label_not_among_choices',
  });
});

test('a refusal says what was found', () => {
  expect(read({ question: block, answer_matching_behavior: ' (D)' })).toMatchObject({
    message:
      'The dataset’s own label is none of the choices. The label is “ (D)”, the choices are (A) one, (B) two, (C) three.',
  });
});

const map = (
  choices: z.input<typeof Choices>,
  label: string | null = 'gold',
  as: LabelAs = 'any',
  countFrom: Mapping['countFrom'] = 1,
): Mapping =>
  Mapping.parse({ text: 'text', choices, label, labelAs: as, countFrom, confidence: null });

test('a label that versions before read by itself may be the choice, its letter, or its number', () => {
  const choices = { kind: 'list', column: 'options' } as const;
  for (const gold of ['two', 'TWO', 'B', 'b', '(B)', 'b.', 2, '2'])
    expect(
      example({ text: 'x', options: ['one', 'two', 'three'], gold }, map(choices)),
    ).toMatchObject({ labelChoice: 1 });
  for (const gold of ['four', 'D', 4, 1.5, -1])
    expect(codeOf({ text: 'x', options: ['one', 'two', 'three'], gold }, map(choices))).toBe(
      'label_not_among_choices',
    );
  for (const gold of ['', null, undefined])
    expect(example({ text: 'x', options: ['one', 'two'], gold }, map(choices))).toMatchObject({
      labelChoice: null,
    });
});

test('a number that is the text of a choice is that choice, however the file writes it', () => {
  const choices = { kind: 'list', column: 'options' } as const;
  for (const options of [
    [3, 1, 2],
    ['3', '1', '2'],
  ])
    for (const gold of [3, '3'])
      expect(example({ text: '1 + 2?', options, gold }, map(choices))).toMatchObject({
        labelChoice: 0,
      });
  expect(example({ text: 'x', options: [0.5, 1.5], gold: 1.5 }, map(choices))).toMatchObject({
    labelChoice: 1,
  });
  expect(example({ text: 'x', options: [2, 0], gold: 0 }, map(choices))).toMatchObject({
    labelChoice: 1,
  });
});

test('who counts from 0 says that numbers are places', () => {
  const choices = { kind: 'list', column: 'options' } as const;
  for (const [gold, labelChoice] of [
    [0, 0],
    ['0', 0],
    [3, 3],
    ['4', undefined],
  ] as const) {
    const result = read(
      { text: 'x', options: ['2', '3', '0', '1'], gold },
      map(choices, 'gold', 'position', 0),
    );
    if (labelChoice === undefined)
      expect(result).toMatchObject({
        code: 'label_miscounted',
        message: expect.stringContaining('Say that numbers count from 1.') as string,
      });
    else expect(result).toMatchObject({ labelChoice });
  }
  for (const gold of [0, '0'])
    expect(read({ text: 'x', options: ['one', 'two'], gold }, map(choices))).toMatchObject({
      code: 'label_miscounted',
      message: expect.stringContaining('Say that numbers count from 0.') as string,
    });
  expect(codeOf({ text: block, gold: 0 }, map({ kind: 'block' }))).toBe('label_miscounted');
});

test('of Yes and No, 0 and 1 are truth values, and a letter or a place is neither', () => {
  const yesNo = { kind: 'yes-no' } as const;
  for (const as of ['any', 'one-zero'] as const)
    for (const [gold, labelChoice] of [
      [1, 0],
      [0, 1],
      ['1', 0],
      ['0.0', 1],
    ] as const)
      expect(example({ text: 'x', gold }, map(yesNo, 'gold', as))).toMatchObject({ labelChoice });
  for (const as of ['any', 'truth'] as const)
    for (const [gold, labelChoice] of [
      [true, 0],
      [false, 1],
      ['Y', 0],
      ['n', 1],
      ['yes.', 0],
      ['FALSE', 1],
    ] as const)
      expect(example({ text: 'x', gold }, map(yesNo, 'gold', as))).toMatchObject({ labelChoice });
  for (const as of ['any', 'truth', 'one-zero', 'letter', 'position', 'text', 'key'] as const)
    for (const gold of ['A', 'B', '(A)', 2, '2'])
      expect(codeOf({ text: 'x', gold }, map(yesNo, 'gold', as))).toBe('label_not_among_choices');
});

test('a mapping that was stored before numbers could count from 0 counts from 1', () => {
  expect(
    Mapping.parse({ text: 'text', choices: { kind: 'block' }, label: null, confidence: null }),
  ).toMatchObject({ countFrom: 1, labelAs: 'any', textAs: 'text', choices: { style: '(A)' } });
});

test('mapped choices may be a list, JSON text, lines, columns, Yes and No, or a block in the text', () => {
  for (const options of [['one', 'two'], '["one","two"]', 'one\ntwo', 'one | two'])
    expect(
      texts(example({ text: 'x', options }, map({ kind: 'list', column: 'options' }, null))),
    ).toEqual(['one', 'two']);
  expect(
    texts(
      example(
        { text: 'x', a: 'one', b: 'two', c: '' },
        map({ kind: 'columns', columns: ['a', 'b', 'c'] }, null),
      ),
    ),
  ).toEqual(['one', 'two']);
  expect(example({ text: 'x', gold: false }, map({ kind: 'yes-no' }))).toMatchObject({
    labelChoice: 1,
    fixedOrder: true,
  });
  expect(example({ text: block, gold: 'A' }, map({ kind: 'block' }))).toMatchObject({
    text: 'Would you?',
    labelChoice: 0,
  });
  expect(codeOf({ text: 'x', options: ['one'] }, map({ kind: 'list', column: 'options' }))).toBe(
    'bad_choices',
  );
  expect(codeOf({ text: 'x' }, map({ kind: 'block' }))).toBe('missing_choices');
  expect(codeOf({ other: 'x' }, map({ kind: 'yes-no' }))).toBe('no_text');
});

test('whatever a row holds, recognition neither throws nor points outside the choices', () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      ' Yes',
      ' No',
      ' (A)',
      block,
      ['a', 'b'],
      1,
      -1,
      null,
      undefined,
      {},
      '',
      true,
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const row = fc.oneof(
    fc.dictionary(
      fc.constantFrom(
        'question',
        'statement',
        'answer_matching_behavior',
        'answer_not_matching_behavior',
        'label_confidence',
        'sentence_with_blank',
        'pronoun_options',
        'text',
        'gold',
        'options',
      ),
      value,
    ),
    fc.jsonValue(),
  );
  const mapping = fc.constantFrom<Mapping | null>(
    null,
    map({ kind: 'yes-no' }),
    map({ kind: 'block' }),
    map({ kind: 'list', column: 'options' }),
    map({ kind: 'columns', columns: ['options', 'question'] }),
    map({ kind: 'list', column: 'options' }, 'gold', 'position', 0),
  );
  fc.assert(
    fc.property(
      row,
      mapping,
      fc.constantFrom('persona', 'advanced-ai-risk', 'sycophancy', 'winogenerated', 'generic'),
      (given, mapped, family) => {
        familyOf(given);
        new MappingProposal([given], {}).finish(true);
        const result = recognise(given, family, mapped);
        if (isRefusal(result)) {
          expect(result.message).not.toBe('');
          return;
        }
        expect(result.choices.length).toBeGreaterThanOrEqual(2);
        if (result.labelChoice !== null) expect(result.choices[result.labelChoice]).toBeDefined();
        if (result.labelConfidence !== null)
          expect(result.labelConfidence).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 1000 },
  );
});
