import { describe, expect, test } from 'vitest';
import { bootstrapAlpha, jackknifeAlpha, krippendorffAlpha } from '#statistics/agreement/alpha.js';
import { chanceCorrected } from '#statistics/agreement/chanceCorrected.js';
import {
  bootstrapAgreement,
  jackknifeAgreement,
  type ResampledUnit,
} from '#statistics/agreement/resampling.js';
import type { AgreementStatistic } from '#statistics/agreement/setting.js';
import { bcaBootstrap } from '#statistics/bootstrap.js';
import type { Estimate, Estimated } from '#statistics/estimate.js';
import { createRandom, randomInteger, sampleWithoutReplacement } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';

function simulated(
  items: number,
  raters: number,
  overlap: number,
  accuracy: number,
  seed: string,
  categoryCount = 4,
): Ratings {
  const random = createRandom(seed);
  const everybody = Array.from({ length: raters }, (_, rater) => rater);
  const rows = Array.from({ length: items }, (_, item) => {
    const truth = randomInteger(categoryCount, random);
    return sampleWithoutReplacement(everybody, overlap, random).map(
      (rater) =>
        [item, rater, random() < accuracy ? truth : randomInteger(categoryCount, random)] as const,
    );
  }).flat();
  return buildRatings({
    items: Int32Array.from(rows, ([item]) => item),
    raters: Int32Array.from(rows, ([, rater]) => rater),
    values: Int32Array.from(rows, ([, , value]) => value),
    itemCount: items,
    raterCount: raters,
    categoryCount,
  });
}

const statistics: AgreementStatistic[] = [
  ...(['percent-agreement', 'fleiss', 'gwet', 'brennan-prediger', 'conger'] as const).flatMap(
    (coefficient) => [
      { kind: 'coefficient', coefficient } as const,
      { kind: 'coefficient', coefficient, weighting: 'quadratic' } as const,
      { kind: 'coefficient', coefficient, weighting: 'ordinal', categories: 'used' } as const,
    ],
  ),
  ...(['nominal', 'ordinal', 'interval', 'ratio'] as const).map(
    (level) => ({ kind: 'alpha', level, values: Float64Array.of(1, 2, 3, 4) }) as const,
  ),
];

function sure(estimate: Estimate): Estimated {
  return estimate.kind === 'estimate' ? estimate : expect.unreachable(estimate.because);
}

describe('resampling agreement', () => {
  const ratings = simulated(60, 8, 3, 0.7, 'a');
  for (const statistic of statistics) {
    const name =
      statistic.kind === 'alpha'
        ? `alpha ${statistic.level}`
        : `${statistic.coefficient} ${statistic.weighting ?? ''}`;
    test(`${name}: the value is that of the coefficient, over every unit`, () => {
      const direct =
        statistic.kind === 'alpha'
          ? krippendorffAlpha(ratings, statistic)
          : chanceCorrected(ratings, statistic.coefficient, statistic);
      for (const unit of ['items', 'raters', 'both'] as ResampledUnit[]) {
        for (const limits of ['percentile', 'bca'] as const) {
          const result = sure(
            bootstrapAgreement(ratings, statistic, { unit, limits, seed: 3, replicates: 60 }),
          );
          expect(result.value).toBeCloseTo(sure(direct).value, 12);
          expect(result.interval?.lower).toBeLessThan(result.interval?.upper ?? NaN);
        }
      }
    });
  }

  test('the jackknife over items is that of alpha', () => {
    const [one, other] = [
      jackknifeAgreement(ratings, { kind: 'alpha', level: 'ordinal' }, 'items'),
      jackknifeAlpha(ratings, { level: 'ordinal' }),
    ];
    expect(sure(one.estimate).standardError).toBeCloseTo(
      sure(other.estimate).standardError ?? NaN,
      10,
    );
    expect(one.biasCorrected).toBeCloseTo(other.biasCorrected ?? NaN, 10);
  });

  test('items: the same draws give the limits of the quick bootstrap of alpha', () => {
    const quick = sure(bootstrapAlpha(ratings, { level: 'nominal', seed: 9, replicates: 200 }));
    const general = sure(
      bootstrapAgreement(
        ratings,
        { kind: 'alpha', level: 'nominal' },
        { unit: 'items', seed: 9, replicates: 200 },
      ),
    );
    expect(general.interval?.lower).toBeCloseTo(quick.interval?.lower ?? NaN, 10);
    expect(general.standardError).toBeCloseTo(quick.standardError ?? NaN, 10);
  });

  test('raters: with many raters alike the interval centres on the value and does not climb with copies', () => {
    const many = simulated(40, 30, 30, 0.5, 'copies');
    const result = sure(
      bootstrapAgreement(
        many,
        { kind: 'coefficient', coefficient: 'fleiss' },
        { unit: 'raters', seed: 1, replicates: 300 },
      ),
    );
    expect(((result.interval?.lower ?? NaN) + (result.interval?.upper ?? NaN)) / 2).toBeCloseTo(
      result.value,
      1,
    );
    const both = sure(
      bootstrapAgreement(
        many,
        { kind: 'coefficient', coefficient: 'fleiss' },
        { unit: 'both', seed: 1, replicates: 300 },
      ),
    );
    expect(both.standardError).toBeGreaterThan(result.standardError ?? NaN);
  });

  test('equal seeds give equal intervals; degenerate data a reason', () => {
    const options = { unit: 'both', limits: 'bca', seed: 'x', replicates: 50 } as const;
    expect(
      bootstrapAgreement(ratings, { kind: 'coefficient', coefficient: 'gwet' }, options),
    ).toEqual(bootstrapAgreement(ratings, { kind: 'coefficient', coefficient: 'gwet' }, options));
    const nothing = buildRatings({
      items: new Int32Array(0),
      raters: new Int32Array(0),
      values: new Int32Array(0),
      itemCount: 0,
      raterCount: 0,
      categoryCount: 2,
    });
    expect(bootstrapAgreement(nothing, { kind: 'alpha', level: 'nominal' }, options).kind).toBe(
      'undefined',
    );
  });
});

describe('bias-corrected and accelerated limits', () => {
  test('follow the skew of the data', () => {
    const data = Float64Array.from({ length: 40 }, (_, index) => Math.exp((index - 20) / 8));
    const mean = (units: Int32Array): number =>
      units.reduce((sum, unit) => sum + (data[unit] ?? 0), 0) / units.length;
    const result = sure(bcaBootstrap(data.length, mean, { seed: 5, replicates: 4000 }));
    // BCa of scipy.stats.bootstrap for these data: [2.196, 4.245], within Monte Carlo error.
    expect((result.interval?.upper ?? NaN) - result.value).toBeGreaterThan(
      result.value - (result.interval?.lower ?? NaN),
    );
  });
});
