import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fitCumulativeLinkMixed } from '#statistics/mixed/cumulativeLink.js';
import { itemsOf, mixedDesign, type MixedDesign } from '#statistics/mixed/design.js';
import {
  type Approximation,
  approximations,
  maximumLikelihood,
  type MaximumLikelihood,
} from '#statistics/mixed/fit.js';
import { emptyMoments, ItemIntegral } from '#statistics/mixed/itemIntegral.js';
import { itemQuadratureLikelihood } from '#statistics/mixed/itemQuadrature.js';
import { laplaceLikelihood } from '#statistics/mixed/laplace.js';
import { fitLogisticMixed } from '#statistics/mixed/logistic.js';
import { layoutOf, parametersAt } from '#statistics/mixed/parameters.js';
import { profileLimits } from '#statistics/mixed/profile.js';
import { RaterLoadings } from '#statistics/mixed/raterLoadings.js';
import { createRandom, shuffle } from '#statistics/random.js';
import type { Votes } from '#statistics/votes.js';
import { expectClose, printDifferences } from '../fixtures.js';
import { cases, itemCases } from './cases.js';
import { asBinary, type MixedStudy, seededStudy, simulateStudy } from './simulation.js';

const values = z.object({
  effect: z.number(),
  standardError: z.number(),
  thresholds: z.array(z.number()),
  item: z.number(),
  rater: z.number(),
  raterBySource: z.number(),
  logLikelihood: z.number(),
  profiledError: z.number().optional(),
  lower: z.number().optional(),
  upper: z.number().optional(),
});
const reference = z
  .object({
    note: z.string(),
    cases: z.record(z.string(), values),
    itemCases: z.record(z.string(), values),
  })
  .parse(JSON.parse(readFileSync('test/statistics/mixed/reference.json', 'utf8')));
const normalReach = 1.959963984540054;
const seed = Number(process.env['ASSAY_PROPERTY_SEED'] ?? 20240501);

function designOf(votes: readonly [Votes, Votes]): MixedDesign {
  const design = mixedDesign(...votes);
  return design.kind === 'design' ? design : expect.unreachable(design.because);
}

function maximumOf(
  votes: readonly [Votes, Votes],
  leanings: boolean,
  approximation: Approximation,
): MaximumLikelihood {
  const fit = maximumLikelihood(designOf(votes), leanings, approximation);
  return fit.kind === 'maximum' ? fit : expect.unreachable(fit.because);
}

function sure<T extends { readonly kind: string }>(result: T): Exclude<T, { kind: 'undefined' }> {
  return result.kind === 'undefined'
    ? expect.unreachable('defined')
    : (result as Exclude<T, { kind: 'undefined' }>);
}

function compare(fit: MaximumLikelihood, expected: z.infer<typeof values>): void {
  const { layout, point } = fit;
  const model = layout.item === 2 ? 'mixed_logistic' : 'mixed_cumulative';
  expectClose(fit.logLikelihood, expected.logLikelihood, 1e-7, `${model} log-likelihood`);
  expectClose(point[0], expected.effect, 1e-4, `${model} effect`);
  for (const [index, threshold] of expected.thresholds.entries())
    expectClose(point[layout.thresholds + index], threshold, 1e-4, `${model} threshold`);
  expectClose(point[layout.item], expected.item, 1e-4, `${model} item`);
  expectClose(point[layout.rater], expected.rater, 1e-4, `${model} rater`);
  if (layout.raterBySource !== null)
    expectClose(
      point[layout.raterBySource],
      expected.raterBySource,
      1e-4,
      `${model} rater by source`,
    );
  expectClose(
    Math.sqrt(fit.covariance[0] ?? NaN),
    expected.standardError,
    1e-3,
    `${model} standard error`,
  );
}

describe('mixed models against lme4 and ordinal', () => {
  for (const [name, { study, leanings }] of Object.entries(cases)) {
    test(name, () => {
      const expected = reference.cases[name] ?? expect.unreachable(name);
      const fit = maximumOf(seededStudy(study, name), leanings, 'laplace');
      compare(fit, expected);
      expectClose(
        Math.sqrt(fit.covariance[0] ?? NaN),
        expected.profiledError ?? NaN,
        1e-4,
        `${fit.layout.item === 2 ? 'mixed_logistic' : 'mixed_cumulative'} standard error`,
      );
      const limits = profileLimits(fit, normalReach);
      const model = fit.layout.item === 2 ? 'mixed_logistic' : 'mixed_cumulative';
      expectClose(limits?.lower, expected.lower ?? NaN, 1e-4, `${model} lower`);
      expectClose(limits?.upper, expected.upper ?? NaN, 1e-4, `${model} upper`);
    });
  }

  // Where one rater gave all votes there is no variance of raters, and the integral over items is
  // all there is.
  for (const [name, study] of Object.entries(itemCases)) {
    test(`items integrated by quadrature: ${name}`, () =>
      compare(
        maximumOf(seededStudy(study, name).map(byOneRater) as [Votes, Votes], false, 'quadrature'),
        reference.itemCases[name] ?? expect.unreachable(name),
      ));
  }

  afterAll(printDifferences);
});

function byOneRater(votes: Votes): Votes {
  return { ...votes, raters: new Int32Array(votes.raters.length) };
}

const small: MixedStudy = {
  itemsPerArm: [25, 20],
  overlap: [2, 4],
  raters: 7,
  item: 1,
  rater: 0.7,
  leaning: 0.5,
  effect: 0.5,
  thresholds: [-2, -1, 0.5],
};
const smallBinary: MixedStudy = { ...small, thresholds: [-1] };

describe('mixed models', () => {
  test('the gradient is that of the likelihood, in both approximations', () => {
    for (const study of [small, smallBinary]) {
      const design = designOf(seededStudy(study, 'gradient'));
      for (const leanings of [false, true]) {
        const layout = layoutOf(design, leanings);
        for (const objective of [
          laplaceLikelihood(design, layout),
          itemQuadratureLikelihood(design, layout),
        ]) {
          const point = Float64Array.from({ length: layout.size }, (_, index) =>
            index === 0 ? 0.3 : index < layout.item ? index - 2 : 0.5 + 0.2 * (index - layout.item),
          );
          const [gradient, unused] = [new Float64Array(layout.size), new Float64Array(layout.size)];
          objective(point, gradient);
          for (const [index, coordinate] of point.entries()) {
            const step = 1e-4;
            const high = objective(point.with(index, coordinate + step), unused);
            expect(
              (high - objective(point.with(index, coordinate - step), unused)) / (2 * step),
            ).toBeCloseTo(gradient[index] ?? NaN, 5);
          }
        }
      }
    }
  });

  test('the moments of an item are the derivatives of its log integral', () => {
    const design = designOf(seededStudy(small, 'one item'));
    const layout = layoutOf(design, true);
    const point = Float64Array.from([0.3, -1, 0, 1.5, 1.2, 1, 1]);
    const parameters = parametersAt(layout, point) ?? expect.unreachable();
    const loadings = new RaterLoadings(design, layout, parameters);
    const item = itemsOf(design)[0] ?? expect.unreachable();
    const integral = new ItemIntegral(parameters, loadings, item.levels.length);
    // Deviations of 1: the effect of a vote's rater is what its predictor moves by.
    const scoresAt = (effects: Float64Array): { log: number; scores: Float64Array } => {
      const log = integral.integrate(item, effects);
      const moments = emptyMoments(item);
      integral.fillMoments(moments);
      return { log, scores: moments.scores };
    };
    const effects = Float64Array.from({ length: loadings.size }, (_, index) => 0.1 * index - 0.4);
    integral.integrate(item, effects);
    const moments = emptyMoments(item);
    integral.fillMoments(moments);
    const step = 1e-4;
    for (const [one, rater] of item.raters.entries()) {
      const value = effects[rater] ?? NaN;
      const high = scoresAt(effects.with(rater, value + step));
      const low = scoresAt(effects.with(rater, value - step));
      expect((high.log - low.log) / (2 * step)).toBeCloseTo(moments.scores[one] ?? NaN, 6);
      for (const other of item.raters.keys())
        expect(((low.scores[other] ?? NaN) - (high.scores[other] ?? NaN)) / (2 * step)).toBeCloseTo(
          moments.bends[one * item.raters.length + other] ?? NaN,
          6,
        );
    }
  });

  test('order of votes, names of items and raters: nothing changes', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom<Approximation>('laplace', 'quadrature'),
        (shuffling, approximation) => {
          const [first, second] = seededStudy(small, 'relabel');
          const random = createRandom(shuffling);
          const raters = shuffle(
            Array.from({ length: 30 }, (_, rater) => rater),
            random,
          );
          const relabelled = (votes: Votes): Votes => {
            const order = shuffle([...votes.items.keys()], random);
            const items = shuffle(
              Array.from({ length: 60 }, (_, item) => item),
              random,
            );
            return {
              items: Int32Array.from(order, (vote) => items[votes.items[vote] ?? 0] ?? 0),
              raters: Int32Array.from(order, (vote) => raters[votes.raters[vote] ?? 0] ?? 0),
              values: Float64Array.from(order, (vote) => votes.values[vote] ?? 0),
            };
          };
          const plain = sure(fitCumulativeLinkMixed(first, second, { approximation }));
          const other = sure(
            fitCumulativeLinkMixed(relabelled(first), relabelled(second), { approximation }),
          );
          expect(other.logLikelihood).toBeCloseTo(plain.logLikelihood, 8);
          expect(other.effect.value).toBeCloseTo(plain.effect.value, 4);
          expect(other.effect.interval?.lower).toBeCloseTo(plain.effect.interval?.lower ?? NaN, 4);
          expect(other.superiority.interval?.upper).toBeCloseTo(
            plain.superiority.interval?.upper ?? NaN,
            4,
          );
        },
      ),
      { seed, numRuns: 4 },
    );
  });

  test('sources swapped or the scale turned round: the sign changes, nothing else', () => {
    for (const approximation of ['laplace', 'quadrature'] as const) {
      const [first, second] = seededStudy(small, 'swap');
      const plain = sure(fitCumulativeLinkMixed(first, second, { approximation }));
      const turned = (votes: Votes): Votes => ({
        ...votes,
        values: votes.values.map((value) => 10 - 2 * value),
      });
      for (const other of [
        fitCumulativeLinkMixed(second, first, { approximation }),
        fitCumulativeLinkMixed(turned(first), turned(second), { approximation }),
      ].map(sure)) {
        expect(other.logLikelihood).toBeCloseTo(plain.logLikelihood, 8);
        expect(other.effect.value).toBeCloseTo(-plain.effect.value, 4);
        expect(other.effect.standardError).toBeCloseTo(plain.effect.standardError ?? NaN, 4);
        expect(other.effect.interval?.lower).toBeCloseTo(-(plain.effect.interval?.upper ?? NaN), 4);
        expect(other.superiority.value).toBeCloseTo(1 - plain.superiority.value, 4);
        expect(other.test?.p).toBeCloseTo(plain.test?.p ?? NaN, 4);
      }
    }
  });

  test('the logistic model is the cumulative one of two levels', () => {
    const votes = asBinary(seededStudy(smallBinary, 'two levels'));
    const logistic = sure(fitLogisticMixed(...votes));
    const cumulative = sure(fitCumulativeLinkMixed(...votes, { scale: [0, 1, 2] }));
    expect(cumulative).toMatchObject({
      levels: [0, 1],
      unused: [2],
      effect: logistic.effect,
      test: logistic.test,
    });
    expect(logistic.difference.value).toBeCloseTo(logistic.first - logistic.second, 12);
    expect(cumulative.superiority.value).toBeCloseTo(0.5 + logistic.difference.value / 2, 10);
    expect(cumulative.first[1]).toBeCloseTo(logistic.first, 12);
  });

  test('interval and p-value agree', () => {
    for (let run = 0; run < 6; run++) {
      const fit = sure(
        fitCumulativeLinkMixed(...seededStudy({ ...small, effect: 1.3 }, `agree ${run}`), {
          approximation: 'laplace',
        }),
      );
      const p = fit.test?.p ?? NaN;
      const again = sure(
        fitCumulativeLinkMixed(...seededStudy({ ...small, effect: 1.3 }, `agree ${run}`), {
          approximation: 'laplace',
          level: 1 - p,
        }),
      );
      expect(
        Math.min(
          Math.abs(again.effect.interval?.lower ?? NaN),
          Math.abs(again.effect.interval?.upper ?? NaN),
        ),
      ).toBeLessThan(1e-5);
    }
  });

  test('nearly all right and three votes an item: Laplace runs away, quadrature does not', () => {
    const study: MixedStudy = {
      itemsPerArm: [100, 100],
      overlap: [3, 3],
      raters: 30,
      item: 1.5,
      rater: 0.7,
      leaning: 0,
      effect: 0,
      thresholds: [-3.9],
    };
    const found = [1, 3].map((run) => asBinary(seededStudy(study, `sparse ${run}`)));
    const deviations = (approximation: Approximation): number[] =>
      found
        .map((votes) => fitLogisticMixed(...votes, { approximation }))
        .map((fit) => (fit.kind === 'fit' ? fit.deviations.item : Infinity));
    expect(Math.max(...deviations('laplace'))).toBeGreaterThan(5);
    expect(Math.max(...deviations('quadrature'))).toBeLessThan(3);
  });
});

describe('mixed models that cannot be fitted say why', () => {
  const votes = (values: readonly number[], raters = 5): Votes => ({
    items: Int32Array.from(values, (_, vote) => Math.floor(vote / 2)),
    raters: Int32Array.from(values, (_, vote) => vote % raters),
    values: Float64Array.from(values),
  });
  const none = votes([]);

  test('no votes, one source, one answer, separation', () => {
    expect(fitLogisticMixed(none, none)).toMatchObject({ reason: 'no-data' });
    expect(fitLogisticMixed(votes([0, 1]), none)).toMatchObject({ reason: 'one-source' });
    expect(fitLogisticMixed(votes([1, 1]), votes([1, 1]))).toMatchObject({ reason: 'one-answer' });
    expect(fitLogisticMixed(votes([1, 1, 1, 1]), votes([0, 1, 0, 1]))).toMatchObject({
      reason: 'separated',
    });
    expect(fitCumulativeLinkMixed(votes([1, 2, 2]), votes([2, 3, 3]))).toMatchObject({
      reason: 'separated',
    });
    expect(fitCumulativeLinkMixed(votes([2, 2, 2, 2]), votes([1, 3, 2, 1, 3, 2])).kind).toBe('fit');
  });

  test('items on which everybody agrees have no finite variance', () => {
    const unanimous = votes([0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1]);
    for (const approximation of ['laplace', 'quadrature'] as const)
      expect(fitLogisticMixed(unanimous, unanimous, { approximation })).toMatchObject({
        reason: 'unbounded-variance',
      });
  });

  test('more raters than it can take', () => {
    const many = {
      ...votes(Array.from({ length: 1400 }, (_, vote) => vote % 2)),
      raters: Int32Array.from({ length: 1400 }, (_, vote) => vote),
    };
    expect(fitLogisticMixed(many, many)).toMatchObject({ reason: 'too-many-raters' });
  });

  test('under four raters the values stand without an interval', () => {
    const fit = sure(
      fitLogisticMixed(
        ...asBinary(seededStudy({ ...smallBinary, raters: 3, overlap: [2, 3] }, 'three raters')),
      ),
    );
    expect(fit.effect).toMatchObject({
      withoutInterval: expect.stringContaining('4 raters') as string,
    });
    expect(fit.difference).toMatchObject({
      withoutInterval: expect.stringContaining('4 raters') as string,
    });
    expect(fit.effect.interval ?? fit.test).toBeUndefined();
  });

  test('values that are no votes are refused', () => {
    expect(() => fitLogisticMixed(votes([0, 2]), votes([0, 1]))).toThrow(RangeError);
    expect(() => fitCumulativeLinkMixed(votes([0, NaN]), votes([0, 1]))).toThrow(RangeError);
    expect(() =>
      fitLogisticMixed({ ...votes([0, 1]), raters: new Int32Array(1) }, votes([0, 1])),
    ).toThrow(RangeError);
  });

  test('whatever the votes: never NaN, never a crash, intervals the right way round', () => {
    const arm = fc
      .array(
        fc.record({ item: fc.nat(4), rater: fc.nat(5), value: fc.integer({ min: 1, max: 4 }) }),
        { maxLength: 14 },
      )
      .map((rows): Votes => ({
        items: Int32Array.from(rows, ({ item }) => item),
        raters: Int32Array.from(rows, ({ rater }) => rater),
        values: Float64Array.from(rows, ({ value }) => value),
      }));
    fc.assert(
      fc.property(
        arm,
        arm,
        fc.constantFrom(...(Object.keys(approximations) as Approximation[])),
        (first, second, approximation) => {
          const fit = fitCumulativeLinkMixed(first, second, { approximation });
          if (fit.kind === 'undefined') return;
          for (const { value, interval } of [fit.effect, fit.superiority]) {
            expect(Number.isFinite(value)).toBe(true);
            if (interval === undefined) continue;
            expect(interval.lower).toBeLessThanOrEqual(value);
            expect(interval.upper).toBeGreaterThanOrEqual(value);
          }
          for (const number of [
            ...fit.thresholds,
            ...Object.values(fit.deviations),
            ...fit.first,
            ...fit.second,
            fit.logLikelihood,
            fit.test?.p ?? 0,
          ])
            expect(Number.isFinite(number)).toBe(true);
        },
      ),
      { seed, numRuns: 80 },
    );
  });
});

/** The simulation of which bench/mixed.ts runs the full size. */
describe('the interval of the effect covers what it says it covers', () => {
  const relevance: MixedStudy = {
    itemsPerArm: [40, 40],
    overlap: [3, 3],
    raters: 7,
    item: 1.4,
    rater: 1.1,
    leaning: 0,
    effect: 0,
    thresholds: [-6.5, -4.8, -2.8, -0.3],
  };
  const covered = (study: MixedStudy, runs: number, leanings: boolean): number => {
    const random = createRandom('coverage of the mixed model');
    let hits = 0;
    for (let run = 0; run < runs; run++) {
      const { interval } = sure(
        fitCumulativeLinkMixed(...simulateStudy(study, random), {
          approximation: 'laplace',
          leanings,
        }),
      ).effect;
      if (interval !== undefined && interval.lower <= 0 && 0 <= interval.upper) hits++;
    }
    return hits / runs;
  };
  const runs = 60;
  // Three standard errors either side of 93 to 98 %.
  const slack = 3 * Math.sqrt((0.95 * 0.05) / runs);

  test('whether or not raters lean to a source', () => {
    for (const leaning of [0, 1.1])
      expect(covered({ ...relevance, leaning }, runs, true)).toBeGreaterThan(0.93 - slack);
  });

  test('which the model without leanings does not, where they lean', () => {
    expect(covered({ ...relevance, leaning: 2 }, runs, false)).toBeLessThan(0.8);
  });
});
