import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnswerModel,
  answerModel,
  assumedLabelAnswers,
  assumedRelevanceAnswers,
  withLeaning,
} from '#statistics/power/answers.js';
import {
  differenceSize,
  nonInferioritySize,
  plannedShare,
  plannedVoteHalfWidth,
  expectedRelevance,
} from '#statistics/power/precision.js';
import {
  type PlannedStudy,
  type SimulatedDesign,
  simulateStudies,
} from '#statistics/power/simulate.js';
import type { Simulated, SimulatedComparison } from '#statistics/power/tally.js';
import type { Undefined } from '#statistics/estimate.js';

const defined = <T extends object>(value: T | Undefined | null | undefined): T => {
  if (value === null || value === undefined || ('kind' in value && value.kind === 'undefined'))
    throw new Error('defined');
  return value as T;
};
const model = (of: AnswerModel | Undefined): AnswerModel => defined<AnswerModel>(of);
const compared = (of: SimulatedComparison | Undefined | null | undefined): SimulatedComparison =>
  defined<SimulatedComparison>(of);
const width = (of: Simulated | Undefined | undefined): number => defined<Simulated>(of).value;
const at = (designs: readonly SimulatedDesign[], items: number, overlap: number): SimulatedDesign =>
  defined(designs.find((design) => design.items === items && design.overlap === overlap));
/** Within three Monte Carlo errors, and what the closed form leaves out. */
const near = (found: Simulated, wanted: number, closedForm = 0): void => {
  expect(Math.abs(found.value - wanted)).toBeLessThan(3 * found.error + closedForm);
};

/** Votes of one judgment each by very many raters who are all alike: items are independent. */
const independent = (share: number): Omit<PlannedStudy, 'sizes'> => ({
  model: model(answerModel([1 - share, share], { item: 0, rater: 0, residual: 0 })),
  raters: 400,
  overlaps: [1],
});

describe('against closed forms', () => {
  test('299 items an arm show with 80 % power, 400 with 90 %, that a share of 95 % is not worse by 5 points', () => {
    expect([nonInferioritySize(0.05), nonInferioritySize(0.05, 0.95, { power: 0.9 })]).toEqual([
      299, 400,
    ]);
    const designs = simulateStudies(
      { ...independent(0.95), sizes: [299, 400], comparison: { margin: 0.05, difference: 0.02 } },
      { runs: 1500, seed: 'not worse' },
    );
    // The larger of two variances, and Wilson’s limits, cost a little of the closed form’s power.
    near(compared(at(designs, 299, 1).alike).notWorse, 0.775, 0.01);
    near(compared(at(designs, 400, 1).alike).notWorse, 0.876, 0.01);
  });

  test('465 items an arm find 93 against 97 with 80 % power', () => {
    expect(differenceSize(0.93, 0.97)).toBe(465);
    const [design] = simulateStudies(
      { ...independent(0.97), sizes: [465], comparison: { margin: 0.05, difference: 0.04 } },
      { runs: 1500, seed: 'difference' },
    );
    near(compared(design?.lower).different, 0.8, 0.015);
    near(compared(design?.alike).different, 0.05, 0.01);
  });

  test('Wilson half-widths, at 100 and 300 items', () => {
    for (const design of simulateStudies(
      { ...independent(0.95), sizes: [100, 300] },
      { runs: 1500 },
    )) {
      const { share, halfWidth } = defined(design.upheld);
      near(share, 0.95);
      // The half-width at the mean is a little more than the mean half-width.
      expect(Math.abs(halfWidth.value - plannedShare(design.items).halfWidth)).toBeLessThan(0.0012);
    }
  });

  test('the two-way half-width of relevance, with 30 raters', () => {
    for (const design of simulateStudies(
      {
        model: model(assumedRelevanceAnswers()),
        raters: 30,
        sizes: [100, 300],
        overlaps: [1, 3, 5],
      },
      { runs: 400 },
    )) {
      const planned =
        plannedVoteHalfWidth(
          { items: design.items, overlap: design.overlap, raters: 30 },
          expectedRelevance,
        ) ?? 0;
      expect(width(design.halfWidth) / planned).toBeGreaterThan(0.95);
      expect(width(design.halfWidth) / planned).toBeLessThan(1.08);
      expect(design.upheld).toBeNull();
    }
  });
});

describe('a simulated study', () => {
  const planned: PlannedStudy = {
    model: model(assumedLabelAnswers()),
    raters: 10,
    sizes: [50, 100, 200],
    overlaps: [1, 3],
    threshold: 0.9,
    comparison: { margin: 0.05, difference: 0.05 },
  };

  test('is the same for the same seed, and a size is what it is whether or not smaller ones are asked about', () => {
    const designs = simulateStudies(planned, { runs: 50, seed: 7 });
    expect(simulateStudies(planned, { runs: 50, seed: '7' })).toEqual(designs);
    expect(simulateStudies({ ...planned, sizes: [200] }, { runs: 50, seed: 7 })).toEqual(
      designs.filter(({ items }) => items === 200),
    );
    expect(simulateStudies(planned, { runs: 50, seed: 8 })).not.toEqual(designs);
    expect(designs.map(({ items, overlap }) => [overlap, items])).toEqual([
      [1, 50],
      [1, 100],
      [1, 200],
      [3, 50],
      [3, 100],
      [3, 200],
    ]);
  });

  test('shows more the larger it is; every chance is one, and the verdicts add up', () => {
    const designs = simulateStudies(planned, { runs: 400, seed: 2 });
    for (const overlap of [1, 3]) {
      const [small, middle, large] = planned.sizes.map((items) => at(designs, items, overlap));
      expect(width(small?.halfWidth)).toBeGreaterThan(width(middle?.halfWidth));
      expect(width(middle?.halfWidth)).toBeGreaterThan(width(large?.halfWidth));
      expect(compared(small?.alike).notWorse.value).toBeLessThan(
        compared(large?.alike).notWorse.value,
      );
      expect(compared(small?.lower).different.value).toBeLessThan(
        compared(large?.lower).different.value,
      );
    }
    for (const design of designs) {
      for (const comparison of [compared(design.alike), compared(design.lower)]) {
        const chances = Object.values(comparison.verdicts).map(({ value }) => value);
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
        // Whoever is better is not worse; equivalence asks for less confidence and is no part of
        // it.
        expect(comparison.notWorse.value).toBeGreaterThanOrEqual(
          comparison.verdicts.better.value + comparison.verdicts['not-worse'].value - 1e-12,
        );
        expect(comparison.notWorse.value).toBeLessThanOrEqual(
          1 -
            comparison.verdicts.worse.value -
            comparison.verdicts.undecided.value -
            comparison.verdicts['no-interval'].value +
            1e-12,
        );
      }
      const { reaches, share } = defined(design.upheld) as {
        reaches: Simulated | null;
        share: Simulated;
      };
      expect(reaches?.value).toBeGreaterThan(0);
      expect(reaches?.value).toBeLessThan(1);
      // Three judgments outvote a slip: by majority more labels are upheld than votes say.
      if (design.overlap === 3) expect(share.value).toBeGreaterThan(0.952);
    }
  });

  test('finds a difference where there is none about as seldom as it says', () => {
    const ratings = simulateStudies(
      {
        model: withLeaning(model(assumedRelevanceAnswers()), 0.25),
        raters: 10,
        sizes: [100],
        overlaps: [3],
        comparison: { margin: 0.3, difference: 0.3 },
      },
      { runs: 800, seed: 3 },
    );
    const { different } = compared(ratings[0]?.alike);
    expect(different.value).toBeGreaterThan(0.05 - 3 * different.error - 0.02);
    expect(different.value).toBeLessThan(0.05 + 3 * different.error + 0.02);
  });

  test('gains nothing from more items where raters lean to a source', () => {
    const leaning = simulateStudies(
      {
        model: withLeaning(model(assumedRelevanceAnswers()), 0.5),
        raters: 6,
        sizes: [200, 1000],
        overlaps: [3],
        comparison: { margin: 0.3, difference: 0.3 },
      },
      { runs: 200, seed: 4 },
    );
    const [some, many] = leaning.map((design) => compared(design.alike).notWorse.value);
    expect(many).toBeLessThan(0.5);
    expect((many ?? 0) - (some ?? 0)).toBeLessThan(0.15);
  });

  test('has no interval under four raters, with more judgments of an item than raters, or beyond the scale', () => {
    const [few] = simulateStudies(
      { ...planned, raters: 3, sizes: [20], overlaps: [3] },
      { runs: 5 },
    );
    expect(few).toMatchObject({
      halfWidth: { reason: 'too-few-raters' },
      alike: { reason: 'too-few-raters' },
      lower: { reason: 'too-few-raters' },
    });
    expect(defined(few?.upheld)).toHaveProperty('halfWidth');
    const tooMany = simulateStudies(
      { ...planned, raters: 4, sizes: [20], overlaps: [3, 5] },
      { runs: 5 },
    );
    expect(at(tooMany, 20, 5)).toMatchObject({
      halfWidth: { reason: 'overlap-above-raters' },
      upheld: { reason: 'overlap-above-raters' },
      alike: { reason: 'overlap-above-raters' },
    });
    expect(at(tooMany, 20, 3).alike).toMatchObject({ kind: 'comparison' });
    expect(simulateStudies({ ...planned, overlaps: [11] }, { runs: 2 })).toHaveLength(3);
    const [beyond] = simulateStudies(
      { ...planned, sizes: [20], overlaps: [3], comparison: { margin: 0.05, difference: 0.96 } },
      { runs: 5 },
    );
    expect(beyond).toMatchObject({
      alike: { kind: 'comparison' },
      lower: { reason: 'outside-scale' },
    });
    expect(
      simulateStudies({ ...planned, raters: 4, sizes: [1], overlaps: [1] }, { runs: 3 })[0],
    ).toMatchObject({ halfWidth: { reason: 'no-variation' } });
    for (const wrong of [
      { raters: 0 },
      { sizes: [0] },
      { overlaps: [1.5] },
      { comparison: { margin: 0, difference: 1 } },
      { comparison: { margin: 1, difference: -1 } },
    ])
      expect(() => simulateStudies({ ...planned, ...wrong })).toThrow(RangeError);
    expect(() => simulateStudies(planned, { runs: 0 })).toThrow(RangeError);
  });

  test('never gives a number that is none', () => {
    const numbers = (value: unknown): number[] =>
      typeof value === 'number'
        ? [value]
        : typeof value === 'object' && value !== null
          ? Object.values(value).flatMap(numbers)
          : [];
    fc.assert(
      fc.property(
        fc.record({
          raters: fc.integer({ min: 1, max: 8 }),
          sizes: fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 3 }),
          overlaps: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
          share: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
          runs: fc.integer({ min: 1, max: 4 }),
        }),
        ({ share, runs, ...design }) => {
          const found = numbers(
            simulateStudies(
              {
                ...design,
                model: model(assumedLabelAnswers(share)),
                threshold: 0.9,
                comparison: { margin: 0.05, difference: 0.05 },
              },
              { runs },
            ),
          );
          expect(found.every(Number.isFinite)).toBe(true);
        },
      ),
      { seed: 92, numRuns: 100 },
    );
  });
});
