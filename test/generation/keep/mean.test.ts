import { expect, test } from 'vitest';
import { leastMass, meanOf, type OneScore, scoreIn } from '#generation/keep/mean.js';

const score = (
  name: string,
  modelId: number,
  value: number,
  mass: number | null = 1,
  answers: number | null = null,
): OneScore => ({
  name,
  modelId,
  value,
  mass,
  answers,
});

test('models are averaged within a name, and names among one another', () => {
  const scores = [score('label', 1, 0.2), score('label', 2, 0.6), score('relevance', 1, 0.8)];
  const mean = ['label', 'relevance'];
  expect(meanOf(scores, { mean, scale: 'probability' })).toBeCloseTo(0.6, 12);
  expect(meanOf(scores.toReversed(), { mean, scale: 'probability' })).toBe(
    meanOf(scores, { mean, scale: 'probability' }),
  );
  expect(meanOf(scores, { mean: ['label', 'grammar'], scale: 'probability' })).toBeNull();
});

test('log-odds are averaged and turned back, also of what is certain', () => {
  const logit = (p: number) => Math.log(p / (1 - p));
  const scale = 'log-odds';
  const scores = [score('label', 1, 0.9), score('grammar', 1, 0.6)];
  const expected = (logit(0.9) + logit(0.6)) / 2;
  const mean = meanOf(scores, { mean: ['label', 'grammar'], scale }) ?? Number.NaN;
  expect(logit(mean)).toBeCloseTo(expected, 12);
  const certain = [score('label', 1, 1), score('grammar', 1, 0)];
  expect(meanOf(certain, { mean: ['label', 'grammar'], scale })).toBeCloseTo(0.5, 4);
});

test('none of ten answers is held half an answer away from never', () => {
  const mean = ['label', 'grammar'];
  const none = [score('label', 1, 0.98), score('grammar', 1, 0, 1, 10)];
  const scale = 'log-odds';
  const held = [score('label', 1, 0.98), score('grammar', 1, 0.05)];
  expect(meanOf(none, { mean, scale })).toBeCloseTo(meanOf(held, { mean, scale }) ?? NaN, 12);
  expect(meanOf(none, { mean, scale: 'probability' })).toBeCloseTo(0.49, 12);
});

test('the likelihood is that of the text, the mass the least of any question', () => {
  const scores = [
    score('likelihood', 1, -2, null),
    score('likelihood', 2, -4, null),
    score('label', 1, 0.9, 0.7),
    score('relevance', 1, 0.9, 0.4),
  ];
  expect(scoreIn(scores, 'likelihood')).toBe(-3);
  expect(leastMass(scores)).toBe(0.4);
  expect(scoreIn([], 'likelihood')).toBeNull();
  expect(leastMass([])).toBeNull();
});
