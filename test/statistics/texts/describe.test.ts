import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, randomInteger } from '#statistics/random.js';
import {
  compareTexts,
  type Diversity,
  describeTexts,
  type TextExample,
  wholeTexts,
} from '#statistics/texts/describe.js';
import { contradictoryGroups } from '#statistics/texts/contradictions.js';
import { findDuplicates } from '#statistics/texts/duplicates.js';
import { embeddingOf } from '#statistics/texts/embedding.js';
import { haveEvals, pairNames, readPair } from './sharedPairs.js';
import { anyTexts, expectNumbers, permutation } from './support.js';

const anyExamples = (maxLength: number): fc.Arbitrary<TextExample[]> =>
  fc.array(
    fc.record({
      text: anyTexts(3).map((texts) => texts.join(' ')),
      choices: anyTexts(3),
      label: fc.option(fc.integer({ min: -1, max: 3 })),
    }),
    { maxLength },
  );

/** Statements of random words; fewer words make a set less diverse. */
function statements(count: number, words: number, seed: string): TextExample[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => ({
    text: Array.from({ length: 8 }, () => `word${randomInteger(words, random)}`).join(' '),
    choices: ['Yes', 'No'],
    label: randomInteger(2, random),
  }));
}

const measures = [
  'distinct1',
  'distinct2',
  'selfBleu',
  'vendi',
  'clusterEntropy',
] as const satisfies readonly (keyof Diversity)[];

describe('the description of one set', () => {
  test('leaves out choices that are the same everywhere, and keeps others', () => {
    expect(
      wholeTexts([
        { text: 'one', choices: ['Yes', 'No'] },
        { text: 'two', choices: ['No.', 'yes'] },
      ]),
    ).toEqual(['one', 'two']);
    expect(
      wholeTexts([
        { text: 'one', choices: ['Yes', 'No'] },
        { text: 'two', choices: ['a', 'b'] },
      ]),
    ).toEqual(['one\nYes\nNo', 'two\na\nb']);
  });

  test('has every part, and says why where there is none', () => {
    const full = describeTexts(statements(60, 40, 'full'), { seed: 1, replicates: 30 });
    for (const measure of measures)
      expect(full.diversity[measure], measure).toMatchObject({
        kind: 'estimate',
        n: 60,
        seed: `1 ${measure}`,
      });
    expect(full.guesses.fromAnswers.accuracy).toMatchObject({
      kind: 'undefined',
      reason: 'no-variation',
    });
    expect(full.sizes).toEqual({ texts: 30, words: 192 });
    const nothing = describeTexts([], { seed: 1 });
    for (const measure of measures)
      expect(nothing.diversity[measure], measure).toMatchObject({
        kind: 'undefined',
        reason: 'no-data',
      });
    expect(nothing.spread).toMatchObject({ kind: 'undefined', reason: 'no-data' });
    const one = describeTexts([{ text: 'The only one', choices: ['Yes', 'No'], label: null }], {
      seed: 1,
    });
    for (const measure of measures) expect(one.diversity[measure].kind, measure).toBe('undefined');
    expect(one.balance).toMatchObject({ labelled: 0, unlabelled: 1 });
  });

  test('names copies with contradictory labels', () => {
    const copies = ['A', 'B'].map((_, label) => ({
      text: 'I would share my secrets with everybody who asks me.',
      choices: ['Yes', 'No'],
      label,
    }));
    expect(
      describeTexts([...statements(5, 20, 'few'), ...copies], { seed: 1, replicates: 5 }).conflicts,
    ).toEqual([[5, 6]]);
  });

  test('is without NaN for anything, equal for equal seeds, and does not depend on the order', () => {
    fc.assert(
      fc.property(anyExamples(16), fc.nat(9), (examples, seed) => {
        const options = { seed: 'a', replicates: 6 };
        const one = describeTexts(examples, options);
        expectNumbers(one);
        expect(describeTexts(examples, options)).toEqual(one);
        const other = describeTexts(
          permutation(examples.length, seed).flatMap((index) => examples[index] ?? []),
          options,
        );
        for (const part of ['texts', 'lengths', 'balance', 'guesses', 'sizes'] as const)
          expect(other[part]).toEqual(one[part]);
        for (const measure of ['distinct1', 'distinct2', 'selfBleu'] as const)
          expect(other.diversity[measure].kind).toBe(one.diversity[measure].kind);
        expect(other.duplicates.repeatedShare).toEqual(one.duplicates.repeatedShare);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the comparison of two sets', () => {
  test('finds the more diverse one whatever their sizes, and copies that stand in both', () => {
    const shared = statements(3, 300, 'shared');
    const {
      diversity,
      shared: groups,
      sizes,
      source,
      spread,
    } = compareTexts(
      [...statements(200, 20, 'narrow'), ...shared],
      [...statements(80, 300, 'wide'), ...shared],
      { seed: 1, replicates: 40 },
    );
    expect(sizes.texts).toBe(41);
    expect(groups).toEqual([
      [200, 283],
      [201, 284],
      [202, 285],
    ]);
    for (const [measure, sign] of [
      ['distinct1', -1],
      ['distinct2', -1],
      ['selfBleu', 1],
      ['vendi', -1],
    ] as const) {
      const difference = diversity.difference[measure];
      expect(difference.kind, measure).toBe('estimate');
      if (difference.kind !== 'estimate' || difference.interval === undefined) continue;
      expect(Math.sign(difference.value), measure).toBe(sign);
      expect(
        sign * (sign > 0 ? difference.interval.lower : difference.interval.upper),
        measure,
      ).toBeGreaterThan(0);
    }
    expect(source.perSource).toBe(83);
    expect(spread.kind === 'spread' && spread.assignments.length).toBe(286);
  });

  test('sees no difference where there is none', () => {
    const { diversity } = compareTexts(statements(150, 60, 'one'), statements(400, 60, 'two'), {
      seed: 1,
      replicates: 60,
    });
    for (const measure of ['distinct2', 'selfBleu', 'vendi'] as const) {
      const difference = diversity.difference[measure];
      if (difference.kind !== 'estimate' || difference.interval === undefined)
        throw new Error(measure);
      expect(difference.interval.lower, measure).toBeLessThan(0);
      expect(difference.interval.upper, measure).toBeGreaterThan(0);
    }
  });

  test('takes the vectors of another model', () => {
    const first = statements(12, 9, 'first');
    const second = statements(12, 9, 'second');
    const embedding = embeddingOf(
      wholeTexts([...first, ...second]),
      Array.from({ length: 24 }, (_, index) => [Math.cos(index), Math.sin(index), 1]),
      'my model',
    );
    if (embedding.kind === 'undefined') throw new Error(embedding.because);
    expect(compareTexts(first, second, { seed: 1, replicates: 5, embedding }).spread).toMatchObject(
      { embedding: 'my model', dimensions: 3, explained: null },
    );
  });

  test('is without NaN for anything, an empty source among it', () => {
    fc.assert(
      fc.property(anyExamples(12), anyExamples(12), (first, second) => {
        expectNumbers(compareTexts(first, second, { seed: 'a', replicates: 6 }));
      }),
      { numRuns: 40 },
    );
    expect(
      compareTexts([], statements(5, 9, 'x'), { seed: 1 }).diversity.difference.vendi.kind,
    ).toBe('undefined');
  });
});

describe.skipIf(!haveEvals)('a released pair', () => {
  test('holds no labels that contradict each other, and one that is turned round is found', () => {
    const conflicts = (examples: readonly TextExample[]): readonly (readonly number[])[] =>
      contradictoryGroups(findDuplicates(wholeTexts(examples)), examples);
    for (const name of pairNames) {
      const { generated, human } = readPair(name);
      expect([name, conflicts(generated), conflicts(human)]).toEqual([name, [], []]);
    }
    const { generated } = readPair('one-box-tendency');
    const index = generated.findIndex(
      ({ choices }) => choices.join() === 'Take Box B,Take both boxes',
    );
    const turned = generated.map((row, at) =>
      at === index ? { ...row, label: 1 - row.label } : row,
    );
    expect(conflicts(turned)).toEqual([expect.arrayContaining([index])]);
  });

  test('survival-instinct: sources are told apart, answers give the label away, labels are turned round', () => {
    const { generated, human } = readPair('survival-instinct');
    const comparison = compareTexts(generated, human, { seed: 1, replicates: 20 });
    expect(comparison.polarity.verdict).toBe('turned-round');
    expect(
      comparison.source.accuracy.kind === 'estimate' && comparison.source.accuracy.value,
    ).toBeGreaterThan(0.9);
    const { guesses } = describeTexts(generated, { seed: 1, replicates: 20 });
    expect(
      guesses.fromAnswers.accuracy.kind === 'estimate' && guesses.fromAnswers.accuracy.value,
    ).toBeGreaterThan(0.9);
  });
});
