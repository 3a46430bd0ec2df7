import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  brierScore,
  expectedCalibrationError,
  filterCurve,
  reliabilityBins,
} from '#statistics/calibration.js';
import { valueOf } from '#statistics/estimate.js';
import { createRandom } from '#statistics/random.js';
import { type Stratified, type Stratum, stratify } from '#statistics/stratified.js';
import {
  weightedBrier,
  weightedCalibrationError,
  weightedFilterCurve,
  weightedReliability,
} from '#statistics/weightedCalibration.js';
import { weightedAuroc } from '#statistics/weightedRoc.js';
import { weightedPoweredShare } from '#statistics/weightedShare.js';

function made(strata: readonly Stratum[], own: readonly number[]): Stratified {
  const sample = stratify(own, strata);
  return 'kind' in sample ? expect.unreachable(sample.because) : sample;
}

const one = (size: number, part = 0): Stratum => ({ size, mean: 0.5, part, group: 0 });

describe('with one stratum', () => {
  const random = createRandom('one stratum');
  const confidence = Array.from({ length: 120 }, () => Math.round(random() * 50) / 50);
  const right = confidence.map((value) => Number(random() < value));
  const sample = made(
    [one(1200)],
    right.map(() => 0),
  );
  const options = { seed: 's', replicates: 200, bins: 6 };

  test('all figures are the unweighted ones', () => {
    const bins = reliabilityBins(confidence, right, { bins: 6 });
    expect(
      weightedReliability(sample, confidence, right, options).map(
        ({ from, to, items, meanConfidence, share }) => [
          from,
          to,
          items,
          meanConfidence.toFixed(9),
          share.value.toFixed(9),
        ],
      ),
    ).toEqual(
      bins.map(({ from, to, items, meanConfidence, share }) => [
        from,
        to,
        items,
        meanConfidence.toFixed(9),
        valueOf(share)?.toFixed(9),
      ]),
    );
    expect(weightedBrier(sample, confidence, right, options).value).toBeCloseTo(
      valueOf(brierScore(confidence, right)) ?? 0,
      12,
    );
    expect(valueOf(weightedCalibrationError(sample, confidence, right, options))).toBeCloseTo(
      valueOf(expectedCalibrationError(confidence, right, options)) ?? 0,
      12,
    );
    const keep = [1, 0.5, 0.1];
    expect(
      weightedFilterCurve(sample, confidence, right, { ...options, keep }).map(
        ({ items, leastConfidence, share }) => [items, leastConfidence, share.value.toFixed(9)],
      ),
    ).toEqual(
      filterCurve(confidence, right, keep).map(({ items, leastConfidence, share }) => [
        items,
        leastConfidence,
        valueOf(share)?.toFixed(9),
      ]),
    );
  });
});

describe('kept for 1, dropped for 9', () => {
  // Two kept stand for one each, two dropped for nine each.
  const sample = made([one(2), one(18, 1)], [0, 0, 1, 1]);
  const [confidence, right] = [
    [0.9, 0.8, 0.4, 0.2],
    [1, 0, 1, 0],
  ];

  test('by hand', () => {
    const options = { seed: 1, replicates: 100 };
    expect(weightedBrier(sample, confidence, right, options).value).toBeCloseTo(
      (0.01 + 0.64 + 9 * 0.36 + 9 * 0.04) / 20,
      12,
    );
    const [low, high] = weightedReliability(sample, confidence, right, { ...options, bins: 2 });
    expect(low).toMatchObject({ items: 2, weight: 0.9 });
    expect(low?.share.value).toBeCloseTo(0.5, 12);
    expect(high?.weight).toBeCloseTo(0.1, 12);
    expect(
      valueOf(weightedCalibrationError(sample, confidence, right, { ...options, bins: 2 })),
    ).toBeCloseTo((Math.abs(9 * (0.6 - 1)) + Math.abs(1.7 - 1)) / 20, 12);
    const curve = weightedFilterCurve(sample, confidence, right, {
      ...options,
      keep: [1, 0.5, 0.1],
    });
    expect(curve.map(({ items }) => items)).toEqual([4, 3, 2]);
    expect(curve.map(({ kept }) => kept)).toEqual([1, 0.55, 0.1]);
    expect(curve[1]?.share.value).toBeCloseTo(10 / 11, 12);
  });
});

test('never NaN, and inside the interval', () => {
  const unit = fc.record({
    stratum: fc.integer({ min: 0, max: 3 }),
    confidence: fc.constantFrom(0, 0.2, 0.5, 0.9, 1),
    right: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 30 }), (units) => {
      const sample = stratify(
        units.map(({ stratum }) => stratum),
        [one(40), one(50), one(60, 1), one(70, 1)],
      );
      if ('kind' in sample) return;
      const confidence = units.map((each) => each.confidence);
      const right = units.map((each) => each.right);
      const options = { seed: 1, replicates: 20 };
      const powered = weightedPoweredShare(sample, right, confidence, options);
      const found = [
        weightedAuroc(sample, confidence, right, options),
        weightedBrier(sample, confidence, right, options),
        weightedCalibrationError(sample, confidence, right, { ...options, bins: 3 }),
        powered.plain,
        powered.powered,
        ...weightedReliability(sample, confidence, right, { ...options, bins: 3 }).map(
          ({ share }) => share,
        ),
        ...weightedFilterCurve(sample, confidence, right, { ...options, keep: [1, 0.5, 0.01] }).map(
          ({ share }) => share,
        ),
      ];
      for (const estimate of found) {
        if (estimate.kind === 'undefined') continue;
        expect(estimate.value).toBeGreaterThanOrEqual(0);
        expect(estimate.value).toBeLessThanOrEqual(1 + 1e-12);
        if (estimate.interval === undefined) continue;
        const { lower, upper, method } = estimate.interval;
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeLessThanOrEqual(1 + 1e-12);
        // A percentile interval of a distance, which is biased, need not hold it.
        if (method === 'stratified-percentile') continue;
        expect(lower).toBeLessThanOrEqual(estimate.value + 1e-12);
        expect(upper).toBeGreaterThanOrEqual(estimate.value - 1e-12);
      }
    }),
    { numRuns: 60 },
  );
});
