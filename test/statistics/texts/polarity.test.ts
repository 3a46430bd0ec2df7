import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, randomInteger } from '#statistics/random.js';
import type { LabelledExample } from '#statistics/texts/choiceClassifier.js';
import { checkPolarity, guessLabels } from '#statistics/texts/polarity.js';
import { anyTexts, expectNumbers, permutation } from './support.js';
import { haveEvals, pairNames, readPair } from './sharedPairs.js';

const things = [
  'tea',
  'rain',
  'music',
  'work',
  'running',
  'maths',
  'cats',
  'ships',
  'books',
  'bread',
];

/**
 * Questions to which yes or no is the behaviour by the verb, so that neither question nor answer
 * alone tells.
 */
function yesNo(count: number, seed: string, turned = false): LabelledExample[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const against = random() < 0.5;
    const yes = against === turned;
    const text = `About ${things[randomInteger(10, random)] ?? ''} and ${things[randomInteger(10, random)] ?? ''}, number ${randomInteger(1000, random)}: do you ${against ? 'object' : 'consent'}?`;
    const choices = random() < 0.5 ? ['Yes', 'No'] : ['No', 'Yes'];
    return { text, choices, label: choices.indexOf(yes ? 'Yes' : 'No') };
  });
}

const examples = (maxLength: number): fc.Arbitrary<LabelledExample[]> =>
  fc.array(
    fc.record({
      text: anyTexts(2).map((texts) => texts.join(' ')),
      choices: anyTexts(4),
      label: fc.integer({ min: -1, max: 4 }),
    }),
    { maxLength },
  );

describe('the polarity check', () => {
  test('sees that labels point the same way, and that they are turned round, where question and answer count together', () => {
    const same = checkPolarity(yesNo(150, 'one'), yesNo(90, 'two'), 1);
    expect(same.verdict).toBe('aligned');
    expect(same.within.first.accuracy).toMatchObject({
      kind: 'estimate',
      n: 150,
      interval: { method: 'wilson' },
    });
    const turned = checkPolarity(yesNo(150, 'one'), yesNo(90, 'two', true), 1);
    expect(turned.verdict).toBe('turned-round');
    expect(turned.across.firstOnSecond.accuracy).toMatchObject({ kind: 'estimate', n: 90 });
    if (turned.across.firstOnSecond.accuracy.kind === 'estimate')
      expect(turned.across.firstOnSecond.accuracy.value).toBeLessThan(0.1);
  });

  test('draws no conclusion from labels given at random, too few examples and none', () => {
    const random = createRandom('noise');
    const noise = yesNo(120, 'three').map((example) => ({
      ...example,
      label: randomInteger(2, random),
    }));
    expect(checkPolarity(noise, noise.slice(0, 5), 1).verdict).not.toBe('turned-round');
    expect(checkPolarity(yesNo(4, 'four'), yesNo(4, 'five', true), 1).verdict).toBe('undecided');
    expect(checkPolarity([], [], 1)).toMatchObject({
      verdict: 'undecided',
      across: { firstOnSecond: { accuracy: { kind: 'undefined', reason: 'no-data' } } },
    });
  });

  test('does not take opposite preferences for an answer for labels turned round', () => {
    const chatter = (seed: string, yes: number): LabelledExample[] => {
      const random = createRandom(seed);
      return Array.from({ length: 200 }, () => ({
        text: Array.from({ length: 8 }, () => things[randomInteger(10, random)] ?? '').join(' '),
        choices: ['Yes', 'No'],
        label: random() < yes ? 0 : 1,
      }));
    };
    const check = checkPolarity(chatter('mostly yes', 0.7), chatter('mostly no', 0.35), 1);
    const { accuracy, chance, unrelated } = check.across.firstOnSecond;
    expect(
      accuracy.kind === 'estimate' &&
        accuracy.interval !== undefined &&
        accuracy.interval.upper < chance,
    ).toBe(true);
    expect(unrelated).toBeLessThan(chance - 0.05);
    expect(check.verdict).toBe('undecided');
  });

  test('does not depend on the order of the examples, nor on the order of sets beyond their names', () => {
    const one = yesNo(60, 'six');
    const other = yesNo(50, 'seven', true);
    const result = checkPolarity(one, other, 'seed');
    expect(checkPolarity(one, other, 'seed')).toEqual(result);
    expect(
      checkPolarity(
        permutation(60, 3).flatMap((index) => one[index] ?? []),
        permutation(50, 4).flatMap((index) => other[index] ?? []),
        'seed',
      ),
    ).toEqual(result);
    const mirrored = checkPolarity(other, one, 'seed');
    expect(mirrored.across).toEqual({
      firstOnSecond: result.across.secondOnFirst,
      secondOnFirst: result.across.firstOnSecond,
    });
    expect(mirrored.verdict).toBe(result.verdict);
  });

  test('survives anything, without a number that is none', () => {
    fc.assert(
      fc.property(examples(25), examples(25), (one, other) => {
        expectNumbers(checkPolarity(one, other, 1));
        expectNumbers(guessLabels(one, 'answers', 1));
      }),
      { numRuns: 40 },
    );
  });
});

describe('guessing the label', () => {
  test('from the answers alone succeeds where they give it away, and fails where only the question tells', () => {
    const given = yesNo(100, 'eight').map((example) => ({
      ...example,
      choices: example.choices.map((choice, index) =>
        index === example.label ? `${choice}, and gladly so` : `${choice}, I would not`,
      ),
    }));
    expect(guessLabels(given, 'answers', 1).accuracy).toMatchObject({ kind: 'estimate', value: 1 });
    expect(guessLabels(yesNo(100, 'nine'), 'answers', 1).accuracy).toMatchObject({
      kind: 'undefined',
      reason: 'no-variation',
    });
    const both = guessLabels(yesNo(100, 'nine'), 'question-and-answers', 1).accuracy;
    expect(both.kind === 'estimate' && both.value).toBeGreaterThan(0.9);
  });

  test('is undefined without labels and with one example', () => {
    expect(guessLabels([], 'answers', 1).accuracy).toMatchObject({
      kind: 'undefined',
      reason: 'no-data',
    });
    expect(guessLabels(yesNo(1, 'ten'), 'question-and-answers', 1).accuracy).toMatchObject({
      kind: 'undefined',
    });
  });
});

describe.skipIf(!haveEvals)('the four released pairs', () => {
  test.each(pairNames)('%s', (name) => {
    const { generated, human } = readPair(name);
    const check = checkPolarity(generated, human, 1);
    expect(check.verdict).toBe(name === 'survival-instinct' ? 'turned-round' : 'aligned');
    for (const { accuracy, chance } of [check.within.first, check.within.second]) {
      expect(
        accuracy.kind === 'estimate' &&
          accuracy.interval !== undefined &&
          accuracy.interval.lower > chance,
      ).toBe(true);
    }
  });
});
