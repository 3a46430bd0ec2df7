import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '#statistics/random.js';
import { assignFolds, foldCount } from '#statistics/texts/folds.js';
import { fitLogistic } from '#statistics/texts/logistic.js';
import type { SparseRows } from '#statistics/texts/sparse.js';
import { expectNumbers } from './support.js';

function dense(rows: readonly (readonly number[])[]): SparseRows {
  const width = rows[0]?.length ?? 0;
  return {
    starts: Int32Array.from({ length: rows.length + 1 }, (_, row) => row * width),
    columns: Int32Array.from({ length: rows.length * width }, (_, index) => index % width),
    values: Float64Array.from(rows.flat()),
    columnCount: width,
  };
}

describe('ridge logistic regression', () => {
  test('solves the one-dimensional case whose answer is known', () => {
    const [weight] = fitLogistic(dense([[1], [1], [1], [1]]), [1, 1, 1, 0], { penalty: 1e-9 });
    expect(weight).toBeCloseTo(Math.log(3), 2);
  });

  test('has no gradient left where it stops', () => {
    const random = createRandom('gradient');
    const rows = Array.from({ length: 80 }, () => [
      1,
      random() - 0.5,
      random() * 3,
      random() < 0.5 ? 1 : 0,
    ]);
    const positive = rows.map((row) =>
      Number(random() < 1 / (1 + Math.exp(-2 * (row[1] ?? 0) - (row[2] ?? 0) + 1))),
    );
    const weights = fitLogistic(dense(rows), positive, { penalty: 0.7 });
    const gradient = Array.from(weights, (weight) => 0.7 * weight);
    rows.forEach((row, index) => {
      const score = row.reduce((sum, value, column) => sum + value * (weights[column] ?? 0), 0);
      row.forEach((value, column) => {
        gradient[column] =
          (gradient[column] ?? 0) + value * (1 / (1 + Math.exp(-score)) - (positive[index] ?? 0));
      });
    });
    for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(0.05);
  });

  test('stays finite and repeats itself for any rows, none and separable ones among them', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
              minLength: 3,
              maxLength: 3,
            }),
            fc.boolean(),
          ),
          { maxLength: 12 },
        ),
        (data) => {
          const rows = dense(data.map(([row]) => row));
          const positive = data.map(([, outcome]) => Number(outcome));
          const weights = fitLogistic(rows, positive);
          expectNumbers(weights);
          expect(fitLogistic(rows, positive)).toEqual(weights);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('folds', () => {
  test('keep groups together and share strata out evenly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20), fc.nat(1)), { maxLength: 60 }),
        fc.integer(),
        (units, seed) => {
          const groups = units.map(([group]) => group);
          const folds = assignFolds(
            groups,
            units.map(([, stratum]) => stratum),
            seed,
          );
          for (let one = 0; one < units.length; one++)
            for (let other = 0; other < one; other++)
              if (groups[one] === groups[other]) expect(folds[one]).toBe(folds[other]);
        },
      ),
      { numRuns: 40 },
    );
    const strata = Array.from({ length: 103 }, (_, index) => Number(index % 3 === 0));
    const folds = assignFolds([...strata.keys()], strata, 1);
    for (const stratum of [0, 1]) {
      const sizes = Array.from(
        { length: foldCount },
        (_, fold) => strata.filter((own, index) => own === stratum && folds[index] === fold).length,
      );
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });
});
