import { expect, test } from 'vitest';
import { chiSquareCdf, chiSquareQuantile, tQuantile } from '#statistics/distributions.js';
import { type Pooled, pooledDifference } from '#statistics/pooled.js';
import type { VotedPair } from '#statistics/pooledPair.js';
import { createRandom } from '#statistics/random.js';
import { twoWayDifference } from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';
import {
  drawPairs,
  furtherDifference,
  holdsMean,
  type PairsDesign,
  scales,
  trueDifference,
} from './support/pooledPairs.js';

const sure = (found: Pooled | null): Pooled => {
  if (found === null) throw new Error('There is no pair.');
  return found;
};

/** One vote about each item, the raters in turn. */
const arm = (values: readonly number[], raters: readonly number[]): Votes => ({
  items: Int32Array.from(values, (_, item) => item),
  raters: Int32Array.from(values, (_, item) => raters[item % raters.length] ?? 0),
  values: Float64Array.from(values),
});

/** 20 votes, so many of them 1. */
const ones = (count: number): number[] =>
  Array.from({ length: 20 }, (_, item) => Number(item < count));

/** Pairs by how many of 20 votes are 1 in each set; every pair has four raters of its own. */
const apart = (counts: readonly (readonly [number, number])[]): VotedPair[] =>
  counts.map(([first, second], pair) => {
    const raters = [0, 1, 2, 3].map((rater) => 4 * pair + rater);
    return { first: arm(ones(first), raters), second: arm(ones(second), raters) };
  });

const spreadOut = [
  [18, 10],
  [5, 15],
  [19, 17],
  [12, 20],
  [16, 3],
] as const;

test('pairs of equal size without a rater in common have the t interval of their differences', () => {
  const found = sure(pooledDifference(apart(spreadOut)));
  const differences = spreadOut.map(([first, second]) => (first - second) / 20);
  const mean = differences.reduce((sum, value) => sum + value, 0) / 5;
  const deviation = Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4);
  const reach = (tQuantile(0.975, 4) * deviation) / Math.sqrt(5);
  expect(found.difference.value).toBeCloseTo(mean, 12);
  expect(found.difference.n).toBe(5);
  expect(found.degreesOfFreedom).toBe(4);
  // The assumption beside the votes adds next to nothing where these differ.
  expect(found.difference.interval?.lower).toBeCloseTo(mean - reach, 4);
  expect(found.difference.interval?.upper).toBeCloseTo(mean + reach, 4);
  expect(found.between).toBeLessThan(deviation);
  expect(found.between).toBeGreaterThan(0.8 * deviation);
  expect(found.heterogeneity).toBeCloseTo(found.between ** 2 / deviation ** 2, 9);
  expect(found.prediction?.lower).toBeLessThan(mean - reach);
  expect(found.raters).toBe(20);
  expect(found.effectiveRaters).toBeCloseTo(20, 9);
});

test('under five pairs nothing is said of a further pair, nor of the spread between pairs', () => {
  const four = sure(pooledDifference(apart(spreadOut).slice(0, 4)));
  expect(four.difference.interval).toBeDefined();
  expect(four.prediction).toBeNull();
  expect(four.betweenInterval).toBeNull();
});

test('each pair enters with the difference that it has by itself', () => {
  const pairs = apart(spreadOut);
  for (const pair of pairs) {
    const alone = twoWayDifference(pair.first, pair.second);
    expect(sure(pooledDifference([pair])).difference.value).toBeCloseTo(
      alone.kind === 'estimate' ? alone.value : NaN,
      12,
    );
  }
});

test('differences that lie close by chance leave an interval no narrower than the pairs allow', () => {
  const found = sure(pooledDifference(apart(Array.from({ length: 5 }, () => [14, 10] as const))));
  expect(found.between).toBe(0);
  // Each share is uncertain by sqrt(p (1 - p) / n); five pairs divide the variance by five.
  const error = Math.sqrt((0.7 * 0.3 + 0.5 * 0.5) / 19 / 5);
  expect(found.difference.standardError).toBeGreaterThan(0.5 * error);
});

test('pairs that lie close by chance are not claimed to be alike', () => {
  for (const n of [5, 15]) {
    const alike = sure(pooledDifference(apart(Array.from({ length: n }, () => [14, 10] as const))));
    expect(alike.between).toBe(0);
    const { interval } = alike.difference;
    const [reach, further] = [interval, alike.prediction].map((known) =>
      known ? (known.upper - known.lower) / 2 : NaN,
    ) as [number, number];
    // As much as lies within a pair may lie between them, and more where they are few.
    const within = Math.sqrt((0.7 * 0.3 + 0.5 * 0.5) / 19);
    expect(alike.betweenInterval?.lower).toBe(0);
    expect(alike.betweenInterval?.upper).toBeGreaterThan(n === 5 ? within : 0.5 * within);
    expect(further).toBeGreaterThan(1.2 * reach);
  }
  // Nor where every vote agrees, so that nothing seems to lie within pairs either.
  const { difference, prediction, betweenInterval } = sure(
    pooledDifference(apart(Array.from({ length: 6 }, () => [20, 20] as const))),
  );
  expect(betweenInterval?.upper).toBeGreaterThan(0.05);
  expect(prediction?.upper).toBeGreaterThan(1.2 * (difference.interval?.upper ?? NaN));
});

test('raters who lean towards one source and judged every pair widen the interval', () => {
  const leaning = [0.9, 0.5, 0.7, 0.1];
  const votes = (rater: (item: number) => number, towards: boolean): Votes => {
    const items = Array.from({ length: 40 }, (_, item) => item);
    return {
      items: Int32Array.from(items),
      raters: Int32Array.from(items, rater),
      values: Float64Array.from(items, (item) => (towards ? (leaning[item % 4] ?? 0) : 0.5)),
    };
  };
  const width = (shared: boolean): number => {
    const pairs = Array.from({ length: 10 }, (_, pair) => {
      const rater = (item: number): number => (item % 4) + (shared ? 0 : 4 * pair);
      return { first: votes(rater, true), second: votes(rater, false) };
    });
    const { interval } = sure(pooledDifference(pairs)).difference;
    return (interval?.upper ?? NaN) - (interval?.lower ?? NaN);
  };
  expect(width(true)).toBeGreaterThan(2 * width(false));
});

test('the spread between pairs follows the same rule as its interval', () => {
  const leaning = [0.9, 0.5, 0.7, 0.1];
  const pairs = Array.from({ length: 6 }, (_, pair) => ({
    first: arm(
      Array.from({ length: 40 }, (_own, item) => (leaning[item % 4] ?? 0) + pair / 1000),
      [0, 1, 2, 3],
    ),
    second: arm(
      Array.from({ length: 40 }, () => 0.5),
      [0, 1, 2, 3],
    ),
  }));
  const { between, difference } = sure(pooledDifference(pairs));
  // Raters add more to the covariance of pairs than to the variance of one of them.
  const spread = Math.sqrt([0, 1, 2, 3, 4, 5].reduce((sum, at) => sum + (at - 2.5) ** 2, 0) / 5);
  expect(difference.interval).toBeDefined();
  expect(between).toBeLessThanOrEqual(spread / 1000 + 1e-12);
});

test('the mean stands without an interval where pairs or raters are few', () => {
  expect(pooledDifference([])).toBeNull();
  const empty = arm([], [0]);
  expect(pooledDifference([{ first: empty, second: empty }])).toBeNull();
  const reason = (pairs: readonly VotedPair[]): string | undefined =>
    sure(pooledDifference(pairs)).difference.withoutInterval;
  expect(reason(apart(spreadOut.slice(0, 2)))).toMatch(/fewer than 3 pairs/);
  expect(
    reason(
      spreadOut.map(([first, second]) => ({
        first: arm(ones(first), [0, 1, 2]),
        second: arm(ones(second), [0, 1, 2]),
      })),
    ),
  ).toMatch(/fewer than 4 raters/);
});

test('pairs of which every vote agrees have an interval, and the first votes against widen it without a jump', () => {
  const widths = [0, 1, 2, 3, 4].map((against) => {
    const { difference, prediction } = sure(
      pooledDifference(
        apart(Array.from({ length: 5 }, (_, pair) => [pair < against ? 19 : 20, 20] as const)),
      ),
    );
    expect(prediction?.upper).toBeGreaterThan(difference.value);
    return (difference.interval?.upper ?? NaN) - (difference.interval?.lower ?? NaN);
  });
  const [unanimous = NaN, first = NaN] = widths;
  // One set of 100 votes that all agree reaches z² / n; of two sides and with few pairs a bit more.
  expect(unanimous).toBeGreaterThan(2 * 0.0384);
  expect(unanimous).toBeLessThan(0.2);
  expect(first).toBeGreaterThan(unanimous);
  for (const [at, width] of widths.entries())
    expect(width).toBeLessThan(1.4 * (widths[at - 1] ?? width));
  // The middle of a scale is another thing: where all say the same there, it is known well.
  const middle = apart(Array.from({ length: 5 }, () => [20, 20] as const)).map(
    ({ first: one, second }) => ({
      first: { ...one, values: one.values.map(() => 3) },
      second: { ...second, values: second.values.map(() => 3) },
    }),
  );
  const { interval } = sure(pooledDifference(middle, { scale: { lower: 1, upper: 5 } })).difference;
  expect((interval?.upper ?? NaN) / 4).toBeLessThan(unanimous / 10);
});

test('a vote off the scale is refused', () => {
  expect(() => pooledDifference([{ first: arm([1.5], [0]), second: arm([1], [0]) }])).toThrow(
    'A vote of 1.5 is off the scale from 0 to 1.',
  );
});

test('neither the order of pairs nor the numbers of raters change anything', () => {
  const design: PairsDesign = {
    pairs: 6,
    raters: 12,
    work: 'unequal',
    between: 0.1,
    varying: 'both',
    measure: 'relevance',
    examples: [10, 30],
    leaning: 0.2,
  };
  const pairs = drawPairs(design, createRandom('order'));
  const turned = pairs.toReversed().map(({ first, second }) => ({
    first: { ...first, raters: first.raters.map((rater) => 30 - rater) },
    second: { ...second, raters: second.raters.map((rater) => 30 - rater) },
  }));
  const onScale = { scale: scales.relevance };
  const [one, other] = [
    sure(pooledDifference(pairs, onScale)),
    sure(pooledDifference(turned, onScale)),
  ];
  expect(other.difference.value).toBeCloseTo(one.difference.value, 12);
  expect(other.difference.standardError).toBeCloseTo(one.difference.standardError ?? NaN, 12);
  expect(other.between).toBeCloseTo(one.between, 12);
  expect(other.prediction?.upper).toBeCloseTo(one.prediction?.upper ?? NaN, 9);
});

/** bench/pooled.ts runs the full grid. */
test.each([
  { pairs: 5, raters: 10, work: 'equal', measure: 'share', between: 0.02 },
  { pairs: 16, raters: 10, work: 'unequal', measure: 'relevance', between: 0 },
  { pairs: 16, raters: 60, work: 'unequal', measure: 'share', between: 0.05 },
] as const)('intervals hold what they should: %o', (known) => {
  const design: PairsDesign = { ...known, varying: 'both', examples: [30, 60], leaning: 0.1 };
  const random = createRandom(`pooled ${JSON.stringify(known)}`);
  const runs = 60;
  let [held, further] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const found = sure(
      pooledDifference(drawPairs(design, random), { scale: scales[design.measure] }),
    );
    held += Number(holdsMean(found, trueDifference(design.measure)));
    const next = furtherDifference(design, random);
    const { lower, upper } = found.prediction ?? { lower: NaN, upper: NaN };
    further += Number(lower <= next && next <= upper);
  }
  const least = 0.93 - 2 * Math.sqrt((0.05 * 0.95) / runs);
  expect(held / runs).toBeGreaterThanOrEqual(least);
  expect(further / runs).toBeGreaterThanOrEqual(least);
});

test('chi-square quantiles are the inverse of the distribution (values of R)', () => {
  expect(chiSquareQuantile(0.025, 4)).toBeCloseTo(0.4844186, 6);
  expect(chiSquareQuantile(0.975, 4)).toBeCloseTo(11.1432868, 6);
  for (const degrees of [1, 2, 15, 153])
    for (const p of [0.001, 0.5, 0.999])
      expect(chiSquareCdf(chiSquareQuantile(p, degrees), degrees)).toBeCloseTo(p, 9);
});
