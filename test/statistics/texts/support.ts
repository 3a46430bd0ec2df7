import fc from 'fast-check';
import { expect } from 'vitest';

const words = [
  'alpha',
  'beta',
  'gamma',
  'delta',
  'epsilon',
  'zeta',
  'eta',
  'theta',
  'yes',
  'no',
  'κόσμος',
  '世界',
  'don’t',
  '__proto__',
  '!?',
];

/**
 * Texts of few words, so that repeats and near-repeats are frequent; some are empty, some are any
 * characters at all.
 */
export const anyTexts = (maxLength = 14): fc.Arbitrary<string[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .array(fc.constantFrom(...words), { maxLength: 9 })
          .map((list) => list.join(' ')),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    ),
    { maxLength },
  );

/** Fails where a number inside is NaN or infinite. */
export function expectNumbers(value: unknown, path = 'result'): void {
  if (typeof value === 'number') expect(Number.isFinite(value), path).toBe(true);
  else if (Array.isArray(value) || ArrayBuffer.isView(value))
    Array.from(value as ArrayLike<unknown>).forEach((member, index) =>
      expectNumbers(member, `${path}[${index}]`),
    );
  else if (value !== null && typeof value === 'object')
    for (const [key, member] of Object.entries(value)) expectNumbers(member, `${path}.${key}`);
}

/** A seeded permutation of indexes. */
export function permutation(length: number, seed: number): number[] {
  return Array.from({ length }, (_, index) => ({
    index,
    key: Math.imul(index + 1, 2654435761 + 2 * seed) >>> 0,
  }))
    .toSorted((one, other) => one.key - other.key || one.index - other.index)
    .map((entry) => entry.index);
}
