import { afterAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  type DifferenceMethod,
  proportion,
  proportionDifference,
  proportionInterval,
  type ProportionMethod,
  wilsonInterval,
} from '#statistics/proportions.js';
import {
  expectClose,
  fixtures,
  haveFixtures,
  list,
  number,
  numbers,
  object,
  printDifferences,
} from './fixtures.js';

afterAll(printDifferences);

describe('one proportion', () => {
  test('Wilson gives the published limits of Newcombe (1998) and of the study design', () => {
    for (const [x, n, lower, upper] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
      [96, 100, 0.902, 0.984],
      [95, 100, 0.888, 0.978],
      [100, 100, 0.963, 1],
    ] as const) {
      const interval = wilsonInterval(x, n);
      expect(interval.lower).toBeCloseTo(lower, n === 100 ? 3 : 4);
      expect(interval.upper).toBeCloseTo(upper, n === 100 ? 3 : 4);
    }
  });

  test('Wilson is exactly 0 below at no success and exactly 1 above at nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (n) => {
        expect(wilsonInterval(0, n).lower).toBe(0);
        expect(wilsonInterval(n, n).upper).toBe(1);
      }),
    );
  });

  test('every interval stays within 0 and 1, and Wilson is mirrored where successes and failures are swapped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.nat(500),
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        (n, x, level) => {
          const successes = Math.min(x, n);
          for (const method of [
            'wilson',
            'wilson-continuity',
            'clopper-pearson',
            'agresti-coull',
            'jeffreys',
            'wald',
          ] as ProportionMethod[]) {
            const { lower, upper } = proportionInterval(successes, n, method, level);
            expect(lower).toBeGreaterThanOrEqual(0);
            expect(upper).toBeLessThanOrEqual(1);
            expect(lower).toBeLessThanOrEqual(upper);
          }
          expect(wilsonInterval(n - successes, n, level).lower).toBeCloseTo(
            1 - wilsonInterval(successes, n, level).upper,
            12,
          );
        },
      ),
    );
  });

  test('no units give no number, and impossible counts are refused in words', () => {
    expect(proportion(0, 0)).toMatchObject({ kind: 'undefined', reason: 'no-data' });
    expect(() => wilsonInterval(5, 4)).toThrow(/successes <= trials/);
  });
});

describe('a difference of two proportions', () => {
  test('Newcombe at 93 and 97 of 100 cannot show the gap of the source study', () => {
    const estimate = proportionDifference(
      { successes: 93, trials: 100 },
      { successes: 97, trials: 100 },
    );
    expect(estimate).toMatchObject({ kind: 'estimate', interval: { method: 'newcombe' } });
    if (estimate.kind === 'estimate') {
      expect(estimate.value).toBeCloseTo(-0.04, 12);
      expect(estimate.interval?.lower).toBeCloseTo(-0.11, 3);
      expect(estimate.interval?.upper).toBeCloseTo(0.025, 3);
    }
  });

  test('changing the arms round changes the sign of value and limits', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (x, y) => {
        const one = proportionDifference(
          { successes: x, trials: 60 },
          { successes: y, trials: 60 },
        );
        const other = proportionDifference(
          { successes: y, trials: 60 },
          { successes: x, trials: 60 },
        );
        if (one.kind === 'undefined' || other.kind === 'undefined') return expect.unreachable();
        expect(one.value).toBeCloseTo(-other.value, 12);
        expect(one.interval?.lower).toBeCloseTo(-(other.interval?.upper ?? NaN), 12);
      }),
    );
  });
});

describe.skipIf(!haveFixtures)(
  'proportions against R, statsmodels and the published tables',
  () => {
    test('one proportion, all methods', () => {
      const [fixture] = fixtures('published', 'newcombe1998-wilson');
      const expected = object(fixture?.content['expected']);
      const methods: [string, ProportionMethod][] = [
        ['wilson', 'wilson'],
        ['wilson_continuity', 'wilson-continuity'],
        ['clopper_pearson', 'clopper-pearson'],
        ['agresti_coull', 'agresti-coull'],
        ['jeffreys', 'jeffreys'],
      ];
      for (const [index, [x = 0, n = 1]] of list(fixture?.content['cases'])
        .map(numbers)
        .entries()) {
        for (const [name, method] of methods) {
          const [lower = NaN, upper = NaN] = numbers(list(expected[name])[index]);
          const interval = proportionInterval(x, n, method);
          // R corrects by no more than |x - np|, which at 15 of 148 is a rounding matter only.
          expectClose(interval.lower, lower, 1e-9, `${name} ${x}/${n}`);
          expectClose(interval.upper, upper, 1e-9, `${name} ${x}/${n}`);
        }
      }
    });

    test('differences as in Newcombe (1998)', () => {
      const [fixture] = fixtures('published', 'newcombe1998-difference');
      const expected = object(fixture?.content['expected']);
      for (const [index, [x = 0, n = 1, y = 0, m = 1]] of list(fixture?.content['cases'])
        .map(numbers)
        .entries()) {
        for (const [name, method] of [
          ['method10', 'newcombe'],
          ['agresti_caffo', 'agresti-caffo'],
          ['wald', 'wald'],
        ] as [string, DifferenceMethod][]) {
          const [lower = NaN, upper = NaN] = numbers(list(expected[name])[index]);
          const estimate = proportionDifference(
            { successes: x, trials: n },
            { successes: y, trials: m },
            0.95,
            method,
          );
          if (estimate.kind === 'undefined') return expect.unreachable();
          expectClose(estimate.interval?.lower, lower, 1e-9, `${name} ${index}`);
          expectClose(estimate.interval?.upper, upper, 1e-9, `${name} ${index}`);
        }
        const [lower = NaN, upper = NaN] = numbers(list(expected['mee_score'])[index]);
        const score = proportionDifference(
          { successes: x, trials: n },
          { successes: y, trials: m },
          0.95,
          'miettinen',
        );
        if (score.kind === 'undefined') return expect.unreachable();
        expectClose(score.interval?.lower, lower, 2e-5, `mee_score ${index}`);
        expectClose(score.interval?.upper, upper, 2e-5, `mee_score ${index}`);
      }
    });

    test('differences and shares of the reference tables', () => {
      const [fixture] = fixtures('reference', 'tests-proportions');
      for (const each of list(fixture?.content['cases']).map(object)) {
        const expected = object(each['expected']);
        const arms = [
          { successes: number(each['x1']), trials: number(each['n1']) },
          { successes: number(each['x2']), trials: number(each['n2']) },
        ] as const;
        for (const [name, method, level] of [
          ['newcombe_ci95', 'newcombe', 0.95],
          ['newcombe_ci90', 'newcombe', 0.9],
          ['agresti_caffo_ci95', 'agresti-caffo', 0.95],
          ['wald_ci95', 'wald', 0.95],
        ] as const) {
          const estimate = proportionDifference(...arms, level, method);
          const [lower = NaN, upper = NaN] = numbers(expected[name]);
          if (estimate.kind === 'undefined') return expect.unreachable();
          expectClose(estimate.value, number(expected['difference']), 1e-12, 'difference');
          expectClose(estimate.interval?.lower, lower, 1e-8, name);
          expectClose(estimate.interval?.upper, upper, 1e-8, name);
        }
        for (const [name, method, level] of [
          ['wilson_ci95', 'wilson', 0.95],
          ['wilson_ci90', 'wilson', 0.9],
          ['clopper_pearson_ci95', 'clopper-pearson', 0.95],
        ] as const) {
          for (const [index, arm] of arms.entries()) {
            const [lower = NaN, upper = NaN] = numbers(list(expected[name])[index]);
            const interval = proportionInterval(arm.successes, arm.trials, method, level);
            expectClose(interval.lower, lower, 1e-8, name);
            expectClose(interval.upper, upper, 1e-8, name);
          }
        }
      }
    });
  },
);
