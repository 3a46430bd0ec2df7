import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockStyles, type Choices, Mapping } from '#datasets/examples/mapping.js';
import {
  isFault,
  printMapping,
  printParts,
  readMapping,
  readMappingLine,
  readMappingParts,
} from '#datasets/examples/notation.js';
import { mapOptions, readMappings } from '#datasets/imports/said.js';

const column = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.constantFrom(
    'question',
    'a b',
    'yes-no',
    'block',
    'none',
    'texts:x',
    'messages:x',
    '"',
    ' ',
    'a,b',
    'a=b',
    'Frage; ganz',
  ),
);
const choices: fc.Arbitrary<Choices> = fc.oneof(
  fc.constant<Choices>({ kind: 'yes-no' }),
  fc.record({
    kind: fc.constant('list' as const),
    column,
    form: fc.constantFrom('texts' as const, 'lines' as const, 'bars' as const, 'any' as const),
  }),
  fc.record({
    kind: fc.constantFrom('lists' as const, 'objects' as const),
    column,
    text: column,
    label: fc.option(column),
  }),
  fc.record({ kind: fc.constantFrom('object' as const, 'scores' as const), column }),
  fc.record({ kind: fc.constant('targets' as const), column, text: column, marks: column }),
  fc.record({
    kind: fc.constant('columns' as const),
    columns: fc.array(column, { minLength: 2, maxLength: 26 }),
  }),
  fc.record({ kind: fc.constant('block' as const), style: fc.constantFrom(...blockStyles) }),
);
const mapping: fc.Arbitrary<Mapping> = fc.record({
  text: column,
  textAs: fc.constantFrom('text' as const, 'messages' as const),
  choices,
  label: fc.option(column),
  labelAs: fc.constantFrom(
    'any' as const,
    'text' as const,
    'letter' as const,
    'key' as const,
    'position' as const,
    'truth' as const,
    'one-zero' as const,
  ),
  countFrom: fc.constantFrom(0 as const, 1 as const),
  confidence: fc.option(column),
});

test('what is printed is read back as the same mapping, as a line and as parts', () => {
  fc.assert(
    fc.property(mapping, (given) => {
      for (const read of [
        readMappingLine(printMapping(given)),
        readMappingParts(printParts(given)),
        readMapping(JSON.parse(JSON.stringify(given))),
      ]) {
        if (isFault(read)) throw new Error(`${printMapping(given)}: ${read.fault}`);
        expect(Mapping.parse(read)).toEqual(given);
      }
    }),
  );
});

test('parts of the command line may hold spaces, and what is not said is not there', () => {
  expect(readMappingParts(['text=the question', 'choices=A, B,C', 'label=none'])).toEqual({
    text: 'the question',
    textAs: 'text',
    choices: { kind: 'columns', columns: ['A', 'B', 'C'] },
    label: null,
    confidence: null,
  });
  expect(readMappingParts(['label-as=letter'])).toEqual({ labelAs: 'letter' });
  expect(readMappingParts([])).toEqual({});
});

test.each([
  ['text', /“text” is not one of text, choices, label,/],
  ['text=', /“text=” is not understood/],
  ['text=a text=b', /text is said twice/],
  ['colour=a', /“colour=a” is not one of/],
  ['choices=block:Z', /“choices=block:Z” is not understood/],
  ['choices=lists:a', /is not understood/],
  ['choices=a,,b', /is not understood/],
  ['choices="a', /is not understood/],
  ['label-as=number', /“label-as=number” is not understood/],
  ['count-from=2', /“count-from=2” is not understood/],
  ['', /The mapping is empty/],
])('“%s” is refused with what is wrong', (line, fault) => {
  expect(readMappingLine(line)).toMatchObject({ fault: expect.stringMatching(fault) as string });
});

test('a file of mappings is read by path, and options can be pasted into a shell', () => {
  const none = new Set<string>();
  const saidOf = readMappings('{"sets/*.csv": "label=gold", "b.jsonl": {"label": "answer"}}');
  expect([saidOf('sets/a.csv', none), saidOf('deep/b.jsonl', none), saidOf('c.csv', none)]).toEqual(
    [{ label: 'gold' }, { label: 'answer' }, {}],
  );
  for (const name of ['text', 'choices', 'label'])
    expect(readMappings(JSON.stringify({ [name]: 'text=q' }))(`sets/${name}`, none)).toMatchObject({
      text: 'q',
    });
  expect(readMappings('{"choices": {"text": "q"}}')('choices', none)).toMatchObject({ text: 'q' });
  expect(readMappings('{"text": "q", "label": "text"}')('text', none)).toMatchObject({ text: 'q' });
  expect(readMappings('{"label": "gold"}')('any', none)).toMatchObject({ label: 'gold' });
  expect(readMappings('{}')('any', none)).toEqual({});
  expect(readMappings('text=q')('x', none)).toEqual({
    text: 'q',
    textAs: 'text',
    confidence: null,
  });
  expect(() => readMappings('{"text": 3}')).toThrow('The mapping is not understood');
  expect(() => readMappings('{')).toThrow('The mapping is not understood');
  expect(
    mapOptions(
      Mapping.parse({
        text: "the writer's text",
        choices: { kind: 'block', style: '(a)' },
        label: 'gold',
        confidence: null,
      }),
    ),
  ).toBe(`--map 'text="the writer'\\''s text"' --map 'choices=block:(a)' --map label=gold`);
});
