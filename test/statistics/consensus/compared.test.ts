import { describe, expect, test } from 'vitest';
import { comparedRatings } from '#statistics/consensus/compared.js';
import { dawidSkene } from '#statistics/consensus/dawidSkene.js';
import { glad } from '#statistics/consensus/glad.js';
import { mace } from '#statistics/consensus/mace.js';
import { oneCoinDawidSkene } from '#statistics/consensus/oneCoin.js';
import { ordinalConsensus } from '#statistics/consensus/ordinal.js';
import { consensus } from '#statistics/consensus/panel.js';
import { scepticalDawidSkene } from '#statistics/consensus/scepticalDawidSkene.js';
import { wawa, zeroBasedSkill } from '#statistics/consensus/weightedVote.js';
import { createRandom, randomInteger } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';

const raterCount = 6;

/** Ratings of items by the raters named for each, with answers at random. */
function ratedBy(raters: readonly (readonly number[])[]): Ratings {
  const random = createRandom('compared');
  const rows = raters.flatMap((own, item) => own.map((rater) => ({ item, rater })));
  return buildRatings({
    items: Int32Array.from(rows, (row) => row.item),
    raters: Int32Array.from(rows, (row) => row.rater),
    values: Int32Array.from(rows, () => randomInteger(2, random)),
    itemCount: raters.length,
    raterCount,
    categoryCount: 2,
  });
}

const models = {
  dawidSkene,
  scepticalDawidSkene,
  mace,
  oneCoinDawidSkene,
  glad,
  ordinalConsensus,
  wawa,
  zeroBasedSkill,
  consensus,
} as const;

describe('which votes tell something of raters', () => {
  const nothing: [string, readonly (readonly number[])[], string][] = [
    ['no vote', [[], []], 'no-data'],
    ['one vote on each item', [[0], [1], [2], [0]], 'no-pairs'],
    ['one rater of everything', [[0], [0], [0]], 'no-pairs'],
    [
      'two raters of everything',
      [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      'inseparable-raters',
    ],
    [
      'a chain of pairs',
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
      'inseparable-raters',
    ],
    [
      'one rater beside each of the others',
      [
        [0, 1],
        [0, 2],
        [0, 3],
        [0, 4],
      ],
      'inseparable-raters',
    ],
    [
      'two camps, each pair across them',
      [
        [0, 3],
        [0, 4],
        [1, 3],
        [1, 4],
        [2, 3],
        [2, 4],
      ],
      'inseparable-raters',
    ],
  ];
  test.each(nothing)('%s: no model, and the reason', (_, raters, reason) => {
    expect(comparedRatings(ratedBy(raters))).toMatchObject({ kind: 'undefined', reason });
    for (const model of Object.values(models))
      expect(model(ratedBy(raters))).toMatchObject({ kind: 'undefined', reason });
  });

  const something: [string, readonly (readonly number[])[], readonly number[]][] = [
    ['three raters of one item', [[0, 1, 2]], [0]],
    [
      'three raters, two on each item',
      [
        [0, 1],
        [1, 2],
        [0, 2],
      ],
      [0, 1, 2],
    ],
    [
      'a cycle of five',
      [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 0],
      ],
      [0, 1, 2, 3, 4],
    ],
    ['a rater who shares an item with one of a cycle', [[0, 1, 2], [2, 3], [3], [0]], [0, 1]],
    [
      'not those who share no item with them',
      [
        [0, 1, 2],
        [3, 4],
        [3, 4],
      ],
      [0],
    ],
  ];
  test.each(something)('%s', (_, raters, items) => {
    const compared = comparedRatings(ratedBy(raters));
    if ('kind' in compared) return expect.unreachable(compared.because);
    expect([...new Set(compared.items)]).toEqual(items);
    expect(compared.itemCount).toBe(raters.length);
    for (const model of Object.values(models))
      expect(model(ratedBy(raters)).kind).toBe('consensus');
  });

  test('answers that are known tell of a rater what no other rater could', () => {
    const ratings = ratedBy([[0], [0], [1], [1]]);
    expect(dawidSkene(ratings, { known: Int32Array.of(0, 1, 0, -1) }).kind).toBe('consensus');
    expect(dawidSkene(ratings, { known: new Int32Array(4).fill(-1) })).toMatchObject({
      reason: 'no-pairs',
    });
  });
});
