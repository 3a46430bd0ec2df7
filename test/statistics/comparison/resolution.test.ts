import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  detectableDifference,
  neededFor,
  plannedReach,
  varianceShares,
} from '#statistics/comparison/resolution.js';
import { tQuantile } from '#statistics/distributions.js';
import { createRandom } from '#statistics/random.js';
import { twoWayDifference, type TwoWayEstimated } from '#statistics/twoWay.js';
import { itemMeans } from '#statistics/votes.js';
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
          const needed = neededFor(estimate, shares, reach);
          const overlap = estimate.votes / estimate.n;
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

test('the detectable difference is 2.8 standard errors where nothing else is unknown, and more with few raters', () => {
  expect(detectableDifference(1, 1e7)).toBeCloseTo(1.959964 + 0.841621, 4);
  expect(detectableDifference(2, 4)).toBeCloseTo(2 * (tQuantile(0.975, 4) + tQuantile(0.8, 4)), 12);
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
