import fc from 'fast-check';
import { expect, test } from 'vitest';
import { intraclass, oneWayIntraclass } from '#statistics/agreement/intraclass.js';
import { orderRaters, type PairCount } from '#statistics/agreement/raterOrder.js';
import { indexValues } from '#statistics/agreement/weights.js';
import { buildRatings } from '#statistics/ratings.js';

/** Every pair of raters with 20 shared items, agreed as often as asked. */
const pairsOf = (raters: number, agreed: (first: number, second: number) => number): PairCount[] =>
  Array.from({ length: raters }, (_, first) =>
    Array.from({ length: raters - first - 1 }, (__, index) => ({
      first,
      second: first + 1 + index,
      items: 20,
      agreed: agreed(first, first + 1 + index),
    })),
  ).flat();

test('camps stand together and the one who agrees with nobody stands last', () => {
  const camp = [0, 1, 0, 2, 1, 0, 1, 0];
  const order = orderRaters(
    8,
    pairsOf(8, (first, second) =>
      camp[first] === 2 || camp[second] === 2 ? 8 : camp[first] === camp[second] ? 19 : 14,
    ),
  );
  expect(order.map((rater) => camp[rater])).toEqual([0, 0, 0, 0, 1, 1, 1, 2]);
});

test('every rater has one position, also without a shared item', () => {
  const pair = fc.record({
    first: fc.integer({ min: 0, max: 6 }),
    second: fc.integer({ min: 0, max: 6 }),
    items: fc.integer({ min: 0, max: 9 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 12 }), (drawn) => {
      const pairs = drawn
        .filter(({ first, second }) => first < second)
        .map(({ share, ...rest }) => ({ ...rest, agreed: Math.round(share * rest.items) }));
      expect(orderRaters(7, pairs).toSorted((one, other) => one - other)).toEqual([
        0, 1, 2, 3, 4, 5, 6,
      ]);
    }),
    { seed: 20_260_101, numRuns: 60 },
  );
  expect(orderRaters(0, [])).toEqual([]);
});

test('the one-way intraclass correlation has the F interval of form 1,1 where every rater rated everything, and none where numbers differ', () => {
  const rated = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7];
  const rows = {
    items: Int32Array.from(rated, (_, row) => Math.floor(row / 4)),
    raters: Int32Array.from(rated, (_, row) => row % 4),
    values: Int32Array.from(rated, (value) => value - 1),
    itemCount: 6,
    raterCount: 4,
    categoryCount: 10,
  };
  const ratings = buildRatings(rows);
  const oneWay = oneWayIntraclass(ratings, indexValues(10));
  const [single, mean] = (['1,1', '1,k'] as const).map((form) =>
    intraclass(ratings, indexValues(10), form),
  );
  if (
    oneWay.kind === 'undefined' ||
    oneWay.single.kind === 'undefined' ||
    oneWay.mean.kind === 'undefined' ||
    single?.kind !== 'estimate' ||
    mean?.kind !== 'estimate'
  )
    return expect.unreachable();
  expect(oneWay.single.value).toBeCloseTo(0.17, 2);
  for (const [found, expected] of [
    [oneWay.single, single],
    [oneWay.mean, mean],
  ] as const) {
    expect(found.interval?.lower).toBeCloseTo(expected.interval?.lower ?? NaN, 12);
    expect(found.interval?.upper).toBeCloseTo(expected.interval?.upper ?? NaN, 12);
  }
  const short = buildRatings({
    ...rows,
    items: rows.items.slice(1),
    raters: rows.raters.slice(1),
    values: rows.values.slice(1),
  });
  const unequal = oneWayIntraclass(short, indexValues(10));
  expect(unequal).toMatchObject({
    single: { withoutInterval: 'items have different numbers of ratings' },
  });
});
