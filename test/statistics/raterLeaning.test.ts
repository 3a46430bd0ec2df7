import { expect, test } from 'vitest';
import type { Estimate } from '#statistics/estimate.js';
import { createRandom } from '#statistics/random.js';
import { raterDifferences, raterLeaning } from '#statistics/raterLeaning.js';
import type { Votes } from '#statistics/votes.js';
import { type LeaningDesign, tryLeaning } from './support/leaning.js';

const votesOf = (
  rows: readonly (readonly [item: number, rater: number, value: number])[],
): Votes => ({
  items: Int32Array.from(rows, ([item]) => item),
  raters: Int32Array.from(rows, ([, rater]) => rater),
  values: Float64Array.from(rows, ([, , value]) => value),
});
const sure = (found: Estimate): Extract<Estimate, { kind: 'estimate' }> => {
  if (found.kind === 'undefined') throw new Error(found.because);
  return found;
};

/** Each rater with items of their own, `ones` of 10 votes being 1. */
const apart = (ones: readonly number[]): Votes =>
  votesOf(
    ones.flatMap((count, rater) =>
      Array.from(
        { length: 10 },
        (_, vote) => [10 * rater + vote, rater, Number(vote < count)] as const,
      ),
    ),
  );

const first = apart([9, 10, 3, 8, 10, 6]);
const second = apart([9, 2, 10, 8, 9, 7]);
const differences = [0, 0.8, -0.7, 0, 0.1, -0.1];

test('raters with items of their own: the variance of differences less what their votes explain', () => {
  expect(raterDifferences(first, second).map(({ value }) => Number(value.toFixed(9)))).toEqual(
    differences,
  );
  const mean = differences.reduce((sum, value) => sum + value, 0) / 6;
  const spread = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5;
  const ones = [9, 10, 3, 8, 10, 6, 9, 2, 10, 8, 9, 7];
  // The variance of a mean of ten votes, over six raters and both sets.
  const chance = ones.reduce((sum, count) => sum + (count * (10 - count)) / 900, 0) / 6;
  const found = sure(raterLeaning(first, second));
  expect(found.n).toBe(6);
  expect(found.value).toBeCloseTo(Math.sqrt(spread - chance), 6);
  expect(found.interval?.lower).toBeGreaterThan(0);
  expect(found.interval?.upper).toBeGreaterThan(found.value);
  const turned = sure(raterLeaning(second, first));
  expect(turned.value).toBeCloseTo(found.value, 9);
  expect(turned.interval?.upper).toBeCloseTo(found.interval?.upper ?? NaN, 9);
});

test('items that all raters judged explain nothing of how they differ', () => {
  const easy = [0.2, 0.9, 0.4, 0.7];
  const rated = (leanings: readonly number[]): Votes =>
    votesOf(
      leanings.flatMap((leaning, rater) =>
        easy.map((value, item) => [item, rater, value + leaning] as const),
      ),
    );
  const leanings = [0, 0.1, -0.1, 0.05, 0.02];
  const mean = 0.07 / 5;
  const deviation = Math.sqrt(leanings.reduce((sum, own) => sum + (own - mean) ** 2, 0) / 4);
  const scale = { lower: -1, upper: 2 };
  const found = sure(raterLeaning(rated(leanings), rated([0, 0, 0, 0, 0]), { scale }));
  expect(found.value).toBeCloseTo(deviation, 6);
  expect(sure(raterLeaning(rated(leanings), rated(leanings), { scale })).value).toBe(0);
});

test('few raters, and votes that all agree, have no interval', () => {
  const few = sure(raterLeaning(apart([9, 5, 3, 8]), apart([9, 9, 9, 9])));
  expect(few.interval).toBeUndefined();
  expect(few.withoutInterval).toMatch(/fewer than 5 raters/);
  const same = sure(raterLeaning(apart([10, 10, 10, 10, 10]), apart([10, 10, 10, 10, 10])));
  expect(same.value).toBe(0);
  expect(same.withoutInterval).toMatch(/no variation/);
  expect(raterLeaning(votesOf([]), first).kind).toBe('undefined');
  // Raters who each give one answer to each set, but not the same: no chance explains that.
  const opposite = sure(raterLeaning(apart([10, 0, 10, 0, 10]), apart([10, 10, 10, 10, 10])));
  expect(opposite.interval?.lower).toBeGreaterThan(0.2);
});

/** bench/raterLeaning.ts runs the whole grid. */
test.each([
  { measure: 'labels', share: 0.95, raters: 10, items: 100, overlap: 3, deviation: 0 },
  { measure: 'labels', share: 0.95, raters: 20, items: 100, overlap: 3, deviation: 0.1 },
  { measure: 'relevance', share: null, raters: 10, items: 60, overlap: 3, deviation: 0.3 },
] as const satisfies readonly LeaningDesign[])(
  'the interval holds the true deviation: %o',
  (design) => {
    const runs = 60;
    const { held, above, truth } = tryLeaning(design, runs, createRandom(JSON.stringify(design)));
    expect(held).toBeGreaterThanOrEqual(0.93 - 2 * Math.sqrt((0.05 * 0.95) / runs));
    if (truth === 0)
      expect(above).toBeLessThanOrEqual(0.035 + 2 * Math.sqrt((0.025 * 0.975) / runs));
  },
);
