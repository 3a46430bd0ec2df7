import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerVariances,
  assumedRelevanceAnswers,
  meanAnswer,
  type AnswerModel,
  withLeaning,
} from '#statistics/power/answers.js';
import { drawRaters, setDrawer } from '#statistics/power/draw.js';
import { pilotOf, sharedRaterVariance, varianceComponents } from '#statistics/power/pilot.js';
import { createRandom } from '#statistics/random.js';
import type { Votes } from '#statistics/votes.js';

const votesOf = (
  rows: readonly (readonly [item: number, rater: number, value: number])[],
): Votes => ({
  items: Int32Array.from(rows, ([item]) => item),
  raters: Int32Array.from(rows, ([, rater]) => rater),
  values: Float64Array.from(rows, ([, , value]) => value),
});
const relevance = assumedRelevanceAnswers() as AnswerModel;

/** Two sets judged by the same raters under this model, unequal numbers of votes for each item. */
function pairOf(
  model: AnswerModel,
  size: { items: number; raters: number },
  seed: string,
): [Votes, Votes] {
  const random = createRandom(seed);
  const effects = drawRaters(size.raters, model, random);
  const draw = setDrawer({ ...size, overlap: 4 }, [model]);
  const set = (): Votes => {
    const { raters, answers } = draw(effects, random);
    const rows = [...(answers[0] ?? [])].map(
      (passed, vote) => [Math.floor(vote / 4), raters[vote] ?? 0, passed + model.lowest] as const,
    );
    return votesOf(rows.filter(([item], vote) => vote % 4 < 1 + (item % 4)));
  };
  return [set(), set()];
}

describe('variance components by moments', () => {
  test('by hand: complete two by two, as the analysis of variance gives them', () => {
    // Items 1, 5; raters +1, -1, no residual: item variance 8, rater variance 2.
    expect(
      varianceComponents(
        votesOf([
          [0, 0, 2],
          [0, 1, 0],
          [1, 0, 6],
          [1, 1, 4],
        ]),
      ),
    ).toEqual({ kind: 'components', item: 8, rater: 2, residual: 0 });
  });

  test('are the same for complete tables as mean squares of the two-way analysis of variance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 2, max: 6 }),
        fc.nat(),
        (items, raters, seed) => {
          const random = createRandom(seed);
          const table = Array.from({ length: items }, () =>
            Array.from({ length: raters }, () => Math.floor(random() * 5)),
          );
          const whole = table.flat().reduce((sum, value) => sum + value, 0) / (items * raters);
          const rowMeans = table.map((row) => row.reduce((sum, value) => sum + value, 0) / raters);
          const columnMeans = Array.from(
            { length: raters },
            (_, rater) => table.reduce((sum, row) => sum + (row[rater] ?? 0), 0) / items,
          );
          const residualSquare =
            table
              .flatMap((row, item) =>
                row.map(
                  (value, rater) =>
                    (value - (rowMeans[item] ?? 0) - (columnMeans[rater] ?? 0) + whole) ** 2,
                ),
              )
              .reduce((sum, square) => sum + square, 0) /
            ((items - 1) * (raters - 1));
          const itemSquare =
            (raters * rowMeans.reduce((sum, mean) => sum + (mean - whole) ** 2, 0)) / (items - 1);
          const raterSquare =
            (items * columnMeans.reduce((sum, mean) => sum + (mean - whole) ** 2, 0)) /
            (raters - 1);
          const components = varianceComponents(
            votesOf(
              table.flatMap((row, item) =>
                row.map((value, rater) => [item, rater, value] as const),
              ),
            ),
          );
          expect(components).toEqual({
            kind: 'components',
            item: expect.closeTo(Math.max(0, (itemSquare - residualSquare) / raters), 9) as number,
            rater: expect.closeTo(Math.max(0, (raterSquare - residualSquare) / items), 9) as number,
            residual: expect.closeTo(Math.max(0, residualSquare), 9) as number,
          });
        },
      ),
      { seed: 93, numRuns: 200 },
    );
  });

  test('do not depend on the order or the numbering of items and raters', () => {
    const [votes] = pairOf(relevance, { items: 12, raters: 6 }, 'order');
    const turned = votesOf(
      [...votes.values]
        .map(
          (value, vote) =>
            [11 - (votes.items[vote] ?? 0), 5 - (votes.raters[vote] ?? 0), value] as const,
        )
        .toReversed(),
    );
    const [one, other] = [varianceComponents(votes), varianceComponents(turned)];
    if (one.kind === 'undefined') return expect.unreachable();
    expect(other).toEqual({
      kind: 'components',
      item: expect.closeTo(one.item, 9) as number,
      rater: expect.closeTo(one.rater, 9) as number,
      residual: expect.closeTo(one.residual, 9) as number,
    });
  });

  test.each([
    [[], 'no-data'],
    [
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
      'one-rater',
    ],
    [
      [
        [0, 0, 1],
        [0, 1, 0],
      ],
      'one-item',
    ],
    [
      [
        [0, 0, 1],
        [1, 1, 0],
        [2, 0, 1],
      ],
      'no-pairs',
    ],
    [
      [
        [0, 0, 1],
        [0, 1, 0],
        [1, 2, 1],
        [1, 3, 1],
      ],
      'too-few-values',
    ],
  ] as const)('of %j are undefined: %s', (rows, reason) => {
    expect(varianceComponents(votesOf(rows))).toMatchObject({ kind: 'undefined', reason });
  });
});

test('a pilot gives back what was planted: mean, variances, and the leaning to a source', () => {
  const planted = withLeaning(relevance, 0.4);
  const { item, rater, leaning, residual } = answerVariances(planted);
  const size = { items: 60, raters: 40 };
  const repeats = 300;
  const sums = { mean: 0, item: 0, rater: 0, residual: 0, shared: 0 };
  for (let repeat = 0; repeat < repeats; repeat++) {
    const [first, second] = pairOf(planted, size, `planted ${repeat}`);
    const components = varianceComponents(first);
    const shared = sharedRaterVariance(first, second);
    if (components.kind === 'undefined' || typeof shared !== 'number') return expect.unreachable();
    sums.mean +=
      first.values.reduce((sum, value) => sum + value, 0) / first.values.length / repeats;
    sums.item += components.item / repeats;
    sums.rater += components.rater / repeats;
    sums.residual += components.residual / repeats;
    sums.shared += shared / repeats;
  }
  expect(sums.mean).toBeCloseTo(meanAnswer(planted), 1);
  expect(sums.item / item).toBeGreaterThan(0.88);
  expect(sums.item / item).toBeLessThan(1.14);
  expect(sums.rater / (rater + leaning)).toBeGreaterThan(0.85);
  expect(sums.rater / (rater + leaning)).toBeLessThan(1.15);
  expect(sums.residual / residual).toBeGreaterThan(0.93);
  expect(sums.residual / residual).toBeLessThan(1.07);
  expect(sums.shared / rater).toBeGreaterThan(0.8);
  expect(sums.shared / rater).toBeLessThan(1.2);
});

test('a large pilot becomes the model that it was drawn from', () => {
  const planted = withLeaning(relevance, 0.3);
  const pilot = pilotOf(pairOf(planted, { items: 3000, raters: 400 }, 'large'), [[0, 1]], {
    lowest: 1,
    highest: 5,
  });
  if (pilot.kind === 'undefined') return expect.unreachable();
  expect(pilot).toMatchObject({ items: 6000, raters: 400, votes: 15000 });
  expect(pilot.mean).toBeCloseTo(4.4, 1);
  expect(pilot.model.item).toBeCloseTo(planted.item, 1);
  expect(pilot.model.rater + pilot.model.leaning).toBeCloseTo(planted.rater + planted.leaning, 1);
  expect(pilot.leaning).toBeGreaterThan(0.1);
  expect(pilot.leaning).toBeLessThan(0.5);
});

test('a pilot without enough votes, or without any difference between them, says so', () => {
  const scale = { lowest: 0, highest: 1 };
  expect(pilotOf([], [], scale)).toMatchObject({ reason: 'no-data' });
  expect(
    pilotOf(
      [
        votesOf([
          [0, 0, 1],
          [1, 0, 1],
        ]),
      ],
      [],
      scale,
    ),
  ).toMatchObject({ reason: 'one-rater' });
  expect(
    pilotOf(
      [
        votesOf([
          [0, 0, 1],
          [0, 1, 1],
          [1, 0, 1],
          [1, 1, 1],
        ]),
      ],
      [],
      scale,
    ),
  ).toMatchObject({ reason: 'no-variation' });
  expect(
    pilotOf(
      [
        votesOf([
          [0, 0, 1],
          [0, 1, 1],
          [1, 0, 1],
          [1, 1, 0],
        ]),
      ],
      [[0, 1]],
      scale,
    ),
  ).toMatchObject({ kind: 'pilot', leaning: null, items: 2, raters: 2, votes: 4, mean: 0.75 });
});
