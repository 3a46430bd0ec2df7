import { expect, test } from 'vitest';
import { buildRatings, type Ratings } from '#statistics/ratings.js';
import { softLabelDistance, softLabels } from '#statistics/softLabels.js';
import { simulateCrowd } from '../support/crowd.js';

test('shares and entropy of each item', () => {
  const ratings = buildRatings({
    items: Int32Array.of(0, 0, 1, 1),
    raters: Int32Array.of(0, 1, 0, 1),
    values: Int32Array.of(0, 1, 1, 1),
    itemCount: 3,
    raterCount: 2,
    categoryCount: 2,
  });
  const labels = softLabels(ratings);
  expect(labels.map(({ voteShares }) => [...voteShares])).toEqual([
    [0.5, 0.5],
    [0, 1],
  ]);
  expect(labels.map(({ normalisedEntropy }) => normalisedEntropy)).toEqual([1, 0]);
  expect(softLabelDistance(labels, Float64Array.of(0.5, 0.5, 1, 0))).toMatchObject({ value: 1 });
});

/** Items with so many votes for each of two answers. */
const voted = (counts: readonly (readonly [number, number])[]): Ratings => {
  const rows = counts.flatMap(([no, yes], item) =>
    [...Array<number>(no).fill(0), ...Array<number>(yes).fill(1)].map((value, rater) => ({
      item,
      rater,
      value,
    })),
  );
  return buildRatings({
    items: Int32Array.from(rows, (row) => row.item),
    raters: Int32Array.from(rows, (row) => row.rater),
    values: Int32Array.from(rows, (row) => row.value),
    itemCount: counts.length,
    raterCount: 9,
    categoryCount: 2,
  });
};
const expectedOf = (counts: readonly (readonly [number, number])[], item: number): number =>
  softLabels(voted(counts))[item]?.expected?.[1] ?? NaN;
const many = (count: number, votes: readonly [number, number]): (readonly [number, number])[] =>
  Array.from({ length: count }, () => votes);

test('a further rater is foretold as surely as the votes on all items allow', () => {
  // Everybody agreed: a further rater hardly differs, and the less the more items there are.
  const [few, more] = [10, 100].map((count) =>
    expectedOf([...many(count, [0, 3]), ...many(count, [3, 0])], 0),
  );
  expect(few).toBeGreaterThan(0.95);
  expect(more).toBeGreaterThan(0.99);
  expect(more).toBeLessThan(1);
  // Votes that tell nothing of each other: every item has the frequencies of the answers.
  const spread = [
    ...many(100, [3, 0]),
    ...many(300, [2, 1]),
    ...many(300, [1, 2]),
    ...many(100, [0, 3]),
  ];
  for (const item of [0, 799]) expect(expectedOf(spread, item)).toBeCloseTo(0.5, 1);
  // A split vote among unanimous ones stays between its shares and certainty.
  const split = expectedOf([[1, 2], ...many(20, [3, 0]), ...many(20, [0, 3])], 0);
  expect(split).toBeGreaterThan(0.6);
  expect(split).toBeLessThan(0.9);
});

test('with one vote on each item nothing is known of a further rater', () => {
  expect(softLabels(voted(many(5, [1, 0]))).map(({ expected }) => expected)).toEqual(
    many(5, [1, 0]).map(() => null),
  );
});

test('soft labels foretell votes that were left out better than shares do, and are nearer to what is right', () => {
  let [claimed, claimedByShares, right, votes, bits, bitsOfShares] = [0, 0, 0, 0, 0, 0];
  for (let run = 0; run < 30; run++) {
    const crowd = simulateCrowd(
      {
        items: 100,
        votesPerItem: 4,
        judgmentsPerRater: 20,
        shares: [0.4, 0.3, 0.3],
        accuracy: 0.8,
        spread: 0.5,
      },
      `soft ${run}`,
    ).ratings;
    const rows = [...crowd.items.keys()].filter((row) => row % 4 !== 3);
    const pick = (values: Int32Array): Int32Array =>
      Int32Array.from(rows, (row) => values[row] ?? 0);
    const rest = buildRatings({
      ...crowd,
      items: pick(crowd.items),
      raters: pick(crowd.raters),
      values: pick(crowd.values),
    });
    for (const { item, voteShares, expected } of softLabels(rest)) {
      if (expected === null) return expect.unreachable('items have two votes');
      const said = crowd.values[4 * item + 3] ?? 0;
      const highest = Math.max(...expected);
      claimed += highest;
      claimedByShares += Math.max(...voteShares);
      right += Number(expected[said] === highest);
      bits -= Math.log2(expected[said] ?? NaN);
      bitsOfShares -= Math.log2(((voteShares[said] ?? NaN) * 3 + 0.5) / 4.5);
      votes++;
    }
  }
  expect(Math.abs(claimed - right) / votes).toBeLessThan(0.05);
  expect((claimedByShares - right) / votes).toBeGreaterThan(0.05);
  expect(bits).toBeLessThan(bitsOfShares);
});
