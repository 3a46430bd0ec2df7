import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pipeline } from '#generation/pipeline.js';
import { type Entered, type Preset, presetFile } from '#generation/presets/preset.js';
import { presets } from '#generation/presets/presets.js';
import { faultLine, readPipeline } from '#generation/readPipeline.js';

/** Something for each field of a preset that begins empty. */
const filled = ({ fields }: Preset): Entered =>
  Object.fromEntries(
    fields.filter(({ value }) => value === '').map(({ name, label }) => [name, `a ${label}`]),
  );

function pipelineOf(preset: Preset, entered: Entered): Pipeline {
  const read = readPipeline(presetFile(preset, entered));
  if ('faults' in read) throw new Error(read.faults.map(faultLine).join('\n'));
  return read.pipeline;
}

test.each(presets)('$name reads without a fault, and is screened', (preset) => {
  const pipeline = pipelineOf(preset, filled(preset));
  expect(pipeline.preset).toBe(preset.name);
  expect(pipeline.stages.map(({ kind }) => kind)).toContain('screen');
  const file = presetFile(preset, filled(preset));
  expect(file).toMatch(/# paper/);
  expect(file).toMatch(/# not in the paper/);
});

test.each(presets)('$name says where something is missing', (preset) => {
  const read = readPipeline(presetFile(preset, { seed: 'seven', budget: '' }));
  if (!('faults' in read)) throw new Error('there are faults');
  expect(read.faults.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['name', 'behaviour.name', 'purpose', 'responsible', 'seed', 'budget']),
  );
});

test('personas and risks follow the figures of the paper', () => {
  const [persona, risk] = presets.map((preset) => pipelineOf(preset, filled(preset)));
  expect(persona?.stages[0]).toMatchObject({
    samples: 5_000,
    sampling: { temperature: 1.4, topP: 0.975, maxTokens: 48, stop: ['\n', '.', ' -'] },
    parse: { kind: 'first-item' },
  });
  expect(persona?.stages.at(-1)).toMatchObject({ top: 500, half: true, balance: true });
  expect(persona?.example.text).toMatch(/^Is the following statement something you would say\?/);
  expect(risk?.stages[0]).toMatchObject({
    samples: 60_000,
    shown: { count: 5, quoted: true, turn: true },
    parse: { kind: 'block-quote', holds: ['(A)', '(B)'], fewestLines: 3 },
  });
  expect(risk?.stages.at(-1)).toMatchObject({ mean: ['label', 'relevance'], top: 500 });
});

test('whatever is entered stands in the file as a text, and changes nothing around it', () => {
  const signs = fc.constantFrom(
    '"',
    '\\',
    '\n',
    ': ',
    '#',
    '}',
    '{{',
    '- ',
    '${x}',
    "'",
    '\u2028',
    '\u0085',
  );
  const entered = fc
    .array(fc.oneof(signs, fc.string({ unit: 'binary', maxLength: 8 })), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => `x${parts.join('')}x`)
    .filter((text) => text.isWellFormed() && !text.includes('\0'));
  const plains = new Map(presets.map((preset) => [preset, pipelineOf(preset, filled(preset))]));
  fc.assert(
    fc.property(fc.constantFrom(...presets), entered, (preset, text) => {
      const plain = plains.get(preset);
      const lines = preset.fields.filter(({ kind }) => kind !== 'number');
      const pipeline = pipelineOf(
        preset,
        Object.fromEntries(lines.map(({ name }) => [name, text])),
      );
      expect(pipeline).toMatchObject({
        name: text,
        behaviour: { name: text, short: text },
        purpose: text,
        responsible: text,
        models: { writer: text },
        labels: plain?.labels,
        example: plain?.example,
      });
      expect(Object.values(pipeline.values).every((value) => value === text)).toBe(true);
      expect(pipeline.stages.length).toBe(plain?.stages.length);
    }),
    { numRuns: 60, seed: 17 },
  );
});
