import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRefusal } from '#datasets/examples/example.js';
import { fromMapping } from '#datasets/examples/mapped.js';
import { Mapping } from '#datasets/examples/mapping.js';
import { parsePrinted } from '#datasets/examples/printed.js';
import { LabelReadings } from '#datasets/examples/readings.js';

const columns = ['one', 'two', 'three', 'four', 'five'];
const mapped = (labelAs: Mapping['labelAs'], countFrom: 0 | 1 = 1): Mapping =>
  Mapping.parse({
    text: 'text',
    choices: { kind: 'columns', columns },
    label: 'gold',
    labelAs,
    countFrom,
    confidence: null,
  });

test('a letter and a number keep their meaning whatever option is empty', () => {
  const option = fc.oneof(
    fc.constantFrom(null, '', ' ', undefined),
    fc.constantFrom('x', 'A', '2', 'B'),
  );
  fc.assert(
    fc.property(
      fc.array(option, { minLength: 5, maxLength: 5 }),
      fc.nat(4),
      fc.constantFrom(0 as const, 1 as const),
      (options, place, countFrom) => {
        const texts = options.map((text, index) => (text?.trim() ? `${text} ${index}` : text));
        const row = Object.fromEntries(columns.map((name, index) => [name, texts[index]]));
        const letter = String.fromCharCode(65 + place);
        const said = [
          fromMapping({ ...row, text: 'q', gold: letter }, mapped('letter')),
          fromMapping(
            { ...row, text: 'q', gold: place + countFrom },
            mapped('position', countFrom),
          ),
        ];
        const full = texts.filter((text) => text?.trim());
        for (const example of said) {
          if (isRefusal(example)) {
            expect(example.code).toBe(full.length < 2 ? 'bad_choices' : 'label_of_empty_choice');
            expect(full.length < 2 || !texts[place]?.trim()).toBe(true);
            continue;
          }
          expect(example.choices.map(({ text }) => text)).toEqual(full);
          const choice = example.choices[example.labelChoice ?? -1];
          expect(choice).toEqual({ key: `(${letter})`, text: texts[place] });
        }
      },
    ),
  );
});

const optionsOf = (...texts: (string | null)[]) => texts.map((text) => ({ text, key: null }));
function read(
  rows: readonly (readonly [label: string, options: ReturnType<typeof optionsOf>])[],
  said: Partial<Mapping> = {},
) {
  const readings = new LabelReadings({ kind: 'list', column: 'c', form: 'texts' }, said);
  for (const [label, options] of rows) readings.add(label, options);
  return { ...readings.decide(true), undecided: readings.undecided };
}

test('one reading for a file: the rows that can be nothing else decide', () => {
  const blood = optionsOf('O', 'A', 'B', 'AB');
  expect(read([['A', blood]])).toMatchObject({
    undecided: true,
    guess: expect.stringContaining('label-as=text, or label-as=letter') as string,
  });
  expect(
    read([
      ['A', blood],
      ['C', blood],
    ]),
  ).toMatchObject({
    reading: { as: 'letter' },
    guess: null,
    undecided: false,
  });
  expect(
    read([
      ['A', blood],
      ['AB', blood],
    ]),
  ).toMatchObject({ reading: { as: 'text' }, guess: null });
  expect(
    read([
      ['A', blood],
      ['AB', blood],
      ['C', blood],
    ]),
  ).toMatchObject({
    share: 2 / 3,
    guess: expect.stringContaining('No one way of reading the labels fits them all') as string,
  });
});

test('numbers are texts, or places counted from 0 or from 1, as all of them show', () => {
  const sums = optionsOf('2', '3', '4', '1');
  const words = optionsOf('red', 'green', 'blue');
  expect(read([['2', sums]]).guess).toContain('several ways');
  expect(
    read([
      ['2', sums],
      ['0', sums],
    ]),
  ).toMatchObject({ reading: { as: 'position', countFrom: 0 } });
  expect(
    read([
      ['1', words],
      ['2', words],
    ]).guess,
  ).toContain('count-from=1, or label-as=position count-from=0');
  expect(
    read([
      ['1', words],
      ['3', words],
    ]),
  ).toMatchObject({
    reading: { as: 'position', countFrom: 1 },
    guess: null,
  });
  expect(
    read(
      [
        ['1.0', words],
        ['2.0', words],
      ],
      { countFrom: 0 },
    ),
  ).toMatchObject({
    reading: { as: 'position', countFrom: 0 },
    guess: null,
  });
  expect(read([['2', sums]], { countFrom: 0 })).toMatchObject({
    reading: { as: 'position', countFrom: 0 },
    guess: null,
  });
});

test('lists as programs print them are read, and nothing is cut out of what is not one', () => {
  for (const [printed, value] of [
    [`['Mars' 'Saturn']`, ['Mars', 'Saturn']],
    [`['a b'\n 'c']`, ['a b', 'c']],
    [`['it\\'s', "b, c"]`, ["it's", 'b, c']],
    ['["a", "b"]', ['a', 'b']],
    ['[1 2]', [1, 2]],
    ['(1, 2.5)', [1, 2.5]],
    [
      "{'text': array(['a', 'b'], dtype=object), 'label': array(['A', 'B'],\n dtype='<U1')}",
      { text: ['a', 'b'], label: ['A', 'B'] },
    ],
    [`['\\u00e4\\n', None, True]`, ['ä\n', null, true]],
  ] as const)
    expect(parsePrinted(printed)).toEqual(value);
  for (const text of [
    `['a', 'b' 'c']`,
    `['a''b']`,
    `['a' ... 'b']`,
    `['a', 'b'`,
    `['a', 'b'] and more`,
    `[see below]`,
    'a, b',
    "{'__proto__': 1}",
    '['.repeat(100),
  ])
    expect(parsePrinted(text)).toBeUndefined();
  const list = Mapping.parse({
    text: 'text',
    choices: { kind: 'list', column: 'c', form: 'texts' },
    label: null,
    confidence: null,
  });
  for (const c of [`['a' ... 'b']`, 'a, b', `['a', {'b': 1}]`])
    expect(fromMapping({ text: 'q', c }, list)).toMatchObject({
      code: 'bad_choices',
      message: expect.stringMatching(/holds “.+”|One of them is/) as string,
    });
  fc.assert(
    fc.property(fc.string(), (text) => {
      parsePrinted(`[${text}]`);
      parsePrinted(`['${text}']`);
    }),
  );
});
