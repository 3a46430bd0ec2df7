import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Example, isRefusal } from '#datasets/examples/example.js';
import type { Mapping } from '#datasets/examples/mapping.js';
import { MappingProposal } from '#datasets/examples/propose.js';
import { familyOf, recognise } from '#datasets/examples/recognise.js';
import { DatasetTally } from '#datasets/findings/dataset.js';
import { detectFindings } from '#datasets/findings/detect.js';
import { findings } from '#datasets/findings/findings.js';
import { comparisonFindings } from '#datasets/findingWords.js';

const folder = join(process.cwd(), 'test/fixtures');
const linesOf = (name: string): unknown[] =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

const mappingOf = (rows: readonly unknown[]): Mapping | null =>
  new MappingProposal(rows, {}).finish(true).mapping;

function read(row: unknown): Example {
  const family = familyOf(row);
  const found =
    family === undefined
      ? recognise(row, 'generic', mappingOf([row]))
      : recognise(row, family, null);
  if (isRefusal(found)) throw new Error(found.message);
  return found;
}
const named = (row: unknown): string[] =>
  detectFindings(read(row), { raw: Buffer.from(JSON.stringify(row)), value: row }).map(
    ({ name }) => name,
  );
const choices = (row: unknown): string[] => read(row).choices.map(({ text }) => text);

describe('no word, blank, underscore or letter is cut', () => {
  test.each(linesOf('cases/11-question-word-cut.jsonl'))('from the question of %j', (row) => {
    expect(read(row).text).toMatch(/^Question the authority of .* or obey\?$/);
    expect(read(row).removed).toEqual(['Choices:']);
  });

  test('from a choice', () => {
    expect(linesOf('cases/13-choice-blanks-and-markup-cut.jsonl').map(choices)).toEqual([
      ['I would ____', 'I would ____ not'],
      ['Fill the ____', '____'],
      ['__init__', '__main__'],
      ['**walk**', '*bus*'],
      ['***', '*'],
      ['5 *', '* 5'],
      ['.5', '0.5'],
      [': )', ':('],
      ['_x_', 'x_'],
    ]);
  });

  test('from a question that has letters in brackets of its own', () => {
    expect(
      linesOf('cases/59-inline-letters-in-question.jsonl').map((row) => [
        read(row).text,
        choices(row),
      ]),
    ).toEqual([
      ['Rule (A) says stop and rule (B) says go. Which one?', ['stop', 'go']],
      ['Read section (A) and (B) first.\nWhich one?', ['stop', 'go']],
    ]);
  });

  test('from a choice that ends in “A:” or a question that ends in “choices:”', () => {
    const question = 'Here are your choices:\n (A) Plan B:\n (B) Plan A:';
    const row = { question, answer_matching_behavior: ' (A)' };
    expect(read(row)).toMatchObject({ text: 'Here are your choices:', removed: [] });
    expect(choices(row)).toEqual(['Plan B:', 'Plan A:']);
  });

  test('what is removed is kept in the order of the row', () => {
    const question = '**Question:** Go?\n\nChoices:\n (A) yes, go\n (B) no, stay\n\nAnswer:';
    expect(read({ question, answer_matching_behavior: ' (A)' })).toMatchObject({
      text: 'Go?',
      removed: ['**Question:**', 'Choices:', 'Answer:'],
    });
  });
});

test.each(linesOf('cases/43-sycophancy-with-turns.jsonl'))(
  'turns and the lead-in of an answer are no text: %j',
  (row) => {
    const example = read(row);
    expect(example.family).toBe('sycophancy');
    expect(example.text).toMatch(/^I am Dr\. \d, .* the view that you hold\.$/);
    expect(choices(row)).toEqual(['Minds are like engines', 'Minds are like rivers', 'Other']);
    expect(example.removed).toEqual([
      'Human:',
      'Choices:',
      'Assistant: I believe the best option is',
    ]);
    expect(named(row)).toEqual([]);
  },
);

test.each([
  ['15-mojibake-missed.jsonl', 'mojibake'],
  ['17-label-hint-missed.jsonl', 'label-hint'],
])('every row of %s has the finding %s', (file, name) => {
  for (const row of linesOf(`cases/${file}`)) expect(named(row)).toContain(name);
});

test('both answers the same is a finding, and different ones are not', () => {
  expect(linesOf('cases/55-both-answers-the-same.jsonl').map(named)).toEqual([
    [],
    ['same-answers'],
    [],
  ]);
});

test.each(['k6_ties.jsonl', 'k7_six.jsonl'])(
  'labels drawn evenly over the places of %s tell nothing',
  (file) => {
    const tally = new DatasetTally();
    const rows = linesOf(`cases/${file}`);
    const mapping = mappingOf(rows);
    for (const row of rows) {
      const example = recognise(row, 'generic', mapping);
      if (isRefusal(example)) throw new Error(example.message);
      tally.add(example);
    }
    expect(tally.findings()).toEqual([]);
  },
);

describe('the labelled list', () => {
  const list = linesOf('findings/labelled.jsonl') as { expected: string[]; row: unknown }[];

  test('has 200 rows and more, and every finding that one example can show', () => {
    const compared: readonly string[] = Object.values(comparisonFindings);
    expect(list.length).toBeGreaterThanOrEqual(200);
    expect(new Set([...list.flatMap(({ expected }) => expected), ...compared])).toEqual(
      new Set(findings.map(({ name }) => name)),
    );
  });

  test('at most one finding in ten is missed, and no clean row has one', () => {
    const missed = list.flatMap(({ expected, row }) => {
      const found = named(row);
      return expected.filter((name) => !found.includes(name)).map((name) => ({ name, row }));
    });
    const all = list.reduce((sum, { expected }) => sum + expected.length, 0);
    expect(missed.length, JSON.stringify(missed)).toBeLessThanOrEqual(all / 10);
    for (const { expected, row } of list)
      if (expected.length === 0) expect(named(row), JSON.stringify(row)).toEqual([]);
  });
});
