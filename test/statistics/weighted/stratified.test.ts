import { describe, expect, test } from 'vitest';
import { createRandom } from '#statistics/random.js';
import {
  resampleWithinStrata,
  type Stratified,
  type Stratum,
  stratify,
  weightedMean,
} from '#statistics/stratified.js';
import { variance } from '#statistics/summary.js';
import { weightedPoweredShare } from '#statistics/weightedShare.js';

const stratum = (size: number, part = 0, group = 0, mean = 0): Stratum => ({
  size,
  mean,
  part,
  group,
});

function made(strata: readonly Stratum[], own: readonly number[]): Stratified {
  const sample = stratify(own, strata);
  return 'kind' in sample ? expect.unreachable(sample.because) : sample;
}

/** All subsets of a size. */
const subsets = (values: readonly number[], size: number): number[][] =>
  size === 0
    ? [[]]
    : values.flatMap((value, index) =>
        subsets(values.slice(index + 1), size - 1).map((rest) => [value, ...rest]),
      );

describe('inclusion weights', () => {
  test('over all samples that could be drawn of a small population, the weighted share is the share', () => {
    const first = [1, 0, 0, 1, 1];
    const second = [0, 0, 1];
    const shares = subsets([...first.keys()], 3).flatMap((one) =>
      subsets([...second.keys()], 2).map((other) => {
        const sample = made([stratum(5), stratum(3)], [0, 0, 0, 1, 1]);
        const outcomes = [
          ...one.map((unit) => first[unit] ?? 0),
          ...other.map((unit) => second[unit] ?? 0),
        ];
        return weightedMean(outcomes, sample.weights);
      }),
    );
    expect(shares).toHaveLength(30);
    expect(shares.reduce((sum, share) => sum + share, 0) / 30).toBeCloseTo(4 / 8, 12);
  });

  test('a stratum judged once or never goes to the nearest of its group, else of its part', () => {
    const strata = [
      stratum(50, 0, 0),
      stratum(10, 1, 0),
      stratum(20, 1, 0),
      stratum(30, 1, 1),
      stratum(0, 1, 1),
      stratum(40, 1, 1),
    ];
    const single = made(strata, [0, 0, 1, 2, 2, 3, 5, 5]);
    expect([...single.sizes]).toEqual([50, 30, 70]);
    expect([...single.drawn]).toEqual([2, 3, 3]);
    const never = made(strata, [0, 0, 2, 2, 5, 5]);
    expect([...never.sizes]).toEqual([50, 30, 70]);
    expect([...never.weights]).toEqual([25, 25, 15, 15, 35, 35]);
    const oneGroup = made(strata, [0, 0, 2, 2]);
    expect([...oneGroup.sizes]).toEqual([50, 100]);
  });

  test('nothing stands for a part that was not judged twice', () => {
    expect(stratify([0, 0, 1], [stratum(50), stratum(10, 1)])).toMatchObject({
      kind: 'undefined',
    });
    expect(stratify([0, 0], [stratum(50), stratum(10, 1)])).toMatchObject({ kind: 'undefined' });
    expect(stratify([], [stratum(50)])).toMatchObject({ kind: 'undefined' });
    expect('kind' in stratify([0, 0], [stratum(50), stratum(0, 1)])).toBe(false);
    expect(() => stratify([0, 0], [stratum(1)])).toThrow(RangeError);
    expect(() => stratify([1], [stratum(1)])).toThrow(RangeError);
  });
});

test('a part of one unit that was judged stands for itself, and does not vary', () => {
  const sample = made([stratum(9), stratum(1, 1)], [0, 0, 1]);
  expect([...sample.weights]).toEqual([4.5, 4.5, 1]);
  const [replicates] = resampleWithinStrata(sample, (weights) => [weights[2] ?? 0], { seed: 1 });
  expect(new Set(replicates)).toEqual(new Set([1]));
});

test('the bootstrap has the variance of a stratified mean, in strata of two as well', () => {
  const outcomes = [0, 1, 0.2, 0.9, 0.4, 0.1, 0.7];
  const own = [0, 0, 1, 1, 1, 1, 1];
  const sample = made([stratum(30), stratum(90)], own);
  const [found] = resampleWithinStrata(sample, (weights) => [weightedMean(outcomes, weights)], {
    seed: 'variance',
    replicates: 20_000,
  });
  const of = (index: number): number =>
    (variance(outcomes.filter((_, unit) => own[unit] === index)) ?? 0) /
    own.filter((one) => one === index).length;
  const known = 0.25 ** 2 * of(0) + 0.75 ** 2 * of(1);
  expect((variance(found ?? []) ?? 0) / known).toBeCloseTo(1, 1.5);
});

describe('the prediction-powered share over strata', () => {
  const random = createRandom('powered');
  const outcomes = Array.from({ length: 60 }, () => Number(random() < 0.6));
  const own = outcomes.map((_, unit) => Number(unit >= 20));

  test('a prediction that is always right gives the share of the population', () => {
    const sample = made([stratum(100, 0, 0, 0.9), stratum(900, 1, 0, 0.2)], own);
    const found = weightedPoweredShare(sample, outcomes, outcomes, { seed: 1 });
    expect(found.lambda).toBe(1);
    expect(found.powered.value).toBeCloseTo(0.1 * 0.9 + 0.9 * 0.2, 12);
    expect(found.plain.value).toBeCloseTo(weightedMean(outcomes, sample.weights), 12);
  });

  test('one that says the same of every unit of a stratum leaves the weighted share', () => {
    const sample = made([stratum(100, 0, 0, 0.9), stratum(900, 1, 0, 0.2)], own);
    const same = own.map((index) => (index === 0 ? 0.9 : 0.2));
    const found = weightedPoweredShare(sample, outcomes, same, { seed: 1 });
    expect(found.lambda).toBe(0);
    expect(found.powered).toEqual(found.plain);
  });

  test('a useful one narrows the interval, and where all were right it has a width', () => {
    const sample = made([stratum(100, 0, 0, 0.6), stratum(900, 1, 0, 0.6)], own);
    const useful = outcomes.map((right) => 0.25 + 0.5 * right + 0.1 * random());
    const width = ({ interval }: { interval?: { lower: number; upper: number } }): number =>
      (interval?.upper ?? 1) - (interval?.lower ?? 0);
    const found = weightedPoweredShare(sample, outcomes, useful, { seed: 1 });
    expect(width(found.powered)).toBeLessThan(0.7 * width(found.plain));
    const all = weightedPoweredShare(
      sample,
      outcomes.map(() => 1),
      useful,
      { seed: 1 },
    );
    expect(all.powered.value).toBe(1);
    expect(width(all.powered)).toBeGreaterThan(0.05);
  });
});
