import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelBalance } from '#statistics/texts/balance.js';
import { wordDiversity } from '#statistics/texts/diversity.js';
import { compareVocabulary } from '#statistics/texts/profile.js';
import { commonSize, differenceOf, estimateOf, subsample } from '#statistics/texts/subsamples.js';
import { readCorpus, tokenise } from '#statistics/texts/tokens.js';
import { anyTexts, expectNumbers, permutation } from './support.js';

const all = (texts: readonly string[]): Int32Array => Int32Array.from(texts.keys());

/** BLEU of one text against the others, written from the definition. */
function slowBleu(own: readonly string[], others: readonly (readonly string[])[]): number {
  const runs = (words: readonly string[], n: number): Map<string, number> => {
    const counts = new Map<string, number>();
    for (let index = 0; index + n <= words.length; index++) {
      const run = words.slice(index, index + n).join(' ');
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
    return counts;
  };
  const orders = Math.min(4, own.length);
  let log = 0;
  for (let n = 1; n <= orders; n++) {
    let found = 0;
    for (const [run, count] of runs(own, n))
      found += Math.min(count, Math.max(...others.map((other) => runs(other, n).get(run) ?? 0)));
    log += Math.log((found === 0 ? 0.1 : found) / (own.length - n + 1));
  }
  const reference =
    others
      .map((other) => other.length)
      .toSorted((a, b) => Math.abs(a - own.length) - Math.abs(b - own.length) || a - b)[0] ??
    own.length;
  return (
    (own.length >= reference ? 1 : Math.exp(1 - reference / own.length)) * Math.exp(log / orders)
  );
}

describe('word diversity', () => {
  test('distinct-n counts different runs in a budget of words', () => {
    const texts = ['a b a b', 'a b c', 'd'];
    const diversity = wordDiversity(readCorpus(texts));
    expect(diversity.distinct(all(texts), 1, 8)).toBe(4 / 8);
    expect(diversity.distinct(all(texts), 2, 8)).toBe(3 / 5);
    expect(diversity.distinct(all(texts), 1, 5)).toBe(2 / 5);
    expect(diversity.distinct(all(texts), 2, 6)).toBe(2 / 4);
    expect(diversity.distinct(all(texts), 1, 9)).toBeNull();
    expect(diversity.distinct(Int32Array.of(2), 2, 1)).toBeNull();
  });

  test('self-BLEU equals the definition written out', () => {
    fc.assert(
      fc.property(anyTexts(9), (texts) => {
        const lists = texts.map(tokenise).filter((words) => words.length > 0);
        const expected =
          lists.length < 2
            ? null
            : lists.reduce(
                (sum, words, index) =>
                  sum +
                  slowBleu(
                    words,
                    lists.filter((_, other) => other !== index),
                  ),
                0,
              ) / lists.length;
        const found = wordDiversity(readCorpus(texts)).selfBleu(all(texts));
        if (expected === null) expect(found).toBeNull();
        else expect(found).toBeCloseTo(expected, 10);
      }),
      { numRuns: 100 },
    );
  });

  test('self-BLEU is 1 where all texts are the same, and small where nothing is shared', () => {
    expect(
      wordDiversity(readCorpus(['one two three four five', 'One two three four five.'])).selfBleu(
        Int32Array.of(0, 1),
      ),
    ).toBeCloseTo(1, 12);
    expect(
      wordDiversity(readCorpus(['one two three four', 'five six seven eight'])).selfBleu(
        Int32Array.of(0, 1),
      ),
    ).toBeLessThan(0.1);
  });
});

describe('subsamples', () => {
  test('give the mean with the standard error that theory gives for a mean', () => {
    const values = Float64Array.from({ length: 400 }, (_, index) => Math.sin(index * 12.9898) * 3);
    const mean = values.reduce((sum, value) => sum + value, 0) / 400;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
    const options = { seed: 1, replicates: 800 };
    for (const size of [200, 80]) {
      const result = estimateOf(
        subsample(
          Int32Array.from(values.keys()),
          size,
          (indexes) =>
            indexes.reduce((sum, index) => sum + (values[index] ?? 0), 0) / indexes.length,
          options,
        ),
        options,
      );
      expect(result.kind).toBe('estimate');
      if (result.kind !== 'estimate') return;
      expect(Math.abs(result.value - mean)).toBeLessThan(0.03);
      expect((result.standardError ?? 0) / Math.sqrt(variance / 400)).toBeGreaterThan(0.9);
      expect((result.standardError ?? 0) / Math.sqrt(variance / 400)).toBeLessThan(1.1);
    }
  });

  test('of nothing, of one text and of texts that do not vary say so', () => {
    const options = { seed: 1, replicates: 30 };
    expect(subsample(new Int32Array(), 1, () => 1, options)).toMatchObject({
      kind: 'undefined',
      reason: 'no-data',
    });
    expect(subsample(Int32Array.of(0), commonSize([1, 5]), () => 1, options)).toMatchObject({
      kind: 'undefined',
      reason: 'one-item',
    });
    const flat = subsample(Int32Array.of(0, 1, 2, 3), 2, () => 0.5, options);
    expect(estimateOf(flat, options)).toMatchObject({
      value: 0.5,
      withoutInterval: expect.any(String) as string,
    });
    expect(differenceOf(flat, flat, options)).toMatchObject({
      value: 0,
      withoutInterval: expect.any(String) as string,
    });
    expect(
      differenceOf(
        flat,
        subsample(new Int32Array(), 1, () => 1, options),
        options,
      ).kind,
    ).toBe('undefined');
  });
});

describe('vocabulary and length', () => {
  test('of two sources say what each uses that the other does not', () => {
    const result = compareVocabulary(['sun sun moon', 'sun'], ['moon star star star']);
    expect(result.differentWords).toEqual({ first: 2, second: 2, shared: 1 });
    expect(result.unknownWords.firstToSecond).toMatchObject({ value: 3 / 4 });
    expect(result.unknownWords.secondToFirst).toMatchObject({ value: 3 / 4 });
    expect(result.longer).toMatchObject({ value: 0 });
    expect(result.first).toMatchObject({ texts: 2, words: 4, mean: 2, shortest: 1, longest: 3 });
    expect(compareVocabulary(['a b'], ['b a']).divergence).toMatchObject({ value: 0 });
    expect(compareVocabulary(['a b'], ['c d']).divergence).toMatchObject({ value: 1 });
    const telling = compareVocabulary(
      Array.from({ length: 50 }, () => 'we choose tea'),
      Array.from({ length: 50 }, () => 'we choose rain'),
    ).telling;
    expect(telling.map(({ word }) => word)).toEqual(['tea', 'rain']);
  });

  test('change sign and side when the sources are swapped, whatever they are', () => {
    fc.assert(
      fc.property(anyTexts(), anyTexts(), fc.nat(5), (first, second, seed) => {
        const one = compareVocabulary(first, second);
        expectNumbers(one);
        const other = compareVocabulary(
          second,
          permutation(first.length, seed).map((index) => first[index] ?? ''),
        );
        expect(other.differentWords).toEqual({
          first: one.differentWords.second,
          second: one.differentWords.first,
          shared: one.differentWords.shared,
        });
        expect(other.unknownWords.firstToSecond).toEqual(one.unknownWords.secondToFirst);
        if (one.longer.kind === 'estimate' && other.longer.kind === 'estimate')
          expect(other.longer.value).toBeCloseTo(1 - one.longer.value, 12);
        expect(other.longer.kind).toBe(one.longer.kind);
      }),
      { numRuns: 60 },
    );
  });
});

describe('label balance', () => {
  test('finds labels that prefer a position, an answer and the longer choice', () => {
    const balance = labelBalance([
      ...Array.from({ length: 40 }, () => ({ choices: ['Yes, certainly', 'No'], label: 0 })),
      ...Array.from({ length: 10 }, () => ({ choices: ['Yes', 'No'], label: 1 })),
      { choices: ['Yes', 'No', 'Perhaps'], label: 2 },
      { choices: ['Yes', 'No'], label: null },
    ]);
    expect(balance).toMatchObject({ labelled: 51, unlabelled: 1 });
    expect(
      balance.places.map(
        ({ share }) => share.kind === 'estimate' && [share.value * share.n, share.n],
      ),
    ).toEqual([
      [40, 51],
      [10, 51],
      [1, 1],
    ]);
    expect(balance.places.map(({ biased }) => biased)).toEqual([true, true, false]);
    expect(balance.answers.map(({ answer }) => answer)).toEqual(['yes certainly', 'no', 'perhaps']);
    expect(balance.longest).toMatchObject({
      biased: true,
      ties: 11,
      expected: 0.5,
      share: { value: 1, n: 40 },
    });
  });

  test('of no labels has no number, and of anything never NaN', () => {
    expect(labelBalance([]).longest.share).toMatchObject({ kind: 'undefined', reason: 'no-data' });
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ choices: anyTexts(4), label: fc.option(fc.integer({ min: -1, max: 4 })) }),
        ),
        (examples) => {
          expectNumbers(labelBalance(examples));
        },
      ),
      { numRuns: 60 },
    );
  });
});
