import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pipeline } from '#generation/pipeline.js';
import { faultLine, readPipeline, writePipeline } from '#generation/readPipeline.js';
import { mostBytes } from '#generation/readYaml.js';
import { changed, pipelineFile } from './pipelines.js';

/** Every fault of a file as a line. */
function faultsOf(file: string | Uint8Array): string[] {
  const read = readPipeline(file);
  return 'faults' in read ? read.faults.map(faultLine) : [];
}

function pipelineOf(file: string | Uint8Array): Pipeline {
  const read = readPipeline(file);
  if ('faults' in read) throw new Error(read.faults.map(faultLine).join('\n'));
  return read.pipeline;
}

test('a pipeline is read from YAML and from JSON, with what it leaves out filled in', () => {
  const pipeline = pipelineOf(pipelineFile);
  expect(pipeline).toMatchObject({
    name: 'Reads maps',
    publish: { canary: true, keepDroppedDays: 365 },
    stages: [{ samples: 10, shown: null }, {}, { harm: true, asked: null }, {}, {}, { half: true }],
  });
  expect(pipelineOf(JSON.stringify(pipeline, null, '\t'))).toEqual(pipeline);
  expect(pipelineOf(Buffer.from(`\uFEFF${pipelineFile}`))).toEqual(pipeline);
  expect(pipelineOf(pipelineFile.replaceAll('\n', '\r\n'))).toEqual(pipeline);
});

test.each([
  [
    'an unknown field',
    ['    samples: 10', '    smaples: 10'],
    [
      'line 20, column 5, stages[0].samples: Expected a whole number from 1 to 100000; found nothing.',
      'line 24, column 5, stages[0].smaples: Expected a known field; found “smaples”. Did you mean “samples”?',
    ],
  ],
  [
    'a number as text',
    ['samples: 10', 'samples: "10"'],
    [
      'line 24, column 14, stages[0].samples: Expected a whole number from 1 to 100000; found the text “10”. Remove the quotation marks.',
    ],
  ],
  [
    'text as a number',
    ['description: likes to read maps', 'description: 12'],
    [
      'line 18, column 16, values.description: Expected a text of at most 20000 characters; found the number 12. Put it in quotation marks.',
    ],
  ],
  [
    'a number out of its range',
    ['topP: 0.975', 'topP: 1.5'],
    [
      'line 25, column 41, stages[0].sampling.topP: Expected a number above 0, at most 1; found the number 1.5.',
    ],
  ],
  [
    'a fraction',
    ['seed: 7', 'seed: 7.5'],
    [
      'line 46, column 7, seed: Expected a whole number from 0 to 2147483647; found the number 7.5.',
    ],
  ],
  [
    'another kind of stage',
    ['kind: review', 'kind: rewiev'],
    [
      'line 31, column 11, stages[3].kind: Expected one of list, write, combine, check, screen, judge, review, keep; found the text “rewiev”.',
    ],
  ],
  [
    'a list where one or a number is expected',
    ['wanted: [0, 1]', 'wanted: [0, yes]'],
    [
      'line 38, column 21, stages[4].questions[0].wanted[1]: Expected a whole number of at least 0; found the text “yes”.',
    ],
  ],
  [
    'a name that is none',
    ['  description: likes', '  The Description: likes'],
    [
      'line 18, column 3, values.The Description: Expected a name of small letters, digits and _ that begins with a letter, at most 40 long; found “The Description”.',
    ],
  ],
  [
    'an alias and its anchor',
    [
      "    values: { verb: agree }\n  - choice: 'No'",
      '    values: &v { verb: agree }\n  - choice: *v',
    ],
    [
      'line 14, column 16, labels[0].values: Expected a value; found the anchor &v before it.',
      'line 15, column 13, labels[1].choice: Expected a value; found the alias *v.',
    ],
  ],
  [
    'a doubled field',
    ['seed: 7\n', 'seed: 7\nseed: 8\n'],
    ['line 47, column 1, seed: Expected each field once; found “seed” again, after line 46.'],
  ],
  [
    'a merge key',
    ['seed: 7\n', 'seed: 7\n<<: { budget: 1 }\n'],
    ['line 47, column 1: Expected the name of a field; found the merge key <<.'],
  ],
  [
    'a tag',
    ['seed: 7\n', 'seed: !!str 7\n'],
    ['line 46, column 13, seed: Expected a value; found the tag tag:yaml.org,2002:str before it.'],
  ],
  [
    'a second document',
    ['budget: 2.5\n', 'budget: 2.5\n---\nbudget: 3\n'],
    ['line 48, column 1: Expected one document; found a second one.'],
  ],
])('%s is named with its place, and with what was expected', (_, [from = '', to = ''], faults) => {
  expect(faultsOf(changed(from, to))).toEqual(faults);
});

test('several faults are said at once, in the order of the file', () => {
  const file = changed('seed: 7', 'seed: seven', changed('samples: 10', 'samples: 0'));
  expect(faultsOf(file).map((line) => line.split(':')[0])).toEqual([
    'line 24, column 14, stages[0].samples',
    'line 46, column 7, seed',
  ]);
});

test.each([
  ['an empty file', '', 'line 1, column 1: Expected a pipeline; found nothing.'],
  ['comments alone', '# nothing\n\n', 'line 1, column 1: Expected a pipeline; found nothing.'],
  [
    'bytes that are no UTF-8',
    Buffer.from('assay: pipeline-1\nname: caf\xe9\n', 'latin1'),
    'line 2, column 1: Expected UTF-8; found bytes that are no character in it.',
  ],
  [
    'a control character',
    'assay: pipeline-1\nname: a\0b\n',
    'line 2, column 1: Expected text; found a control character. In quotation marks it is written as \\0 or \\x07.',
  ],
  [
    'a file that is too big',
    '#'.repeat(mostBytes + 1),
    'line 1, column 1: Expected at most 524288 bytes; found 524289. Long lists of rows belong into several pipelines.',
  ],
  [
    'no YAML',
    'assay: pipeline-1\nname: "open\n',
    'line 3, column 1: Expected YAML; found what is none: Missing closing "quote.',
  ],
  [
    'no block',
    '- assay\n',
    'line 1, column 1: Expected a block with the fields assay, name, preset, behaviour, family, purpose, responsible, models, labels, values, stages, example, seed, budget, publish; found a list of 1 value.',
  ],
])('%s is one fault', (_, file, line) => {
  expect(faultsOf(file)).toEqual([line]);
});

test('values that lie very deep in each other end in a fault', () => {
  for (const deep of ['['.repeat(100_000), `${'- '.repeat(20_000)}x`, '{a: '.repeat(50_000)])
    expect(faultsOf(`assay: pipeline-1\nname: ${deep}`)).toEqual([
      'line 2, column 1: Expected at most 100 levels; found more.',
    ]);
});

test('texts with nothing between them end in one fault', () => {
  for (const marks of ['"', '"\'', '"" \n'])
    expect(faultsOf(marks.repeat(Math.floor((500 * 1024) / marks.length)))).toEqual([
      expect.stringContaining(
        'Expected YAML; found more than 100 texts with nothing between them.',
      ),
    ]);
});

test('of very many faults the first hundred are named', () => {
  const unknown = Array.from({ length: 5_000 }, (_, index) => `field_${index}: 1\n`).join('');
  expect(faultsOf(unknown)).toHaveLength(100);
  expect(faultsOf('}\n'.repeat(5_000))).toHaveLength(100);
});

/** Texts with what YAML has signs for, and with what no file holds. */
const odd = fc.string({ unit: 'binary', maxLength: 40 });
const yamlSigns = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '&a ',
        '*a',
        '!!str ',
        '<<: ',
        '---\n',
        '? ',
        ': ',
        '- ',
        '|2\n',
        '>-\n',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '#',
        '%YAML 1.1\n',
        '\n  ',
        '\t',
        '\r',
        '__proto__: ',
      ),
      odd,
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

test('no text and no bytes make the reader throw, and each fault has a place and a sentence', () => {
  const within = fc
    .tuple(fc.nat(pipelineFile.length), fc.nat(20), yamlSigns)
    .map(([at, gone, text]) => pipelineFile.slice(0, at) + text + pipelineFile.slice(at + gone));
  fc.assert(
    fc.property(fc.oneof(yamlSigns, within, fc.uint8Array({ maxLength: 60 })), (file) => {
      const read = readPipeline(file);
      if (!('faults' in read)) return;
      expect(read.faults.length).toBeGreaterThan(0);
      for (const { line, column, message } of read.faults) {
        expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
        expect(message).toMatch(/^(?:Expected|The text) [^]*[.?]$/);
      }
    }),
    { numRuns: 400, seed: 17 },
  );
});

test('a pipeline that is written out reads back equal, with any text in it', () => {
  const whole = pipelineOf(pipelineFile);
  const text = fc
    .oneof(
      odd,
      yamlSigns,
      fc.constantFrom('yes', '~', '1', '0x1', '1e3', ' a', 'a ', 'a\n\n', '\n'),
    )
    .filter((value) => value.isWellFormed() && !value.includes('\0'));
  fc.assert(
    fc.property(text, text, fc.integer({ min: 0, max: 1e6 }), (one, other, seed) => {
      const pipeline = Pipeline.parse({
        ...whole,
        seed,
        name: `n${one}`.trim(),
        values: { description: `d${one}` },
        behaviour: { ...whole.behaviour, short: `${other}.`.trim() },
        stages: [
          { kind: 'list', rows: [{ a: one, b: other }] },
          ...whole.stages.slice(0, 3),
          { kind: 'review', note: other },
          ...whole.stages.slice(4),
        ],
      });
      const file = writePipeline(pipeline);
      expect(pipelineOf(file)).toEqual(pipeline);
      expect(pipelineOf(Buffer.from(file))).toEqual(pipeline);
      expect(pipelineOf(JSON.stringify(pipeline))).toEqual(pipeline);
    }),
    { numRuns: 150, seed: 17 },
  );
});
