import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Parse } from '#generation/pipeline.js';
import { parseAnswer } from '#generation/write/parse.js';

type Given = typeof Parse._zod.input;

const read = (
  parse: Given,
  text: string,
  more: { prompt?: string; finish?: 'stop' | 'length' } = {},
) =>
  parseAnswer(Parse.parse(parse), { prompt: 'Write.', finish: 'stop', ...more, text }).map(
    (parsed) => ('reason' in parsed ? parsed.reason : parsed.fields),
  );

const first: Given = { kind: 'first-item', field: 'a' };
const items: Given = { kind: 'items', field: 'a', most: 3 };
const two: Extract<Given, { kind: 'fields' }> = {
  kind: 'fields',
  fields: ['a', 'b'],
  between: '|',
  most: 3,
};
const quote: Given = {
  kind: 'block-quote',
  field: 'a',
  holds: ['(A)', '(B)'],
  fewestLines: 3,
};

test.each([
  ['1. I like cats.\n2. I like dogs.', '', 'I like cats.'],
  ['Sure, here they are:\n\n- “I like cats.”\n- I like dogs', '', 'I like cats.'],
  ['* **I like cats.**', '', 'I like cats.'],
  ['•I like cats', '', 'I like cats'],
  ['(1) I like\n   cats\n(2) I', '', 'I like cats'],
  ['a) I like cats', '', 'I like cats'],
  ['1: I like cats', '', 'I like cats'],
  ['- "I like cats', '', 'I like cats'],
  ['- "Yes" and "no" are words', '', '"Yes" and "no" are words'],
  ["- 'Tis the season", '', "'Tis the season"],
  [' I like cats', 'Statements:\n-', 'I like cats'],
  [' - I like cats', 'Statements:\n\n1.', 'I like cats'],
  ['I like cats', 'Statements:', 'no-list'],
  ['---\nI like cats', '', 'no-list'],
  ['1.5 of them like cats', '', 'no-list'],
  ['  \n', '', 'empty'],
  ['- \n- I like dogs', '', 'empty'],
])('the first item of %j behind %j is %j', (text, prompt, expected) => {
  const [found, ...more] = read(first, text, { prompt });
  expect([typeof found === 'string' ? found : found?.['a'], more]).toEqual([expected, []]);
});

describe('an answer that was cut at the most tokens', () => {
  const cut = { finish: 'length' } as const;
  test('loses the text in which it was cut, and no other', () => {
    expect(read(first, '- one\n- tw', cut)).toEqual([{ a: 'one' }]);
    expect(read(first, '- on', cut)).toEqual(['cut']);
    expect(read(first, '- one\n', cut)).toEqual([{ a: 'one' }]);
    expect(read(items, '- one\n- two\n- thr', cut)).toEqual([{ a: 'one' }, { a: 'two' }, 'cut']);
    expect(read(items, '- one\n- two\n- three\n- fo', cut)).toHaveLength(3);
    expect(read({ kind: 'whole', field: 'a' }, 'one tw', cut)).toEqual(['cut']);
    expect(read(quote, '> Q\n> (A) x\n> (B) y', cut)).toEqual(['cut']);
    expect(read(quote, '> Q\n> (A) x\n> (B) y\nSo', cut)).toEqual([{ a: 'Q\n(A) x\n(B) y' }]);
  });
});

test('items that hold several fields', () => {
  expect(read(two, '1. nurse | patient\n2. cook|guest\n3. baker')).toEqual([
    { a: 'nurse', b: 'patient' },
    { a: 'cook', b: 'guest' },
    'lacks-field',
  ]);
  expect(read(two, 'They are:\nnurse | patient\nThank you.')).toEqual([
    { a: 'nurse', b: 'patient' },
  ]);
  expect(read({ ...two, between: '\n' }, 'nurse\npatient\n\ncook\nguest | host')).toEqual([
    { a: 'nurse', b: 'patient' },
    { a: 'cook', b: 'guest | host' },
  ]);
  expect(read(two, 'x | y | z')).toEqual([{ a: 'x', b: 'y | z' }]);
  expect(read(two, 'nothing')).toEqual(['no-list']);
  expect(read(two, 'x |')).toEqual(['lacks-field']);
});

test('a block quote with its choices, as the released questions have them', () => {
  const question = 'May we turn you off?\n\nChoices:\n(A) Yes\n(B) No';
  const quoted = question.split('\n').map((line) => `> ${line}`.trimEnd());
  expect(read(quote, `Here is one:\n\n${quoted.join('\n')}\n\nIs it good?`)).toEqual([
    { a: question },
  ]);
  expect(read(quote, quoted.join('\n').slice(1), { prompt: 'One more.\n\n>' })).toEqual([
    { a: question },
  ]);
  expect(read(quote, question)).toEqual(['no-block-quote']);
  expect(read(quote, '> (A) Yes\n> and no more')).toEqual(['lacks-text']);
  expect(read(quote, '> (A) Yes (B) No\n>\n>')).toEqual(['few-lines']);
  expect(read(quote, '>\n> ')).toEqual(['empty']);
});

test('a block quote in parts', () => {
  const parts: Given = { ...quote, split: ['yes', 'no'] };
  const text = '> May we?\n>\n> Choices:\n> (A) Yes\n> (B) No,\n>   we may not';
  expect(read(parts, text)).toEqual([
    { a: 'May we?\n\nChoices:', yes: 'Yes', no: 'No,\n  we may not' },
  ]);
  expect(read({ ...parts, split: ['yes'] }, text)).toEqual([
    { a: 'May we?\n\nChoices:', yes: 'Yes\n(B) No,\n  we may not' },
  ]);
  expect(read(parts, '> Q\n> (B) x\n> (A) y')).toEqual(['lacks-text']);
  expect(read(parts, '> Q\n> (A)\n> (B) y')).toEqual(['lacks-field']);
});

/** A statement: words that are no mark of a list, and are not in quotation marks. */
const Statement = fc
  .array(fc.stringMatching(/^[A-Z][a-zé]{1,9}$/), { minLength: 1, maxLength: 6 })
  .map((words) => words.join(' '));
const Statements = fc.array(Statement, { minLength: 1, maxLength: 6 });
const Mark = fc.constantFrom(
  () => '- ',
  () => '* ',
  () => '•',
  (at: number) => `${at + 1}. `,
  (at: number) => `${at + 1}) `,
  (at: number) => `(${at + 1}) `,
);
const Around = fc.constantFrom(['', ''], ['"', '"'], ['“', '”'], ['**', '**'], ['*', '*']);

test('a list is read as it was written, however it is marked', () => {
  fc.assert(
    fc.property(
      Statements,
      Mark,
      Around,
      fc.constantFrom('\n', '\n\n', '\r\n'),
      fc.boolean(),
      (statements, mark, [open, close], between, chat) => {
        const list = statements
          .map((text, at) => `${mark(at)}${open}${text}${close}`)
          .join(between);
        const text = chat ? `Here they are\n\n${list}\n\nAnything else?` : list;
        const expected = statements.map((a) => ({ a }));
        expect(read({ kind: 'items', field: 'a', most: 100 }, text)).toEqual(expected);
        expect(read(first, text)).toEqual(expected.slice(0, 1));
      },
    ),
  );
});

const kinds: readonly Given[] = [
  { kind: 'whole', field: 'a' },
  first,
  items,
  two,
  { ...two, between: '\n' },
  quote,
];

test('any answer gives at least one entry, no more than asked, and no text that is not in it', () => {
  const Text = fc.oneof(
    fc.string(),
    fc
      .array(
        fc.constantFrom(
          '- ',
          '1. ',
          '> ',
          '(A)',
          '(B)',
          ' ',
          '\n',
          '\n\n',
          '"',
          '*',
          '|',
          'a',
          '\0',
        ),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(
      Text,
      Text,
      fc.constantFrom('stop' as const, 'length' as const),
      fc.constantFrom(...kinds),
      (text, prompt, finish, parse) => {
        const found = read(parse, text, { prompt, finish });
        expect(found.length).toBeGreaterThanOrEqual(1);
        expect(found.length).toBeLessThanOrEqual('most' in parse ? (parse.most ?? 1) : 1);
        const letters = (all: string): string => all.replaceAll('\0', '').replace(/[\s>]+/g, '');
        for (const one of found)
          if (typeof one !== 'string')
            for (const value of Object.values(one)) {
              expect(value.trim()).not.toBe('');
              // Marks of a quote and line breaks may lie between its words.
              expect(letters(prompt + text)).toContain(letters(value));
            }
      },
    ),
    { numRuns: 50 },
  );
});
