import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agreementByGroup, hiddenCells } from '#statistics/smallCells.js';

test('a cell under five takes the next smallest with it', () => {
  expect(hiddenCells([20, 3, 8, 12])).toEqual([false, true, true, false]);
  expect(hiddenCells([20, 3, 4, 12])).toEqual([false, true, true, false]);
  expect(hiddenCells([20, 1, 2, 12])).toEqual([false, true, true, true]);
  expect(hiddenCells([20, 0, 3, 12])).toEqual([false, false, true, true]);
  expect(hiddenCells([20, 0, 5])).toEqual([false, false, false]);
  expect(hiddenCells([3])).toEqual([true]);
});

test('no table of sizes and total gives a small cell away', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(15), { minLength: 1, maxLength: 8 }), (sizes) => {
      const hidden = hiddenCells(sizes);
      const inside = sizes.filter((_, cell) => hidden[cell]);
      const sum = inside.reduce((total, size) => total + size, 0);
      for (const [cell, size] of sizes.entries())
        if (size > 0 && size < 5) expect(hidden[cell]).toBe(true);
      const others = sizes.filter((size, cell) => hidden[cell] === false && size > 0);
      // Hidden cells are two or more and five people or more, or nothing is left to hide beside.
      if (inside.length > 0 && others.length > 0) {
        expect(inside.length).toBeGreaterThanOrEqual(2);
        expect(sum).toBeGreaterThanOrEqual(5);
      }
      if (sizes.every((size) => size === 0 || size >= 5)) expect(inside).toEqual([]);
    }),
  );
});

test('agreement by group hides small cells, and the total where it would tell', () => {
  const groups = (sizes: readonly number[]): ReturnType<typeof agreementByGroup> => {
    const groupOf = Int32Array.from(sizes.flatMap((size, group) => Array(size).fill(group)));
    const rows = [...groupOf.keys()].flatMap((rater) =>
      [0, 1, 2, 3].map((item) => ({ rater, item })),
    );
    return agreementByGroup(
      {
        items: Int32Array.from(rows, ({ item }) => item),
        raters: Int32Array.from(rows, ({ rater }) => rater),
        values: Float64Array.from(rows, ({ rater, item }) =>
          groupOf[rater] === 0 && item === 0 ? 0 : 1,
        ),
      },
      groupOf,
      sizes.length,
    );
  };
  const { raters, cells } = groups([9, 2, 6, 11]);
  expect(raters).toBe(28);
  expect(cells.map(({ kind }) => kind)).toEqual(['shown', 'hidden', 'hidden', 'shown']);
  expect(cells[0]).toMatchObject({ raters: 9, votes: 36, agreement: { value: 0.75 } });
  expect(JSON.stringify(cells[1])).toBe('{"kind":"hidden","group":1}');
  expect(groups([3]).raters).toBeNull();
  expect(groups([2, 1]).raters).toBeNull();
});
