import { describe, expect, test } from 'vitest';
import { aurocDeLong } from '#statistics/calibration.js';
import { tQuantile } from '#statistics/distributions.js';
import type { Estimated } from '#statistics/estimate.js';
import { createRandom } from '#statistics/random.js';
import { type Stratified, type Stratum, stratify } from '#statistics/stratified.js';
import { weightedArea, weightedAuroc, weightedRoc } from '#statistics/weightedRoc.js';
import { drawJudged, planted } from '../support/stratified.js';

const stratum = (size: number, part = 0, group = 0): Stratum => ({ size, mean: 0, part, group });

function made(strata: readonly Stratum[], own: readonly number[]): Stratified {
  const sample = stratify(own, strata);
  return 'kind' in sample ? expect.unreachable(sample.because) : sample;
}

function sure(found: ReturnType<typeof weightedAuroc>): Estimated {
  return found.kind === 'undefined' ? expect.unreachable(found.because) : found;
}

/** Every pair of a positive and a negative unit, with the product of their weights. */
function pairByPair(
  scores: readonly number[],
  positive: readonly number[],
  weights: readonly number[],
): number {
  let [won, all] = [0, 0];
  for (const [one, score] of scores.entries())
    for (const [other, lower] of scores.entries()) {
      if (positive[one] !== 1 || positive[other] !== 0) continue;
      const weight = (weights[one] ?? 0) * (weights[other] ?? 0);
      all += weight;
      won += weight * (score > lower ? 1 : score === lower ? 0.5 : 0);
    }
  return won / all;
}

describe('the weighted area under the curve', () => {
  test('is the weighted Mann-Whitney statistic over all pairs, with ties', () => {
    const random = createRandom('pairs');
    for (let run = 0; run < 30; run++) {
      const units = Array.from({ length: 40 }, () => ({
        score: Math.floor(random() * 12) / 12,
        positive: Number(random() < 0.4),
        weight: 0.5 + 20 * random(),
      }));
      const [scores, positive, weights] = [
        units.map(({ score }) => score),
        units.map((unit) => unit.positive),
        units.map(({ weight }) => weight),
      ];
      expect(weightedArea(scores, positive, weights)).toBeCloseTo(
        pairByPair(scores, positive, weights),
        12,
      );
    }
  });

  test('by hand: two kept for 2, three dropped for 30', () => {
    // Weights 1, 1, 10, 10, 10. Positive .9 (1), .4 (10); negative .8 (1), .3 (10), .4 (10).
    // (.9 beats all: 1 · 21; .4 loses to .8, beats .3, ties with .4: 10 · (10 + 5)) / (11 · 21).
    const sample = made([stratum(2), stratum(30, 1)], [0, 0, 1, 1, 1]);
    const found = sure(
      weightedAuroc(sample, [0.9, 0.8, 0.4, 0.3, 0.4], [1, 0, 1, 0, 0], { seed: 1 }),
    );
    expect(found.value).toBeCloseTo((21 + 150) / (11 * 21), 12);
  });

  test('with one stratum and equal weights is that of DeLong, with its standard error', () => {
    const random = createRandom('delong');
    const right = Array.from({ length: 300 }, () => Number(random() < 0.5));
    const scores = right.map((one) => random() + 0.4 * one);
    const sample = made(
      [stratum(3000)],
      right.map(() => 0),
    );
    const found = sure(weightedAuroc(sample, scores, right, { seed: 'd', replicates: 2000 }));
    const known = sure(aurocDeLong(scores, right));
    expect(found.value).toBeCloseTo(known.value, 12);
    expect((found.standardError ?? 0) / (known.standardError ?? 1)).toBeCloseTo(1, 1);
    expect(found.interval?.lower).toBeCloseTo(known.interval?.lower ?? 0, 1.5);
  });

  test('classes that do not overlap have an interval all the same', () => {
    const own = Array.from({ length: 40 }, (_, unit) => Number(unit >= 20));
    const sample = made([stratum(20), stratum(20)], own);
    const found = sure(weightedAuroc(sample, [...own.keys()], own, { seed: 1 }));
    expect(found.value).toBe(1);
    // Wilson with 20 of 20 and t of 19 degrees of freedom.
    expect(found.interval?.lower).toBeCloseTo(20 / (20 + tQuantile(0.975, 19) ** 2), 12);
    expect(found.interval?.upper).toBe(1);
    expect(
      weightedAuroc(
        sample,
        [...own.keys()],
        own.map(() => 1),
        { seed: 1 },
      ),
    ).toMatchObject({
      kind: 'undefined',
      reason: 'one-class',
    });
  });

  test.each([
    ['one', [60]],
    ['two, one in each part,', [10, 60]],
    ['four, of which one has nearly all the weight,', [10, 20, 30, 60]],
  ])('%s not positive: there is a value, and no interval', (_, negative) => {
    const own = Array.from({ length: 100 }, (__, unit) => Number(unit >= 50));
    const sample = made([stratum(500), stratum(45_000, 1)], own);
    const scores = own.map((__, unit) => (unit * 37) % 101);
    const positive = own.map((__, unit) => Number(!negative.includes(unit)));
    const found = sure(weightedAuroc(sample, scores, positive, { seed: 1 }));
    expect(found.interval).toBeUndefined();
    expect(found.withoutInterval).toContain('fewer than 3 of one of the two outcomes');
    const curve = weightedRoc(sample, scores, positive, { seed: 1, at: [0.5] });
    if ('kind' in curve) expect.unreachable(curve.because);
    expect(curve.band[0]?.truePositive).not.toHaveProperty('interval');
    expect(curve.band[0]?.truePositive.withoutInterval).toContain('no interval is given');
  });

  test('three not positive: there is an interval, and replicates without them are counted', () => {
    const own = Array.from({ length: 40 }, () => 0);
    const sample = made([stratum(400)], own);
    const scores = own.map((_, unit) => (unit * 17) % 41);
    const positive = own.map((_, unit) => Number(unit % 14 !== 5));
    const found = sure(weightedAuroc(sample, scores, positive, { seed: 1, replicates: 500 }));
    expect(found.interval?.lower).toBeLessThan(found.value);
    expect(found.droppedReplicates).toBeGreaterThan(0);
    expect((found.replicates ?? 0) + (found.droppedReplicates ?? 0)).toBe(500);
  });

  test('500 of 5,000 kept, 200 + 200 judged: the planted area comes out, unweighted it does not', () => {
    const population = planted({
      candidates: 5000,
      kept: 500,
      judgedKept: 200,
      judgedDropped: 200,
      auroc: 0.81,
    });
    const random = createRandom('issue');
    const runs = 30;
    let [sum, covered, kept, both] = [0, 0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const judged = drawJudged(population, random, `issue ${run}`);
      const sample = made(judged.strata, judged.stratum);
      const options = { seed: run, replicates: 100 };
      const found = sure(weightedAuroc(sample, judged.confidence, judged.right, options));
      sum += found.value;
      const { lower, upper } = found.interval ?? { lower: 1, upper: 0 };
      covered += Number(lower <= 0.81 && 0.81 <= upper);
      const once = judged.right.map(() => 1);
      both += weightedArea(judged.confidence, judged.right, once) ?? 0;
      const inKept = judged.stratum.map((own) => Number(judged.strata[own]?.part === 0));
      kept += weightedArea(judged.confidence, judged.right, inKept) ?? 0;
    }
    expect(sum / runs).toBeCloseTo(0.81, 1.7);
    expect(covered / runs).toBeGreaterThan(0.85);
    expect(kept / runs).toBeLessThan(0.67);
    expect(both / runs).toBeGreaterThan(0.84);
  });
});

describe('the weighted curve', () => {
  test('its points are the weighted shares over every threshold, and its area is the area', () => {
    const judged = drawJudged(
      planted({
        candidates: 600,
        kept: 100,
        judgedKept: 40,
        judgedDropped: 60,
        auroc: 0.75,
        rounded: 20,
      }),
      createRandom('curve'),
      'curve',
    );
    const sample = made(judged.strata, judged.stratum);
    const at = [0, 0.25, 1];
    const found = weightedRoc(sample, judged.confidence, judged.right, { seed: 1, at });
    if ('kind' in found) expect.unreachable(found.because);
    const share = (right: number, threshold: number): number => {
      const of = (keep: (unit: number) => boolean): number =>
        sample.weights.reduce((sum, weight, unit) => sum + (keep(unit) ? weight : 0), 0);
      const own = (unit: number): boolean => judged.right[unit] === right;
      return of((unit) => own(unit) && (judged.confidence[unit] ?? 0) >= threshold) / of(own);
    };
    let [area, before] = [0, { falsePositive: 0, truePositive: 0 }];
    for (const point of found.curve) {
      expect(point.truePositive).toBeCloseTo(share(1, point.threshold), 12);
      expect(point.falsePositive).toBeCloseTo(share(0, point.threshold), 12);
      area +=
        ((point.falsePositive - before.falsePositive) *
          (point.truePositive + before.truePositive)) /
        2;
      before = point;
    }
    expect(before).toMatchObject({ falsePositive: 1, truePositive: 1 });
    expect(area).toBeCloseTo(
      weightedArea(judged.confidence, judged.right, sample.weights) ?? 0,
      12,
    );
    expect(found.band.map(({ falsePositive }) => falsePositive)).toEqual(at);
    expect(found.band[2]?.truePositive.value).toBeCloseTo(1, 12);
  });
});
