import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  allocateToStrata,
  createRandom,
  randomBinomial,
  randomInteger,
  sampleStrata,
  sampleWithoutReplacement,
  shuffle,
} from '#statistics/random.js';
import { binomialChance } from '#statistics/shrinkage.js';

describe('the seeded generator', () => {
  test('gives the same numbers for the same seed, whether written as a number or as text', () => {
    const [one, other, different] = [createRandom(7), createRandom('7'), createRandom(8)];
    const numbers = Array.from({ length: 5 }, () => one());
    expect(Array.from({ length: 5 }, () => other())).toEqual(numbers);
    expect(Array.from({ length: 5 }, () => different())).not.toEqual(numbers);
  });

  test('keeps giving the numbers that old samples were drawn with', () => {
    const random = createRandom('assay');
    expect([random(), random(), random()].map((value) => value.toFixed(8))).toEqual([
      '0.43686934',
      '0.39548541',
      '0.44859782',
    ]);
  });

  test('spreads evenly: the chi-square of 100 cells over 100,000 draws is unremarkable', () => {
    const random = createRandom('even');
    const cells = Array.from({ length: 100 }, () => 0);
    for (let draw = 0; draw < 100_000; draw++) {
      const cell = randomInteger(100, random);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeGreaterThan(61);
    expect(chiSquare).toBeLessThan(149);
  });
});

describe('samples', () => {
  test('a shuffle keeps every value and leaves the input alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (values, seed) => {
        const before = [...values];
        expect(shuffle(values, createRandom(seed)).toSorted((a, b) => a - b)).toEqual(
          before.toSorted((a, b) => a - b),
        );
        expect(values).toEqual(before);
      }),
    );
  });

  test('every ordered pair of four is drawn about equally often', () => {
    const random = createRandom('pairs');
    const seen = new Map<string, number>();
    for (let draw = 0; draw < 12_000; draw++) {
      const key = sampleWithoutReplacement(['a', 'b', 'c', 'd'], 2, random).join('');
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(12);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('more than there is cannot be drawn', () => {
    expect(() => sampleWithoutReplacement([1, 2], 3, createRandom(1))).toThrow(
      /Cannot draw 3 of 2/,
    );
  });
});

describe('strata', () => {
  test('a proportional allocation follows the sizes, with the largest remainders rounded up', () => {
    expect(allocateToStrata([500, 500], 100)).toEqual([50, 50]);
    expect(allocateToStrata([600, 300, 100], 10)).toEqual([6, 3, 1]);
    expect(allocateToStrata([1, 1, 1], 2)).toEqual([1, 1, 0]);
  });

  test('an equal allocation passes on what a small stratum lacks', () => {
    expect(allocateToStrata([10, 500, 500], 100, 'equal')).toEqual([10, 45, 45]);
  });

  test('the whole sample has exactly the size asked for, and no stratum gives more than it has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { maxLength: 8 }),
        fc.nat(300),
        fc.constantFrom('equal', 'proportional'),
        (sizes, total, allocation) => {
          const drawn = allocateToStrata(sizes, total, allocation);
          expect(drawn.reduce((sum, count) => sum + count, 0)).toBe(
            Math.min(
              total,
              sizes.reduce((sum, size) => sum + size, 0),
            ),
          );
          for (const [index, count] of drawn.entries())
            expect(count).toBeLessThanOrEqual(sizes[index] ?? 0);
        },
      ),
    );
  });

  test('a stratified sample draws from each stratum what was allotted to it', () => {
    const sample = sampleStrata(
      [
        ['y1', 'y2', 'y3'],
        ['n1', 'n2', 'n3'],
      ],
      4,
      createRandom('s'),
    );
    expect(sample.map((stratum) => stratum.length)).toEqual([2, 2]);
    expect(sample[0]?.every((value) => value.startsWith('y'))).toBe(true);
  });
});

describe('binomial draws', () => {
  for (const [n, p] of [
    [5, 0.3],
    [40, 0.05],
    [200, 0.5],
    [1000, 0.02],
    [100_000, 0.97],
  ] as const) {
    test(`${n} trials with chance ${p}: mean and variance as they should be`, () => {
      const random = createRandom(`binomial ${n}`);
      const draws = Array.from({ length: 20_000 }, () => randomBinomial(n, p, random));
      const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
      const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
      expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...draws)).toBeLessThanOrEqual(n);
      expect(Math.abs(mean - n * p)).toBeLessThan(4 * Math.sqrt((n * p * (1 - p)) / draws.length));
      expect(variance / (n * p * (1 - p))).toBeCloseTo(1, 1);
    });
  }

  test('every number of successes as often as the distribution says', () => {
    for (const [n, p] of [
      [12, 0.4],
      [60, 0.3],
    ] as const) {
      const random = createRandom(`shares ${n}`);
      const counts = new Float64Array(n + 1);
      for (let draw = 0; draw < 40_000; draw++) {
        const successes = randomBinomial(n, p, random);
        counts[successes] = (counts[successes] ?? 0) + 1;
      }
      for (let x = 0; x <= n; x++)
        expect(Math.abs((counts[x] ?? 0) / 40_000 - binomialChance(x, n, p))).toBeLessThan(0.011);
    }
  });
});
