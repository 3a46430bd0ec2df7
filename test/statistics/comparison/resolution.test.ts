import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  detectableDifference,
  neededFor,
  plannedReach,
  varianceShares,
} from '#statistics/comparison/resolution.js';
import { createRandom } from '#statistics/random.js';
import {
  type TwoWayDifference,
  twoWayDifference,
  type TwoWayEstimated,
} from '#statistics/twoWay.js';
import { itemMeans } from '#statistics/votes.js';
import { type Crowd, crowdDrawer } from '../support/crowd.js';
import { type Design, simulateArms, wide } from '../support/simulation.js';

const seed = Number(process.env['ASSAY_PROPERTY_SEED'] ?? 20240501);

function differenceOf(design: Design, from: string): TwoWayEstimated {
  const [first, second] = simulateArms(design, createRandom(from));
  const estimate = twoWayDifference(first, second, { scale: wide });
  return estimate.kind === 'estimate' ? estimate : expect.unreachable();
}

const designs = fc.record({
  itemsPerArm: fc.integer({ min: 5, max: 40 }),
  overlap: fc.integer({ min: 2, max: 4 }),
  raters: fc.integer({ min: 4, max: 12 }),
  variances: fc.record({
    item: fc.constantFrom(0, 0.25, 1),
    rater: fc.constantFrom(0, 0.15),
    raterBySource: fc.constantFrom(0, 0.15, 0.5),
    residual: fc.constantFrom(0.1, 0.4, 1),
  }),
});

describe('where the uncertainty of a difference comes from', () => {
  test('shares of simulated studies lie near the true ones', () => {
    const variances = { item: 0.4, rater: 0.15, raterBySource: 0.02, residual: 0.6 };
    const runs = Array.from({ length: 200 }, (_, run) =>
      differenceOf({ itemsPerArm: 60, overlap: 3, raters: 12, variances }, `shares ${run}`),
    );
    const parts = runs.map((run) => varianceShares(run) ?? expect.unreachable());
    // Of both arms: 2 (item / n), 2 (leaning / raters), 2 (residual + severity that does not
    // cancel) / (n k).
    const truth = { examples: (2 * 0.4) / 60, raters: (2 * 0.02) / 12, judgments: (2 * 0.6) / 180 };
    const whole = truth.examples + truth.raters + truth.judgments;
    for (const part of ['examples', 'raters', 'judgments'] as const) {
      const found = parts.reduce((sum, shares) => sum + shares[part], 0) / parts.length;
      expect(Math.abs(found - truth[part] / whole), part).toBeLessThan(0.08);
    }
  });

  test('shares add up to 1; more of anything never widens; nothing more changes nothing', () => {
    fc.assert(
      fc.property(designs, fc.integer({ min: 1, max: 1e6 }), (design, from) => {
        const estimate = differenceOf(design, String(from));
        const shares = varianceShares(estimate);
        if (shares === null || estimate.interval === undefined) return;
        expect(shares.examples + shares.raters + shares.judgments).toBeCloseTo(1, 12);
        for (const share of Object.values(shares)) expect(share).toBeGreaterThanOrEqual(0);
        const now = plannedReach(estimate, shares, {});
        expect(now).toBeCloseTo((estimate.interval.upper - estimate.interval.lower) / 2, 10);
        for (const times of [{ examples: 2 }, { overlap: 2 }, { raters: 2 }])
          expect(plannedReach(estimate, shares, times)).toBeLessThanOrEqual(now * (1 + 1e-12));
        expect(plannedReach(estimate, shares, { examples: 2 })).toBeLessThanOrEqual(
          plannedReach(estimate, shares, { overlap: 2 }) * (1 + 1e-12),
        );
      }),
      { seed, numRuns: 100 },
    );
  });

  test('what is needed is enough, and one fewer is not', () => {
    fc.assert(
      fc.property(
        designs,
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.2, max: 0.98, noNaN: true }),
        (design, from, narrower) => {
          const estimate = differenceOf(design, String(from));
          const shares = varianceShares(estimate);
          if (shares === null) return;
          const reach = plannedReach(estimate, shares, {}) * narrower;
          const overlap = estimate.votes / estimate.n;
          const needed = neededFor(estimate, shares, { reach, mostVotes: Math.floor(overlap) });
          const enough = {
            examples: (count: number) => ({ examples: count / estimate.n }),
            overlap: (count: number) => ({ overlap: count / overlap }),
            raters: (count: number) => ({ raters: count / estimate.raters }),
          };
          for (const name of ['examples', 'overlap', 'raters'] as const) {
            const count = needed[name];
            if (count === null) continue;
            expect(plannedReach(estimate, shares, enough[name](count))).toBeLessThanOrEqual(reach);
            expect(plannedReach(estimate, shares, enough[name](count - 1))).toBeGreaterThan(reach);
          }
          expect(needed.overlap ?? 0).toBeLessThanOrEqual(estimate.raters);
        },
      ),
      { seed, numRuns: 100 },
    );
  });

  test('one judgment an example, or no variance, cannot be split', () => {
    const once = differenceOf(
      {
        itemsPerArm: 20,
        overlap: 1,
        raters: 6,
        variances: { item: 1, rater: 0, raterBySource: 0, residual: 1 },
      },
      'once',
    );
    expect(varianceShares(once)).toBeNull();
    const same = differenceOf(
      {
        itemsPerArm: 20,
        overlap: 2,
        raters: 6,
        variances: { item: 0, rater: 0, raterBySource: 0, residual: 0 },
      },
      'same',
    );
    expect(varianceShares(same)).toBeNull();
  });
});

test.each([
  [50, 0.99],
  [100, 0.95],
  [100, 0.75],
])(
  'a detectable difference is found in about 80 of 100 studies: %i examples a set at %d',
  (size, share) => {
    const crowd: Crowd = {
      raters: 20,
      working: 'equal',
      items: [size, size],
      overlap: 3,
      shares: [share, share],
      item: 1.5,
      rater: 0.7,
      leaning: 0.2,
      bad: 0,
    };
    const random = createRandom(`detectable ${size} ${share}`);
    const differences = (of: Crowd, runs: number): TwoWayDifference[] => {
      const draw = crowdDrawer(of);
      return Array.from({ length: runs }, () => {
        const found = twoWayDifference(...draw(random));
        return found.kind === 'estimate' ? found : expect.unreachable();
      });
    };
    const sizes = differences(crowd, 60).map((found) => detectableDifference(found) ?? NaN);
    const detectable = sizes.reduce((sum, one) => sum + one, 0) / sizes.length;
    const lower = differences({ ...crowd, shares: [share - detectable, share] }, 200);
    const found = lower.filter(({ interval }) => (interval?.upper ?? 0) < 0).length / lower.length;
    // Three Monte Carlo errors; at .99 a little more is found than is said.
    expect(found).toBeGreaterThan(0.8 - 0.085);
    expect(found).toBeLessThan(share > 0.98 ? 0.97 : 0.8 + 0.085);
  },
);

test('a difference for the worse of what fewer of is better is detected on the other side', () => {
  const draw = crowdDrawer({
    raters: 10,
    working: 'equal',
    items: [60, 60],
    overlap: 3,
    shares: [0.02, 0.02],
    item: 1.5,
    rater: 0.7,
    leaning: 0,
    bad: 0,
  });
  const found = twoWayDifference(...draw(createRandom('unclear')));
  if (found.kind === 'undefined') return expect.unreachable();
  expect(detectableDifference(found, { higherIsBetter: false })).toBeGreaterThan(0.03);
  // Two points lower is all that there is.
  expect(detectableDifference(found, { higherIsBetter: true })).toBeNull();
});

test('means of items that have a vote, in rising order of items', () => {
  expect([
    ...itemMeans({
      items: Int32Array.of(3, 1, 3, 1),
      raters: Int32Array.of(0, 0, 1, 1),
      values: Float64Array.of(1, 5, 0, 4),
    }),
  ]).toEqual([4.5, 0.5]);
  expect([
    ...itemMeans({ items: new Int32Array(), raters: new Int32Array(), values: new Float64Array() }),
  ]).toEqual([]);
});
