import { describe, expect, test } from 'vitest';
import { unanimousDifference } from '#statistics/comparison/unanimous.js';
import { proportionDifference } from '#statistics/proportions.js';
import { createRandom } from '#statistics/random.js';
import { twoWayDifference, twoWayMean, type Votes } from '#statistics/twoWay.js';
import { coverage, type Variances } from './support/simulation.js';

describe('the two-way interval', () => {
  test('by hand: two items, four raters, the three parts of the variance', () => {
    const votes: Votes = {
      items: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
      raters: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3),
      values: Float64Array.of(1, 1, 1, 0, 1, 0, 0, 0),
    };
    const estimate = twoWayMean(votes);
    if (estimate.kind === 'undefined') return expect.unreachable();
    expect(estimate.value).toBe(0.5);
    // Influence of a vote: (value - .5) / (2 × 4) = ± 1/16. Items: ± 2/16; raters: 2/16, 0, 0,
    // -2/16; cells: 8 of 1/16.
    expect(estimate.variance.items).toBeCloseTo(2 * (2 / 16) ** 2 * 2, 12);
    expect(estimate.variance.raters).toBeCloseTo(2 * (2 / 16) ** 2 * (4 / 3), 12);
    expect(estimate.variance.cells).toBeCloseTo(8 * (1 / 16) ** 2 * (8 / 7), 12);
  });

  test('under four raters there is a value and no interval', () => {
    const votes: Votes = {
      items: Int32Array.of(0, 0, 0),
      raters: Int32Array.of(0, 1, 2),
      values: Float64Array.of(1, 0, 1),
    };
    expect(twoWayMean(votes)).toMatchObject({
      kind: 'estimate',
      withoutInterval: expect.stringContaining('4 raters') as string,
    });
    expect(
      twoWayDifference(votes, {
        items: new Int32Array(0),
        raters: new Int32Array(0),
        values: new Float64Array(0),
      }).kind,
    ).toBe('undefined');
  });
});

describe('where every vote of a share says the same', () => {
  const votes = (items: readonly number[], values: readonly number[]): Votes => ({
    items: Int32Array.from(items),
    raters: Int32Array.from(items, (_, vote) => vote % 5),
    values: Float64Array.from(values),
  });

  test('the difference has Newcombe’s interval over items, however many votes each has', () => {
    const [all, none] = [
      votes([0, 0, 1, 2, 2, 2], [1, 1, 1, 1, 1, 1]),
      votes([4, 4, 7, 9], [0, 0, 0, 0]),
    ];
    expect(unanimousDifference(all, none)).toEqual(
      proportionDifference({ successes: 3, trials: 3 }, { successes: 0, trials: 3 }),
    );
    expect(unanimousDifference(all, all, 0.9)).toEqual(
      proportionDifference({ successes: 3, trials: 3 }, { successes: 3, trials: 3 }, 0.9),
    );
  });

  test('and none where votes differ, are no shares, or are missing', () => {
    const all = votes([0, 1], [1, 1]);
    for (const other of [votes([0, 1], [1, 0]), votes([0, 1], [4, 4]), votes([], [])])
      expect(unanimousDifference(all, other).kind).toBe('undefined');
  });
});

/**
 * The simulation of which bench/two_way.ts runs the full size: 100 items an arm, 3 votes, shared
 * raters.
 */
describe('the two-way interval covers what it says it covers', () => {
  const plausible: Variances = { item: 0.25, rater: 0.15, raterBySource: 0, residual: 0.41 };
  const cases: [string, number, Variances][] = [
    ['10 raters', 10, plausible],
    ['10 raters with leanings to a source', 10, { ...plausible, raterBySource: 0.15 }],
    ['30 raters', 30, { ...plausible, raterBySource: 0.05 }],
  ];
  for (const [name, raters, variances] of cases) {
    test(`${name}: 93 to 98 %, type I error near 5 %`, () => {
      const runs = 500;
      const found = coverage(
        { itemsPerArm: 100, overlap: 3, raters, variances },
        runs,
        createRandom(`coverage ${name}`),
      );
      // Three standard errors of 500 runs around the limits.
      const slack = 3 * Math.sqrt((0.95 * 0.05) / runs);
      expect(found.difference).toBeGreaterThan(0.93 - slack);
      expect(found.difference).toBeLessThan(0.98 + slack);
      expect(found.mean).toBeGreaterThan(0.93 - slack);
      expect(1 - found.difference).toBeLessThan(0.07 + slack);
      expect(found.widthRatio).toBeLessThan(1.4);
    });
  }
});
