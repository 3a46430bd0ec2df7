import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { summariseAgreement } from '#statistics/agreement.js';
import {
  alphaLevels,
  jackknifeAlpha,
  krippendorffAlpha,
  type AlphaLevel,
} from '#statistics/agreement/alpha.js';
import {
  chanceCorrected,
  type Coefficient,
  coefficients,
} from '#statistics/agreement/chanceCorrected.js';
import { fleissByCategory, fleissTest } from '#statistics/agreement/fleiss.js';
import {
  intraclass,
  intraclassForms,
  type IntraclassForm,
  oneWayIntraclass,
} from '#statistics/agreement/intraclass.js';
import { kendallW } from '#statistics/agreement/kendall.js';
import { pooledAgreement, unanimousShare } from '#statistics/agreement/observed.js';
import { raterMatrix } from '#statistics/agreement/raterMatrix.js';
import {
  bootstrapAgreement,
  type ResampledUnit,
  resampledUnits,
} from '#statistics/agreement/resampling.js';
import { indexValues, type Weighting, weightings } from '#statistics/agreement/weights.js';
import { type Estimate, valueOf } from '#statistics/estimate.js';
import { buildRatings, type RatingRows } from '#statistics/ratings.js';
import { softLabels } from '#statistics/softLabels.js';

type Row = readonly [item: number, rater: number, value: number];

const size = { items: 7, raters: 4, categories: 4 };

/**
 * Any ratings at all: nothing, one item, one rater, one answer and gaps among them; nobody rates an
 * item twice.
 */
const anyRows = fc.uniqueArray(
  fc.tuple(
    fc.integer({ min: 0, max: size.items - 1 }),
    fc.integer({ min: 0, max: size.raters - 1 }),
    fc.oneof(fc.constant(1), fc.integer({ min: 0, max: size.categories - 1 })),
  ),
  { maxLength: 28, selector: ([item, rater]) => item * 10 + rater },
);

function ratingsOf(
  rows: readonly Row[],
  more: Partial<RatingRows> = {},
): ReturnType<typeof buildRatings> {
  return buildRatings({
    items: Int32Array.from(rows, ([item]) => item),
    raters: Int32Array.from(rows, ([, rater]) => rater),
    values: Int32Array.from(rows, ([, , value]) => value),
    itemCount: size.items,
    raterCount: size.raters,
    categoryCount: size.categories,
    ...more,
  });
}

const scale = Float64Array.of(1, 2, 3, 4);
const coefficientNames = Object.keys(coefficients) as Coefficient[];

/** Every coefficient of some ratings, with values of the categories, by name. */
function everything(
  rows: readonly Row[],
  values: Float64Array = scale,
  more: Partial<RatingRows> = {},
): Map<string, Estimate> {
  const ratings = ratingsOf(rows, more);
  const found = new Map<string, Estimate>();
  for (const coefficient of coefficientNames) {
    for (const weighting of Object.keys(weightings) as Weighting[]) {
      for (const categories of ['declared', 'used'] as const)
        found.set(
          `${coefficient} ${weighting} ${categories}`,
          chanceCorrected(ratings, coefficient, { weighting, categories, values }),
        );
    }
  }
  for (const level of Object.keys(alphaLevels) as AlphaLevel[])
    found.set(`alpha ${level}`, krippendorffAlpha(ratings, { level, values }));
  for (const form of Object.keys(intraclassForms) as IntraclassForm[])
    found.set(`icc ${form}`, intraclass(ratings, values, form));
  const oneWay = oneWayIntraclass(ratings, values);
  if (oneWay.kind === 'one-way')
    found.set('one-way', oneWay.single).set('one-way mean', oneWay.mean);
  const concordance = kendallW(ratings, values);
  if (concordance.kind === 'estimate') found.set('kendall', concordance);
  found.set('pooled', pooledAgreement(ratings)).set('unanimous', unanimousShare(ratings));
  return found;
}

function expectSame(
  one: Map<string, Estimate>,
  other: Map<string, Estimate>,
  parts: readonly ('value' | 'error')[] = ['value', 'error'],
): void {
  expect([...other.keys()]).toEqual([...one.keys()]);
  for (const [name, first] of one) {
    const second = other.get(name);
    expect(second?.kind, name).toBe(first.kind);
    if (first.kind === 'undefined' || second?.kind !== 'estimate') continue;
    if (parts.includes('value')) expect(second.value, name).toBeCloseTo(first.value, 9);
    if (parts.includes('error') && first.standardError !== undefined)
      expect(second.standardError, name).toBeCloseTo(first.standardError, 7);
  }
}

function expectFinite(value: unknown, path: string): void {
  if (typeof value === 'number') return expect(Number.isFinite(value), path).toBe(true);
  if (ArrayBuffer.isView(value))
    return [...(value as Float64Array)].forEach((each) => expectFinite(each, path));
  if (value !== null && typeof value === 'object')
    for (const [name, each] of Object.entries(value)) expectFinite(each, `${path}.${name}`);
}

/**
 * A fixed seed by default, so that the suite gives the same answer every day; ASSAY_PROPERTY_SEED
 * tries another.
 */
const seed = Number(process.env['ASSAY_PROPERTY_SEED'] ?? 20240501);
const runs = { seed, numRuns: 150 };
const rearranged = (most: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: most }, (_, index) => index),
    { minLength: most },
  );

describe('agreement, whatever the ratings', () => {
  test('nothing is ever NaN or infinite, and an undefined number says why', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        for (const [name, estimate] of everything(rows)) {
          expectFinite(estimate, name);
          if (estimate.kind === 'undefined') expect(estimate.because, name).not.toBe('');
          else if (estimate.interval !== undefined)
            expect(estimate.interval.lower, name).toBeLessThanOrEqual(estimate.interval.upper);
        }
        const ratings = ratingsOf(rows);
        expectFinite(
          [
            fleissTest(ratings),
            fleissByCategory(ratings),
            raterMatrix(ratings),
            jackknifeAlpha(ratings, { level: 'ordinal' }),
            softLabels(ratings),
          ],
          'others',
        );
        expectFinite(
          summariseAgreement(ratings, { alphaLevel: 'ordinal', seed: 1, replicates: 20 }),
          'summary',
        );
        for (const unit of Object.keys(resampledUnits) as ResampledUnit[]) {
          expectFinite(
            bootstrapAgreement(
              ratings,
              { kind: 'alpha', level: 'nominal' },
              { unit, limits: 'bca', seed: 1, replicates: 20 },
            ),
            unit,
          );
          expectFinite(
            bootstrapAgreement(
              ratings,
              { kind: 'coefficient', coefficient: 'conger' },
              { unit, seed: 1, replicates: 20 },
            ),
            unit,
          );
        }
      }),
      { seed, numRuns: 80 },
    );
  });

  test('other names for items and raters, in another order, change nothing', () => {
    fc.assert(
      fc.property(
        anyRows,
        rearranged(size.items),
        rearranged(size.raters),
        (rows, items, raters) => {
          const renamed = rows
            .map(([item, rater, value]) => [items[item] ?? 0, raters[rater] ?? 0, value] as const)
            .toReversed();
          expectSame(everything(rows), everything(renamed));
        },
      ),
      runs,
    );
  });

  test('another order of the answers changes nothing where their values go with them', () => {
    fc.assert(
      fc.property(anyRows, rearranged(size.categories), (rows, indexes) => {
        const values = new Float64Array(size.categories);
        for (const [category, index] of indexes.entries()) values[index] = scale[category] ?? 0;
        const moved = everything(
          rows.map(([item, rater, value]) => [item, rater, indexes[value] ?? 0] as const),
          values,
        );
        const before = everything(rows);
        // Krippendorff's ordinal metric takes the declared order itself for the order.
        for (const map of [before, moved]) map.delete('alpha ordinal');
        expectSame(before, moved);
      }),
      runs,
    );
  });

  test('an item that nobody rated changes nothing', () => {
    fc.assert(
      fc.property(anyRows, (rows) =>
        expectSame(
          everything(rows),
          everything(rows, scale, { itemCount: size.items + 3, raterCount: size.raters + 2 }),
        ),
      ),
      runs,
    );
  });

  test('an answer that nobody gave changes nothing that looks at used answers only', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const keep = (all: Map<string, Estimate>): Map<string, Estimate> =>
          new Map(
            [...all].filter(
              ([name]) =>
                name.endsWith('used') ||
                /^(alpha|icc|one-way|pooled|unanimous|kendall|fleiss identity|conger identity)/.test(
                  name,
                ),
            ),
          );
        expectSame(
          keep(everything(rows)),
          keep(everything(rows, Float64Array.of(1, 2, 3, 4, 9), { categoryCount: 5 })),
        );
      }),
      runs,
    );
  });

  test('the same items twice leave coefficients as they are and make them surer', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const twice = [
          ...rows,
          ...rows.map(([item, rater, value]) => [item + size.items, rater, value] as const),
        ];
        const [once, doubled] = [ratingsOf(rows), ratingsOf(twice, { itemCount: 2 * size.items })];
        for (const coefficient of coefficientNames) {
          const [one, two] = [
            chanceCorrected(once, coefficient),
            chanceCorrected(doubled, coefficient),
          ];
          if (one.kind === 'undefined' || two.kind === 'undefined') continue;
          // Krippendorff's coefficient carries a correction for small samples, which shrinks.
          if (coefficient !== 'krippendorff')
            expect(two.value, coefficient).toBeCloseTo(one.value, 9);
          const [n, m] = [one.degreesOfFreedom + 1, two.degreesOfFreedom + 1];
          if (coefficient !== 'krippendorff')
            expect(two.standardError, coefficient).toBeCloseTo(
              (one.standardError ?? 0) * Math.sqrt((n * (n - 1) * 2) / (m * (m - 1))),
              7,
            );
        }
        expect(valueOf(pooledAgreement(doubled))).toBe(valueOf(pooledAgreement(once)));
      }),
      runs,
    );
  });

  test('everybody agreeing about different things is 1 for every coefficient', () => {
    const rows = [0, 1, 2, 3].flatMap((item) =>
      [0, 1, 2].map((rater) => [item, rater, item] as const),
    );
    for (const [name, estimate] of everything(rows)) {
      if (name.startsWith('percent')) continue;
      expect(valueOf(estimate), name).toBeCloseTo(1, 12);
    }
  });

  test('values of the answers may be shifted and stretched for interval weights, and stretched for ratio', () => {
    fc.assert(
      fc.property(anyRows, fc.double({ min: 0.1, max: 10, noNaN: true }), (rows, factor) => {
        const ratings = ratingsOf(rows);
        const check = (level: AlphaLevel, values: Float64Array): void => {
          const [one, other] = [
            krippendorffAlpha(ratings, { level, values: scale }),
            krippendorffAlpha(ratings, { level, values }),
          ];
          expect(valueOf(other) ?? 9).toBeCloseTo(valueOf(one) ?? 9, 9);
        };
        check(
          'interval',
          scale.map((value) => factor * value - 3),
        );
        check(
          'ratio',
          scale.map((value) => factor * value),
        );
        expect(indexValues(3)).toEqual(Float64Array.of(0, 1, 2));
      }),
      runs,
    );
  });
});
