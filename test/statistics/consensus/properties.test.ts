import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bradleyTerry } from '#statistics/consensus/bradleyTerry.js';
import { confusionCell, raterAccuracy } from '#statistics/consensus/confusion.js';
import { dawidSkene } from '#statistics/consensus/dawidSkene.js';
import { glad } from '#statistics/consensus/glad.js';
import { measureItems } from '#statistics/consensus/items.js';
import { probableLabelErrors } from '#statistics/consensus/labelErrors.js';
import { mace } from '#statistics/consensus/mace.js';
import { oneCoinDawidSkene } from '#statistics/consensus/oneCoin.js';
import { ordinalConsensus } from '#statistics/consensus/ordinal.js';
import { consensus } from '#statistics/consensus/panel.js';
import type { Posteriors } from '#statistics/consensus/posteriors.js';
import { scepticalDawidSkene } from '#statistics/consensus/scepticalDawidSkene.js';
import { expectedInformation } from '#statistics/consensus/uncertainty.js';
import { wawa, zeroBasedSkill } from '#statistics/consensus/weightedVote.js';
import type { Undefined } from '#statistics/estimate.js';
import { createRandom } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';

type Model = (ratings: Ratings) => Posteriors | Undefined;
type Row = readonly [item: number, rater: number, value: number];

const models: Record<string, Model> = {
  'Dawid-Skene': (ratings) => dawidSkene(ratings),
  'plain Dawid-Skene': (ratings) => dawidSkene(ratings, { shrinkage: 0, maximumIterations: 50 }),
  'one-coin': (ratings) => oneCoinDawidSkene(ratings),
  sceptical: (ratings) => scepticalDawidSkene(ratings),
  MACE: (ratings) => mace(ratings, { restarts: 0 }),
  GLAD: (ratings) => glad(ratings),
  ordinal: (ratings) => ordinalConsensus(ratings),
  Wawa: (ratings) => wawa(ratings),
  'zero-based skill': (ratings) => zeroBasedSkill(ratings),
  panel: (ratings) => consensus(ratings),
};
const nominal = Object.entries(models).filter(([name]) => name !== 'ordinal');
const several = { itemCount: 12, raterCount: 6, categoryCount: 3 };

const ratingsOf = (
  rows: readonly Row[],
  { itemCount, raterCount, categoryCount }: typeof several,
): Ratings =>
  buildRatings({
    items: Int32Array.from(rows, (row) => row[0]),
    raters: Int32Array.from(rows, (row) => row[1]),
    values: Int32Array.from(rows, (row) => row[2]),
    itemCount,
    raterCount,
    categoryCount,
  });

/** Any ratings, among them three raters of one item, so that raters can be told apart. */
const rowsOf = (counts: typeof several): fc.Arbitrary<Row[]> => {
  const any = fc.uniqueArray(
    fc.tuple(
      fc.nat(counts.itemCount - 1),
      fc.nat(counts.raterCount - 1),
      fc.nat(counts.categoryCount - 1),
    ),
    { minLength: 1, maxLength: 60, selector: (row) => `${row[0]}-${row[1]}` },
  );
  const answer = fc.nat(counts.categoryCount - 1);
  return fc
    .tuple(any, answer, answer, answer)
    .map(([rows, ...answers]): Row[] => [
      ...rows.filter(([item, rater]) => item > 0 || rater > 2),
      ...answers.map((value, rater): Row => [0, rater, value]),
    ]);
};

const permutation = (length: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray([...Array(length).keys()], { minLength: length, maxLength: length });

/** An item with two answers that are equally probable, and an order in which rounding differs. */
const tied: [Row[], number[], number[]] = [
  [
    [0, 3, 1],
    [1, 1, 0],
    [0, 4, 0],
    [2, 1, 1],
    [0, 0, 1],
    [0, 1, 2],
    [0, 2, 0],
  ],
  [11, 1, 7, 2, 8, 0, 3, 9, 5, 4, 6, 10],
  [0, 5, 1, 4, 3, 2],
];

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? NaN;

function posteriorOf(model: Posteriors | Undefined): Float64Array {
  if (model.kind === 'undefined') throw new Error(model.because);
  return model.posterior;
}

function sound(model: Posteriors): void {
  for (let item = 0; item < model.itemCount; item++) {
    const row = model.posterior.subarray(
      item * model.categoryCount,
      (item + 1) * model.categoryCount,
    );
    expect(row.every((value) => value >= 0 && value <= 1 + 1e-12)).toBe(true);
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
  }
  expect(model.categoryShares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
}

describe.each(Object.entries(models))('%s', (_, model) => {
  test('gives probabilities for any ratings, and labels only for rated items', () => {
    fc.assert(
      fc.property(rowsOf(several), (rows) => {
        const found = model(ratingsOf(rows, several));
        if (found.kind === 'undefined') return expect.unreachable(found.because);
        sound(found);
        const rated = new Set(rows.map((row) => row[0]));
        expect(
          [...found.label.keys()].every((item) => rated.has(item) || found.label[item] === -1),
        ).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('does not care in which order items and raters are', () => {
    fc.assert(
      fc.property(
        rowsOf(several),
        permutation(several.itemCount),
        permutation(several.raterCount),
        (rows, items, raters) => {
          const plain = posteriorOf(model(ratingsOf(rows, several)));
          const turned = posteriorOf(
            model(
              ratingsOf(
                rows.map(
                  ([item, rater, value]) => [at(items, item), at(raters, rater), value] as const,
                ),
                several,
              ),
            ),
          );
          for (let item = 0; item < several.itemCount; item++)
            for (let category = 0; category < 3; category++)
              expect(at(turned, at(items, item) * 3 + category)).toBeCloseTo(
                at(plain, item * 3 + category),
                3,
              );
        },
      ),
      { numRuns: 15, examples: [tied] },
    );
  });

  test('an item that nobody rated changes nothing', () => {
    fc.assert(
      fc.property(rowsOf(several), (rows) => {
        const plain = posteriorOf(model(ratingsOf(rows, several)));
        const more = posteriorOf(
          model(ratingsOf(rows, { ...several, itemCount: 13, raterCount: 7 })),
        );
        for (let index = 0; index < plain.length; index++)
          expect(at(more, index)).toBeCloseTo(at(plain, index), 9);
      }),
      { numRuns: 10 },
    );
  });

  test('one item, one answer used, one rater, nothing', () => {
    const single = model(
      ratingsOf(
        [
          [0, 0, 1],
          [0, 1, 1],
          [0, 2, 0],
        ],
        { itemCount: 1, raterCount: 3, categoryCount: 2 },
      ),
    );
    const same = model(
      ratingsOf(
        [
          [0, 0, 1],
          [0, 1, 1],
          [0, 2, 1],
          [1, 0, 1],
        ],
        { itemCount: 2, raterCount: 3, categoryCount: 3 },
      ),
    );
    for (const found of [single, same]) {
      if (found.kind === 'undefined') expect.unreachable(found.because);
      else sound(found);
    }
    if (same.kind === 'consensus') expect([...same.label]).toEqual([1, 1]);
    expect(model(ratingsOf([], several))).toMatchObject({ kind: 'undefined', reason: 'no-data' });
    expect(
      model(
        ratingsOf(
          [
            [0, 0, 1],
            [1, 0, 0],
          ],
          { itemCount: 2, raterCount: 1, categoryCount: 2 },
        ),
      ),
    ).toMatchObject({ kind: 'undefined', reason: 'no-pairs' });
    const declared = model(
      ratingsOf(
        [
          [0, 0, 0],
          [0, 1, 0],
          [0, 2, 0],
        ],
        { itemCount: 1, raterCount: 3, categoryCount: 1 },
      ),
    );
    if (declared.kind === 'consensus') expect(declared.posterior[0]).toBe(1);
    else expect(declared.reason).toBe('one-declared-category');
  });

  test('finds the answers of good raters', () => {
    const { ratings, truth } = simulate(120, [0.9, 0.9, 0.85, 0.8, 0.75], 3);
    const found = model(ratings);
    if (found.kind === 'undefined') return expect.unreachable(found.because);
    expect(
      truth.filter((answer, item) => found.label[item] === answer).length / truth.length,
    ).toBeGreaterThan(0.93);
  });
});

test.each(nominal)('%s does not care what the categories are called', (_, model) => {
  fc.assert(
    fc.property(rowsOf(several), permutation(3), (rows, names) => {
      const plain = posteriorOf(model(ratingsOf(rows, several)));
      const renamed = posteriorOf(
        model(
          ratingsOf(
            rows.map(([item, rater, value]) => [item, rater, at(names, value)] as const),
            several,
          ),
        ),
      );
      for (let item = 0; item < several.itemCount; item++)
        for (let category = 0; category < 3; category++)
          expect(at(renamed, item * 3 + at(names, category))).toBeCloseTo(
            at(plain, item * 3 + category),
            3,
          );
    }),
    { numRuns: 15 },
  );
});

test('the ordinal model can be turned upside down', () => {
  fc.assert(
    fc.property(rowsOf(several), (rows) => {
      const plain = posteriorOf(ordinalConsensus(ratingsOf(rows, several)));
      const turned = posteriorOf(
        ordinalConsensus(
          ratingsOf(
            rows.map(([item, rater, value]) => [item, rater, 2 - value] as const),
            several,
          ),
        ),
      );
      for (let item = 0; item < several.itemCount; item++)
        for (let category = 0; category < 3; category++)
          expect(at(turned, item * 3 + 2 - category)).toBeCloseTo(
            at(plain, item * 3 + category),
            3,
          );
    }),
    { numRuns: 15 },
  );
});

test('plain Dawid-Skene never becomes less likely', () => {
  fc.assert(
    fc.property(rowsOf(several), (rows) => {
      const ratings = ratingsOf(rows, several);
      const course = [1, 2, 4, 8, 16].map((maximumIterations) => {
        const model = dawidSkene(ratings, { shrinkage: 0, tolerance: 0, maximumIterations });
        return model.kind === 'undefined' ? NaN : model.logLikelihood;
      });
      for (let step = 1; step < course.length; step++)
        expect(at(course, step)).toBeGreaterThanOrEqual(at(course, step - 1) - 1e-6);
    }),
    { numRuns: 25 },
  );
});

test('what is said about raters, items and labels is always in its range', () => {
  fc.assert(
    fc.property(
      rowsOf(several),
      fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 12, maxLength: 12 }),
      (rows, labels) => {
        const ratings = ratingsOf(rows, several);
        const model = dawidSkene(ratings);
        if (model.kind === 'undefined') return expect.unreachable();
        for (let rater = 0; rater < several.raterCount; rater++) {
          for (const estimate of [raterAccuracy(model, rater), confusionCell(model, rater, 0, 1)]) {
            if (estimate.kind === 'undefined') continue;
            const { value, interval } = estimate;
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
            if (interval !== undefined)
              expect(
                interval.lower >= 0 && interval.lower <= interval.upper && interval.upper <= 1,
              ).toBe(true);
          }
        }
        for (const bits of expectedInformation(model))
          expect(bits >= 0 && bits <= Math.log(3) + 1e-9).toBe(true);
        for (const measure of measureItems(ratings)) {
          expect(
            measure.difficulty === -1 || (measure.difficulty >= 0 && measure.difficulty <= 1),
          ).toBe(true);
          if (measure.discrimination.kind === 'estimate')
            expect(
              Math.abs(measure.discrimination.value) <= 1 &&
                measure.discrimination.pLow > 0 &&
                measure.discrimination.pLow <= 1,
            ).toBe(true);
        }
        const errors = probableLabelErrors(ratings, model, Int32Array.from(labels));
        if (errors.kind === 'undefined') return;
        expect(errors.reliability > 0 && errors.reliability < 1).toBe(true);
        for (const suspect of errors.ranked)
          expect(suspect.probability >= 0 && suspect.probability <= 1).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test('strengths turn round with the wins and ignore the order of rows', () => {
  const pairs = fc.array(
    fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(4), fc.nat(4), fc.nat(3))
      .filter(([one, other]) => one !== other),
    { minLength: 3, maxLength: 15 },
  );
  fc.assert(
    fc.property(pairs, (rows) => {
      const column = (index: number): Float64Array =>
        Float64Array.from(rows, (row) => at(row, index));
      const comparisons = {
        first: Int32Array.from(column(0)),
        second: Int32Array.from(column(1)),
        firstWins: column(2),
        secondWins: column(3),
        ties: column(4),
        candidateCount: 4,
      };
      for (const prior of [0, 1]) {
        const plain = bradleyTerry(comparisons, { prior });
        const turned = bradleyTerry(
          { ...comparisons, firstWins: comparisons.secondWins, secondWins: comparisons.firstWins },
          { prior },
        );
        expect(turned.kind).toBe(plain.kind);
        if (plain.kind === 'undefined' || turned.kind === 'undefined') continue;
        expect(
          plain.logStrength.every(Number.isFinite) &&
            plain.standardError.every(Number.isFinite) &&
            Number.isFinite(plain.tie),
        ).toBe(true);
        for (let index = 0; index < 4; index++)
          expect(at(turned.logStrength, index)).toBeCloseTo(-at(plain.logStrength, index), 4);
      }
    }),
    { numRuns: 60 },
  );
});

/** Raters of the given accuracies on every item; a wrong answer is any other. */
function simulate(
  itemCount: number,
  accuracies: readonly number[],
  categoryCount: number,
  seed = 5,
): { ratings: Ratings; truth: number[] } {
  const random = createRandom(seed);
  const truth = Array.from({ length: itemCount }, () => Math.floor(random() * categoryCount));
  const rows = truth.flatMap((answer, item) =>
    accuracies.map((accuracy, rater): Row => [
      item,
      rater,
      random() < accuracy
        ? answer
        : (answer + 1 + Math.floor(random() * (categoryCount - 1))) % categoryCount,
    ]),
  );
  return {
    ratings: ratingsOf(rows, { itemCount, raterCount: accuracies.length, categoryCount }),
    truth,
  };
}
