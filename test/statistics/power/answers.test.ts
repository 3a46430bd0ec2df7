import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AnswerModel,
  answerModel,
  answerVariances,
  assumedLabelAnswers,
  assumedRelevanceAnswers,
  meanAnswer,
  withLeaning,
  withMean,
} from '#statistics/power/answers.js';
import { labelVoteVariances, relevanceVariances } from '#statistics/power/precision.js';
import type { Undefined } from '#statistics/estimate.js';

const defined = (model: AnswerModel | Undefined): AnswerModel => {
  if ('kind' in model) throw new Error(model.because);
  return model;
};

test('two votes of correlation r about a fair coin are alike with chance 1/2 + arcsin(r) / pi (Sheppard 1899)', () => {
  for (const item of [0.1, 0.3, 0.6, 0.95]) {
    const model = { lowest: 0, cuts: [0], item, rater: 0, leaning: 0 };
    expect(answerVariances(model).item).toBeCloseTo(Math.asin(item) / (2 * Math.PI), 9);
  }
});

test('what is assumed has the rates and variances that are written down', () => {
  const votes = defined(assumedLabelAnswers());
  expect(meanAnswer(votes)).toBeCloseTo(0.95, 9);
  const { leaning: _, ...own } = answerVariances(votes);
  for (const [part, value] of Object.entries(labelVoteVariances(0.95)))
    expect(own).toHaveProperty(part, expect.closeTo(value, 6));
  const relevance = defined(assumedRelevanceAnswers());
  expect(meanAnswer(relevance)).toBeCloseTo(4.4, 9);
  for (const [part, value] of Object.entries(relevanceVariances))
    expect(answerVariances(relevance)).toHaveProperty(part, expect.closeTo(value, 6));
});

test('at another rate the effects behind the votes stay', () => {
  const { cuts: _, ...effects } = defined(assumedLabelAnswers());
  const other = defined(assumedLabelAnswers(0.8));
  expect(meanAnswer(other)).toBeCloseTo(0.8, 9);
  expect(other).toMatchObject(effects);
});

test('a model gives back the shares and variances that it was made from', () => {
  const shares = fc
    .array(fc.double({ min: 0.02, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 })
    .map((weights) =>
      weights.map((weight) => weight / weights.reduce((sum, other) => sum + other, 0)),
    );
  fc.assert(
    fc.property(
      shares,
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      fc.double({ min: 0, max: 0.15, noNaN: true }),
      fc.double({ min: 0, max: 0.1, noNaN: true }),
      (given, item, rater, leaning) => {
        const mean = given.reduce((sum, share, value) => sum + share * value, 0);
        const whole = given.reduce((sum, share, value) => sum + share * (value - mean) ** 2, 0);
        const wanted = { item: item * whole, rater: rater * whole, leaning: leaning * whole };
        const model = defined(answerModel(given, { ...wanted, residual: 0 }));
        expect(meanAnswer(model)).toBeCloseTo(mean, 6);
        // A skewed scale can ask for more than the whole behind it; then all effects are smaller,
        // in one proportion.
        const found = answerVariances(model);
        const full = model.item + model.rater + model.leaning > 0.989;
        for (const [part, value] of Object.entries(wanted)) {
          const own = found[part as keyof typeof wanted];
          if (full) expect(own).toBeLessThanOrEqual(value + 1e-6);
          else expect(own).toBeCloseTo(value, 6);
        }
      },
    ),
    { seed: 90, numRuns: 60 },
  );
});

test('a share of the difference between raters can depend on the source, the whole staying the same', () => {
  const model = defined(assumedRelevanceAnswers());
  const leaning = withLeaning(model, 0.25);
  expect([leaning.rater, leaning.leaning]).toEqual([
    expect.closeTo(model.rater * 0.75, 12),
    expect.closeTo(model.rater * 0.25, 12),
  ]);
  expect(withLeaning(leaning, 0)).toEqual({
    ...model,
    rater: expect.closeTo(model.rater, 12) as number,
  });
});

test('answers that never vary, and means beyond the scale, are undefined', () => {
  expect(answerModel([0, 1], { item: 0, rater: 0, residual: 0 })).toMatchObject({
    kind: 'undefined',
    reason: 'no-variation',
  });
  expect(answerModel([0, 0, 1, 0, 0], { item: 0, rater: 0, residual: 0 }, 1)).toMatchObject({
    kind: 'undefined',
    reason: 'no-variation',
  });
  for (const share of [0, 1, 1.2, -0.1])
    expect(assumedLabelAnswers(share)).toMatchObject({
      kind: 'undefined',
      reason: 'outside-scale',
    });
  expect(withMean(defined(assumedRelevanceAnswers()), 5)).toMatchObject({
    reason: 'outside-scale',
  });
  const withoutOnes = defined(
    answerModel([0, 0.1, 0.2, 0.3, 0.4], { item: 0.2, rater: 0.1, residual: 0 }, 1),
  );
  expect(meanAnswer(withoutOnes)).toBeCloseTo(4, 9);
  expect(meanAnswer(defined(withMean(withoutOnes, 3.7)))).toBeCloseTo(3.7, 9);
});
