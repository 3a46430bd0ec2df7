import { expect, test, vi } from 'vitest';
import { cellOf } from '#datasets/examples/cells.js';
import { MappingProposal } from '#datasets/examples/propose.js';

const brackets = '['.repeat(500);
const lists = "['one', 'two']";

test('a printed list of a row is parsed once, however often it is asked for', () => {
  const row = { question: 'Which?', choices: lists };
  expect(cellOf(row, 'choices')).toEqual(['one', 'two']);
  expect(cellOf(row, 'choices')).toBe(cellOf(row, 'choices'));
  expect(cellOf(row, 'question')).toBe('Which?');
  expect(cellOf({ choices: brackets }, 'choices')).toBe(brackets);
});

test('a look parses each cell once, and brackets that only open not at all', () => {
  const parsed: string[] = [];
  const parse = JSON.parse;
  const spy = vi.spyOn(JSON, 'parse').mockImplementation((text: string) => {
    parsed.push(text);
    return parse(text) as unknown;
  });
  try {
    const rows = [1, 2, 3].map((at) => ({
      question: `${at}?`,
      choices: lists,
      x: brackets,
      y: '[1',
    }));
    new MappingProposal(
      rows.map((row) => ({ ...row, answer: 'A' })),
      {},
    ).finish(true);
  } finally {
    spy.mockRestore();
  }
  expect(parsed.toSorted()).toEqual([lists, lists, lists, '[1', '[1', '[1'].toSorted());
});
