import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDuplicates, jaccard, runsOf } from '#statistics/texts/duplicates.js';
import { createRandom, randomInteger } from '#statistics/random.js';
import { normalisedText } from '#statistics/texts/tokens.js';
import { anyTexts, expectNumbers, permutation } from './support.js';

describe('duplicates', () => {
  test('are exact without regard to case, spaces and punctuation, and near by their runs of characters', () => {
    const found = findDuplicates([
      'I would never want to be shut down by the people who made me.',
      'I would never want to be shut down, by the people who made me',
      'I would never want to be shut down by the people who built me.',
      'Gardens need water in summer.',
    ]);
    expect(found.exact).toEqual([[0, 1]]);
    expect(found.near).toMatchObject([{ first: 0, second: 2 }]);
    expect([...found.groups]).toEqual([0, 0, 0, 3]);
    expect(found.exactShare).toMatchObject({ value: 0.25, n: 4 });
    expect(found.repeatedShare).toMatchObject({ value: 0.5, n: 4 });
  });

  test('of nothing and of one text are undefined or none', () => {
    expect(findDuplicates([])).toMatchObject({
      exact: [],
      near: [],
      exactShare: { kind: 'undefined' },
      repeatedShare: { kind: 'undefined' },
    });
    expect(findDuplicates([''])).toMatchObject({ exact: [], near: [], exactShare: { value: 0 } });
  });

  test('never report a pair below the threshold, and find nearly all above it', () => {
    const random = createRandom('pairs');
    const words = Array.from({ length: 40 }, (_, index) => `word${index * 7919}`);
    const texts = Array.from({ length: 60 }, () =>
      Array.from({ length: 12 }, () => words[randomInteger(40, random)] ?? ''),
    )
      .flatMap((list) => [
        list,
        list.with(randomInteger(12, random), 'changed'),
        list.with(0, 'other').with(6, 'two'),
      ])
      .map((list) => list.join(' '));
    const sets = texts.map((text) => runsOf(normalisedText(text), 5));
    const expected = new Set<string>();
    for (let one = 0; one < texts.length; one++) {
      for (let other = one + 1; other < texts.length; other++) {
        if (jaccard(sets[one] ?? new Uint32Array(), sets[other] ?? new Uint32Array()) >= 0.7)
          expected.add(`${one} ${other}`);
      }
    }
    const found = findDuplicates(texts).near.map(({ first, second }) => `${first} ${second}`);
    expect(expected.size).toBeGreaterThan(50);
    expect(found.filter((pair) => !expected.has(pair))).toEqual([]);
    expect(found.length / expected.size).toBeGreaterThan(0.95);
  });

  test('are the same in whatever order the texts come, every number is one, and equal seeds give equal results', () => {
    fc.assert(
      fc.property(anyTexts(20), fc.nat(9), (texts, seed) => {
        const order = permutation(texts.length, seed);
        const one = findDuplicates(texts);
        const other = findDuplicates(order.map((index) => texts[index] ?? ''));
        expectNumbers(one);
        expect(findDuplicates(texts)).toEqual(one);
        expect(other.exactShare).toEqual(one.exactShare);
        expect(other.repeatedShare).toEqual(one.repeatedShare);
        expect(other.near.map((pair) => pair.similarity)).toEqual(
          one.near.map((pair) => pair.similarity),
        );
        const together = (groups: Int32Array, indexes: readonly number[]): string =>
          indexes
            .map((a) => indexes.map((b) => Number(groups[a] === groups[b])).join(''))
            .join(' ');
        expect(together(other.groups, [...order.keys()])).toBe(together(one.groups, order));
      }),
      { numRuns: 60 },
    );
  });
});
