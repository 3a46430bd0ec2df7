import { describe, expect, test } from 'vitest';
import { sampleOf } from '#statistics/comparison/means.js';
import { verdict } from '#statistics/comparison/verdict.js';
import {
  aurocDeLong,
  brierScore,
  expectedCalibrationError,
  filterCurve,
  reliabilityBins,
} from '#statistics/calibration.js';
import { pigeonholeDifference, pigeonholeMean } from '#statistics/pigeonhole.js';
import { predictionPoweredShare } from '#statistics/predictionPowered.js';
import type { Estimated } from '#statistics/estimate.js';
import { betaQuantile, tCdf, tQuantile } from '#statistics/distributions.js';
import { proportion } from '#statistics/proportions.js';
import { createRandom, randomNormal } from '#statistics/random.js';
import {
  binomialAtMost,
  binomialChance,
  mostAlike,
  setsBelow,
  shareBelowTest,
  shrinkShares,
} from '#statistics/shrinkage.js';
import { twoWayDifference, twoWayMean } from '#statistics/twoWay.js';
import { simulateArms, wide } from './support/simulation.js';

function sure<T extends { readonly kind: string }>(result: T): Exclude<T, { kind: 'undefined' }> {
  if (result.kind === 'undefined') return expect.unreachable('defined');
  return result as Exclude<T, { kind: 'undefined' }>;
}

const width = ({ interval }: Estimated): number =>
  (interval?.upper ?? NaN) - (interval?.lower ?? NaN);

describe('verdicts against a margin', () => {
  const difference =
    (value: number, standardError: number, degreesOfFreedom = 1e7) =>
    (level: number) => {
      const reach = tQuantile(1 - (1 - level) / 2, degreesOfFreedom) * standardError;
      return { lower: value - reach, upper: value + reach };
    };

  test('each verdict where it belongs', () => {
    expect(verdict(difference(0.1, 0.02), { margin: 0.05 }).kind).toBe('better');
    expect(verdict(difference(-0.1, 0.02), { margin: 0.05 }).kind).toBe('worse');
    expect(verdict(difference(0, 0.02), { margin: 0.05 })).toMatchObject({
      kind: 'equivalent',
      equivalent: true,
    });
    expect(verdict(difference(0.03, 0.02), { margin: 0.05 }).kind).toBe('not-worse');
    expect(verdict(difference(-0.03, 0.02), { margin: 0.05 }).kind).toBe('undecided');
    expect(verdict(null, { margin: 0.05 }).kind).toBe('no-interval');
  });

  test('fewer is better turns it round', () => {
    expect(verdict(difference(0.1, 0.02), { margin: 0.05, higherIsBetter: false }).kind).toBe(
      'worse',
    );
  });

  test('equivalent by the narrower interval alone is not said where the wider one reaches across the margin', () => {
    // 90 % interval -.0483 to -.0023, 95 % interval -.0527 to .0021.
    expect(verdict(difference(-0.0253, 0.01399), { margin: 0.05 })).toMatchObject({
      kind: 'undecided',
      equivalent: true,
    });
  });

  test('the p-values of the two sides of the margin make one', () => {
    const { nonInferiority, inferiority } = verdict(difference(-0.03, 0.02, 7), { margin: 0.05 });
    expect((nonInferiority ?? NaN) + (inferiority ?? NaN)).toBeCloseTo(1, 12);
  });

  test('the p-values are those of t tests where the limits are those of t', () => {
    const found = verdict(difference(-0.03, 0.02, 7), { margin: 0.05 });
    expect(found.nonInferiority).toBeCloseTo(tCdf(-1, 7), 9);
    expect(found.equivalence).toBeCloseTo(tCdf(-1, 7), 9);
    expect(found.difference).toBeCloseTo(2 * tCdf(-1.5, 7), 9);
  });

  test('without a margin a set is better, worse or neither', () => {
    expect(verdict(difference(0.1, 0.02), { margin: 0 }).kind).toBe('better');
    expect(verdict(difference(-0.1, 0.02), { margin: 0 }).kind).toBe('worse');
    expect(verdict(difference(0.001, 0.02), { margin: 0 })).toMatchObject({
      kind: 'undecided',
      equivalent: false,
    });
    expect(() => verdict(difference(0, 1), { margin: -0.1 })).toThrow(RangeError);
  });
});

describe('many sets together', () => {
  test('sets that differ by chance alone are all at the centre', () => {
    const found = sure(
      shrinkShares(Array.from({ length: 30 }, () => ({ successes: 95, trials: 100 }))),
    );
    expect(found).toMatchObject({ onlyChance: true, alikeness: mostAlike });
    for (const set of found.sets) expect(set.value).toBeCloseTo(0.95, 4);
  });

  test('the centre and the scatter come back from a simulation, and small sets are drawn in more', () => {
    const random = createRandom('suite');
    const shares = Array.from({ length: 400 }, (_, set) => {
      const truth = 1 / (1 + Math.exp(-(1.8 + 0.7 * randomNormal(random))));
      const trials = set % 2 === 0 ? 20 : 200;
      return {
        trials,
        successes: Array.from({ length: trials }, () => random() < truth).filter(Boolean).length,
      };
    });
    const found = sure(shrinkShares(shares));
    expect(found.centre).toBeGreaterThan(0.82);
    expect(found.centre).toBeLessThan(0.86);
    expect(found.alikeness).toBeGreaterThan(8);
    expect(found.alikeness).toBeLessThan(20);
    expect(found.onlyChance).toBe(false);
    const [small, large] =
      [
        shrinkShares([...shares, { successes: 10, trials: 20 }, { successes: 100, trials: 200 }]),
      ].map((each) => sure(each).sets.slice(-2))[0] ?? [];
    expect(small?.value).toBeGreaterThan(large?.value ?? NaN);
  });

  test('intervals of sets hold their truth as often as they say, also where sets hardly differ or are few', () => {
    for (const [sets, alikeness] of [
      [4, 1e6],
      [8, 200],
      [8, 20],
      [40, 1e6],
      [40, 60],
    ] as const) {
      const random = createRandom(`coverage ${sets} ${alikeness}`);
      let [held, all] = [0, 0];
      for (let run = 0; run < 1200 / sets; run++) {
        const truths = Array.from({ length: sets }, () =>
          betaQuantile(random(), 0.95 * alikeness, 0.05 * alikeness),
        );
        const found = sure(
          shrinkShares(
            truths.map((truth) => ({
              trials: 100,
              successes: Array.from({ length: 100 }, () => random() < truth).filter(Boolean).length,
            })),
          ),
        );
        for (const [set, truth] of truths.entries()) {
          const { lower, upper } = found.sets[set]?.interval ?? { lower: NaN, upper: NaN };
          if (lower <= truth && truth <= upper) held++;
          expect(found.sets[set]?.value).toBeGreaterThanOrEqual(lower);
          expect(found.sets[set]?.value).toBeLessThanOrEqual(upper);
          all++;
        }
      }
      expect({ sets, alikeness, coverage: held / all > 0.9 }).toEqual({
        sets,
        alikeness,
        coverage: true,
      });
    }
  });

  test('133 sets at 95.7 %: half a set below 90 % by chance', () => {
    const found = sure(
      setsBelow(
        Array.from({ length: 133 }, (_, set) => ({
          successes: set % 10 < 7 ? 96 : 95,
          trials: 100,
        })),
        0.9,
      ),
    );
    expect(found.observed).toBe(0);
    expect(found.byChance).toBeGreaterThan(0.4);
    expect(found.byChance).toBeLessThan(0.6);
    expect(found.truly).toBeLessThan(0.1);
    expect(found.probabilities).toHaveLength(133);
    expect(found.anyByChance).toBeLessThan(found.byChance);
  });

  test('binomial chances add up', () => {
    let sum = 0;
    for (let x = 0; x <= 12; x++) {
      sum += binomialChance(x, 12, 0.3);
      expect(binomialAtMost(x, 12, 0.3)).toBeCloseTo(sum, 10);
    }
    expect(shareBelowTest({ successes: 0, trials: 3 }, 0.5)).toBeCloseTo(0.125, 12);
    expect(shrinkShares([]).kind).toBe('undefined');
  });
});

describe('pigeonhole bootstrap', () => {
  const variances = { item: 0.25, rater: 0.15, raterBySource: 0.05, residual: 0.41 };

  test('gives the estimates of the two-way interval, and is wider', () => {
    const [first, second] = simulateArms(
      { itemsPerArm: 60, overlap: 3, raters: 12, variances },
      createRandom('pigeon'),
    );
    const one = sure(pigeonholeMean(first, { seed: 1, replicates: 400 }));
    expect(one.value).toBeCloseTo(sure(twoWayMean(first, { scale: wide })).value, 12);
    const wider = sure(pigeonholeDifference(first, second, { seed: 1, replicates: 400 }));
    const narrow = sure(twoWayDifference(first, second, { scale: wide }));
    expect(wider.value).toBeCloseTo(narrow.value, 12);
    const { items, raters, cells } = narrow.variance;
    expect(wider.standardError).toBeGreaterThan(Math.sqrt(items + raters - cells));
  });

  test('says why where there are too few raters or no votes', () => {
    const votes = {
      items: Int32Array.of(0, 0, 1),
      raters: Int32Array.of(0, 1, 0),
      values: Float64Array.of(1, 0, 1),
    };
    expect(pigeonholeMean(votes, { seed: 1 })).toMatchObject({
      kind: 'estimate',
      value: 0.75,
      withoutInterval: expect.stringContaining('4 raters') as string,
    });
    expect(
      pigeonholeMean(
        { items: new Int32Array(0), raters: new Int32Array(0), values: new Float64Array(0) },
        { seed: 1 },
      ).kind,
    ).toBe('undefined');
  });
});

describe('confidence against the crowd', () => {
  const random = createRandom('confidence');
  const confidence = Float64Array.from({ length: 1000 }, () => random());
  const calibrated = confidence.map((value) => (random() < value ? 1 : 0));
  const overconfident = confidence.map((value) => (random() < 0.5 + (value - 0.5) / 2 ? 1 : 0));

  test('the Brier score is the sum of its parts where bins are single values', () => {
    const steps = Float64Array.from({ length: 200 }, (_, item) => (1 + (item % 5)) / 6);
    const right = Float64Array.from({ length: 200 }, (_, item) => (item % 3 === 0 ? 1 : 0));
    const score = sure(brierScore(steps, right, { bins: 5 }));
    expect(score.value).toBeCloseTo(score.reliability - score.resolution + score.uncertainty, 12);
    expect(score.interval?.lower).toBeLessThan(score.value);
  });

  test('calibration error is read against chance', () => {
    const options = { seed: 2, replicates: 200 };
    const good = sure(expectedCalibrationError(confidence, calibrated, options));
    const bad = sure(expectedCalibrationError(confidence, overconfident, options));
    expect(good.value).toBeLessThan(good.byChanceUpper);
    expect(bad.value).toBeGreaterThan(bad.byChanceUpper);
    expect(bad.value).toBeCloseTo(0.125, 1);
  });

  test('the order of the items changes no digit of the calibration error', () => {
    const order = [...confidence.keys()].toSorted(
      (one, other) => ((one * 7919) % 1000) - ((other * 7919) % 1000),
    );
    const of = (items: readonly number[]) =>
      expectedCalibrationError(
        items.map((item) => confidence[item] ?? 0),
        items.map((item) => calibrated[item] ?? 0),
        { seed: 3, replicates: 50, bins: 7 },
      );
    expect(of(order)).toEqual(of([...confidence.keys()]));
  });

  test('bins hold all items once, equal confidences together', () => {
    for (const binning of ['equal-count', 'equal-width'] as const) {
      const bins = reliabilityBins(
        confidence.map((value) => Math.round(value * 20) / 20),
        calibrated,
        { binning, bins: 8 },
      );
      expect(bins.reduce((sum, bin) => sum + bin.items, 0)).toBe(1000);
      for (const [index, bin] of bins.entries())
        expect(bin.from).toBeGreaterThan(bins[index - 1]?.to ?? -1);
    }
    expect(reliabilityBins([], [])).toEqual([]);
  });

  test('the area under the curve with its interval (values of pROC for aSAH-like data by hand)', () => {
    const area = sure(aurocDeLong([1, 2, 3, 4], [0, 1, 0, 1]));
    expect(area.value).toBe(0.75);
    // Placements: positives 1/2 and 1, negatives 1 and 1/2: variance (1/8)/2 + (1/8)/2.
    expect(area.standardError).toBeCloseTo(Math.sqrt(0.125), 12);
    expect(aurocDeLong([1, 2], [1, 1]).kind).toBe('undefined');
  });

  test('the filter curve keeps the most confident', () => {
    const curve = filterCurve(confidence, calibrated, [0.1, 0.5, 1], confidence);
    expect(curve.map(({ items }) => items)).toEqual([100, 500, 1000]);
    expect(curve[0]?.measure).toBeGreaterThan(curve[2]?.measure ?? NaN);
    expect(sure(curve[0]?.share ?? expect.unreachable()).value).toBeGreaterThan(0.85);
  });
});

describe('prediction-powered mean', () => {
  // Labels near 95 % right and samples of 50 are where a large-sample interval falls short.
  test.each([
    [100, 0.5, 0.8],
    [50, 0.9, 0.1],
    [100, 0.95, 0.08],
  ])('%i judged, %f upheld: the interval holds the truth', (judged, share, gain) => {
    const random = createRandom(`powered ${judged} ${share}`);
    let hits = 0;
    let narrower = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const all = Array.from({ length: judged + 1000 }, () => {
        const prediction = random();
        const chance = share + gain * (prediction > 0.5 ? 0.5 : -0.5);
        return { prediction, outcome: random() < chance ? 1 : 0 };
      });
      const sample = all.slice(0, judged);
      const found = sure(
        predictionPoweredShare(
          sample.map(({ outcome }) => outcome),
          sample.map(({ prediction }) => prediction),
          sampleOf(all.slice(judged).map(({ prediction }) => prediction)),
        ),
      );
      if ((found.interval?.lower ?? NaN) <= share && share <= (found.interval?.upper ?? NaN))
        hits++;
      const plain = proportion(sample.filter(({ outcome }) => outcome === 1).length, judged);
      if (width(found) < width(sure(plain))) narrower++;
    }
    // .93, less two errors of the simulation.
    expect(hits / runs).toBeGreaterThan(0.905);
    if (gain > 0.5) expect(narrower / runs).toBeGreaterThan(0.9);
  });

  test('where every label is upheld the interval is that of the plain share', () => {
    const found = sure(
      predictionPoweredShare([1, 1, 1, 1], [0.7, 0.8, 0.9, 0.95], sampleOf([0.5, 0.9])),
    );
    expect(found).toMatchObject({ value: 1, lambda: 0, interval: { upper: 1 } });
    expect(found.interval?.lower).toBeLessThan(0.51);
  });

  test('useless predictions leave the plain share', () => {
    expect(
      sure(predictionPoweredShare([1, 0, 1, 1], [0.5, 0.5, 0.5, 0.5], sampleOf([0.5, 0.5]))),
    ).toMatchObject({ value: 0.75, lambda: 0 });
    expect(
      sure(
        predictionPoweredShare(
          [1, 0, 1, 1, 0, 1],
          [0.8, 0.8, 0.8, 0.8, 0.8, 0.8],
          sampleOf([0.8, 0.8, 0.8]),
        ),
      ),
    ).toMatchObject({ lambda: 0 });
    expect(predictionPoweredShare([], [], sampleOf([])).kind).toBe('undefined');
  });
});
