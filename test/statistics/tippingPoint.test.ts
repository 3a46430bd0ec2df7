import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  peoplesRate,
  peoplesWorstDifference,
  tippingDifference,
  tippingShare,
} from '#statistics/tippingPoint/tippingShare.js';
import { peoplesMajority, tippingMajority } from '#statistics/tippingPoint/tippingMajority.js';
import { wilsonInterval } from '#statistics/proportions.js';
import { wrongVerdicts } from './support/crowdRuns.js';

test('tipping points by hand', () => {
  expect(peoplesRate(0.93, 0.3, 1)).toBeCloseTo(0.9, 12);
  const above = { limit: 0.93, threshold: 0.9, verdict: 'above', upheld: 1 } as const;
  expect(tippingShare(above)).toMatchObject({ kind: 'tips', share: expect.closeTo(0.3, 12) });
  expect(tippingShare({ ...above, upheld: 0.85 })).toMatchObject({ reason: 'never' });
  expect(tippingShare({ ...above, upheld: 0.92 })).toMatchObject({ reason: 'never' });
  expect(tippingShare({ ...above, limit: 0.88 })).toMatchObject({ reason: 'no-verdict' });
  const below = { limit: 0.8, threshold: 0.9, verdict: 'below', upheld: 0.5 } as const;
  expect(tippingShare(below)).toMatchObject({ share: expect.closeTo(0.25, 12) });
  expect(tippingShare({ ...below, upheld: 1 })).toMatchObject({ reason: 'never' });
});

test('a difference tips earlier where the model may differ between sources', () => {
  // Seen +.01 with c = .3 and u of 1 and .9: people's difference is −.03 and less.
  expect(peoplesWorstDifference(0.01, 0.3, [0.9, 1]).lower).toBeCloseTo(-0.02 / 0.7, 12);
  const of = { limit: -0.02, bound: -0.05, verdict: 'above' } as const;
  expect(tippingDifference({ ...of, upheld: [0.9, 1] })).toMatchObject({
    share: expect.closeTo(0.03 / 0.15, 12),
  });
  expect(tippingDifference({ ...of, upheld: [1, 1] })).toMatchObject({
    share: expect.closeTo(0.6, 12),
  });
  const worse = { limit: -0.08, bound: -0.05, verdict: 'below' } as const;
  expect(tippingDifference({ ...worse, upheld: [0.8, 1] })).toMatchObject({
    share: expect.closeTo(0.03 / 0.15, 12),
  });
  expect(tippingDifference({ ...worse, upheld: [1, 1] })).toMatchObject({ reason: 'never' });
});

test('at the tipping point people’s limit is the threshold, and before it beyond', () => {
  // Nearer to each other than rounding errors are, no share lies between them.
  const unit = fc.integer({ min: 10, max: 990 }).map((thousandths) => thousandths / 1000);
  fc.assert(
    fc.property(unit, unit, unit, (limit, threshold, upheld) => {
      const verdict = limit > threshold ? 'above' : 'below';
      const point = tippingShare({ limit, threshold, verdict, upheld });
      const sign = verdict === 'above' ? 1 : -1;
      if (point.kind === 'tips') {
        expect(point.share).toBeGreaterThan(0);
        expect(point.share).toBeLessThan(1);
        expect(peoplesRate(limit, point.share, upheld)).toBeCloseTo(threshold, 6);
        const before = peoplesRate(limit, point.share / 2, upheld);
        expect(sign * (before - threshold)).toBeGreaterThan(0);
      } else if (point.reason === 'never')
        expect(sign * (peoplesRate(limit, 0.9, upheld) - threshold)).toBeGreaterThan(0);
    }),
  );
});

const votes = Int32Array.from({ length: 200 }, () => 3);
const upholding = Int32Array.from({ length: 200 }, (_, item) =>
  item < 150 ? 3 : item < 190 ? 2 : 0,
);

test('without model votes the majority has its Wilson interval, and it falls as they grow', () => {
  const at = (share: number): { value: number; lower: number; upper: number } => {
    const found = peoplesMajority({ votes, upholding }, share, { upheld: 1, seed: 1 });
    if (found === null) throw new Error('impossible');
    return found;
  };
  const { lower, upper } = wilsonInterval(190, 200);
  expect(at(0)).toEqual({
    value: 0.95,
    lower: expect.closeTo(lower, 12),
    upper: expect.closeTo(upper, 12),
  });
  expect(at(0.2).lower).toBeLessThan(at(0.1).lower);
  expect(at(0.1).lower).toBeLessThan(at(0).lower);
  expect(peoplesMajority({ votes, upholding }, 0.95, { upheld: 1, seed: 1 })).toBeNull();
});

test('a verdict about majorities tips, has none, or never does', () => {
  const of = { verdict: 'above', upheld: 1, seed: 1 } as const;
  const tips = tippingMajority({ votes, upholding }, { ...of, threshold: 0.85 });
  expect(tips.kind).toBe('tips');
  if (tips.kind === 'tips') expect(tips.share).toBeGreaterThan(0.05);
  const nearer = tippingMajority({ votes, upholding }, { ...of, threshold: 0.9 });
  if (tips.kind === 'tips' && nearer.kind === 'tips') expect(nearer.share).toBeLessThan(tips.share);
  expect(tippingMajority({ votes, upholding }, { ...of, threshold: 0.94 })).toMatchObject({
    reason: 'no-verdict',
  });
});

test('below the tipping point verdicts are wrong no more often than intervals', () => {
  for (const share of [0, 0.2])
    for (const { name, wrong } of wrongVerdicts({ runs: 60, share, from: 'test' }))
      expect([name, wrong <= 0.12]).toEqual([name, true]);
});
