import { expect, test } from 'vitest';
import { sizesUpTo, smallestSize } from '#statistics/power/smallest.js';
import { undefinedBecause } from '#statistics/estimate.js';

const sizes = (...values: number[]) =>
  values.map((value, index) => ({ items: 10 * (index + 1), simulated: { value, error: 0.02 } }));

test('the smallest size is the one from which on every size reaches the goal', () => {
  expect(smallestSize(sizes(0.5, 0.81, 0.79, 0.85, 0.9), { atLeast: 0.8 })).toEqual({
    kind: 'reached',
    items: 40,
    value: { value: 0.85, error: 0.02 },
    between: [20, 40],
  });
  expect(smallestSize(sizes(0.1, 0.06, 0.04), { atMost: 0.05 })).toMatchObject({
    kind: 'reached',
    items: 30,
    between: [20, null],
  });
  expect(smallestSize(sizes(0.9, 0.95), { atLeast: 0.8 })).toMatchObject({
    items: 10,
    between: [10, 10],
  });
});

test('a goal that no size reaches says how far the largest one comes', () => {
  expect(smallestSize(sizes(0.5, 0.6), { atLeast: 0.8 })).toEqual({
    kind: 'not-reached',
    most: 20,
    value: { value: 0.6, error: 0.02 },
  });
  const because = undefinedBecause('too-few-raters');
  expect(smallestSize([{ items: 10, simulated: because }], { atLeast: 0.8 })).toEqual(because);
  expect(
    smallestSize([{ items: 5, simulated: because }, ...sizes(0.9)], { atLeast: 0.8 }),
  ).toMatchObject({ items: 10 });
  expect(() => smallestSize([], { atLeast: 0.8 })).toThrow(RangeError);
});

test('sizes to try grow in small steps', () => {
  const tried = sizesUpTo(1000);
  expect([tried[0], tried.at(-1)]).toEqual([10, 1000]);
  expect(tried).toEqual(expect.arrayContaining([50, 100, 200, 300, 500]));
  for (const [index, size] of tried.slice(1).entries())
    expect(size / (tried[index] ?? 0)).toBeLessThanOrEqual(1.2);
});
