/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wilsonInterval } from '#statistics/proportions.js';
import { createRandom, randomNormal } from '#statistics/random.js';
import { inOrder, type Judged } from '#statistics/raterQuality/judged.js';
import type { Measured, Signal } from '#statistics/raterQuality/signal.js';
import { raterSignals, type SignalName, signalNames } from '#statistics/raterQuality/signals.js';
import { answersOf, chanceOfNoRun } from '#statistics/raterQuality/straightLines.js';
import { plantedCrowd, usualCrowd } from '../support/plantedCrowd.js';

type Row = readonly [rater: number, item: number, choice: number];

const judgedFrom = (rows: readonly Row[], more: Partial<Judged> = {}): Judged => ({
  raters: Int32Array.from(rows, ([rater]) => rater),
  items: Int32Array.from(rows, ([, item]) => item),
  choices: Int32Array.from(rows, ([, , choice]) => choice),
  raterCount: Math.max(...rows.map(([rater]) => rater)) + 1,
  itemCount: Math.max(...rows.map(([, item]) => item)) + 1,
  choiceCount: 2,
  ...more,
});
const measured = (signal: Signal): Measured => {
  if (signal.kind === 'silent') throw new Error(signal.because);
  return signal;
};
const places = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Six raters say 0 of ten items; rater 6 says 1 of the first three. */
const block = places(7).flatMap((rater) =>
  places(10).map((item): Row => [rater, item, rater === 6 && item < 3 ? 1 : 0]),
);

test('gold, block and both are counted by hand, with the rows behind them', () => {
  const gold = Int32Array.from(places(10), (item) => (item >= 5 ? 0 : -1));
  const signals = raterSignals(judgedFrom(block, { gold, block: new Uint8Array(10).fill(1) }))[6]!;
  expect(signals.gold).toMatchObject({ value: 1, n: 5 });
  expect(signals.block).toMatchObject({ value: 0.4, n: 5 });
  const { lower, upper } = wilsonInterval(7, 10);
  expect(signals.known).toMatchObject({ value: 0.7, n: 10, lower, upper });
  expect([...measured(signals.gold).rows]).toEqual([65, 66, 67, 68, 69]);
  expect(signals.others).toMatchObject({ value: 0.7, n: 10 });
});

test('exempt items and divided blocks count for nobody', () => {
  const exempt = Uint8Array.from(places(10), (item) => (item < 3 ? 1 : 0));
  const spared = raterSignals(judgedFrom(block, { block: new Uint8Array(10).fill(1), exempt }))[6]!;
  expect(spared.known).toMatchObject({ value: 1, n: 7 });
  const divided = places(7).flatMap((rater) =>
    places(10).map((item): Row => [rater, item, rater % 2]),
  );
  const signals = raterSignals(judgedFrom(divided, { block: new Uint8Array(10).fill(1) }))[0]!;
  expect(signals.known).toMatchObject({ kind: 'silent', reason: 'too-few', n: 0 });
});

test('under five judgments nothing is said', () => {
  const rows = block.filter(([, item]) => item < 4);
  for (const [name, signal] of Object.entries(raterSignals(judgedFrom(rows))[6]!))
    expect([name, signal.kind]).toEqual([name, 'silent']);
});

test('where every answer is known, skill is the share right with its likelihood limits', () => {
  const signals = raterSignals(judgedFrom(block, { gold: new Int32Array(10) }))[6]!;
  const { value, lower, upper } = measured(signals.skill);
  expect(value).toBeCloseTo(0.7, 9);
  const log = (p: number): number => 7 * Math.log(p) + 3 * Math.log(1 - p);
  for (const limit of [lower, upper])
    expect(2 * (log(0.7) - log(limit))).toBeCloseTo(3.841458820694124, 6);
});

test('limits of skill hold the rate of raters who are right 80 % of the time', () => {
  let [held, all] = [0, 0];
  for (let seed = 0; seed < 4; seed++) {
    const plan = {
      ...usualCrowd,
      honest: 46,
      eachCareless: 0,
      ring: 0,
      skill: [0.8, 0.8] as const,
    };
    const crowd = plantedCrowd({ ...plan, model: 0 }, createRandom(`skill ${seed}`));
    for (const { skill } of raterSignals(crowd.judged)) {
      all++;
      if (measured(skill).lower <= 0.8 && 0.8 <= measured(skill).upper) held++;
    }
  }
  expect(held / all).toBeGreaterThan(0.9);
  expect(held / all).toBeLessThan(0.99);
});

test('pace is a multiple of what others take, whatever the items take', () => {
  const random = createRandom('pace');
  const rows = places(12).flatMap((rater) => places(20).map((item): Row => [rater, item, 0]));
  const milliseconds = Float64Array.from(
    rows,
    ([rater, item]) =>
      (rater === 3 ? 0.2 : 1) * 1000 * (1 + item) * Math.exp(0.1 * randomNormal(random)),
  );
  const signals = raterSignals(judgedFrom(rows, { milliseconds }));
  const fast = measured(signals[3]!.pace);
  expect(fast.upper).toBeLessThan(0.5);
  expect(fast.value).toBeLessThan(0.4);
  expect(measured(signals[0]!.pace).lower).toBeGreaterThan(0.7);
  expect(raterSignals(judgedFrom(rows))[0]!.pace).toMatchObject({ reason: 'no-times' });
});

test('one item with a single slow time makes nobody fast or slow', () => {
  const rows = places(8).flatMap((rater) => places(10).map((item): Row => [rater, item, 0]));
  const milliseconds = Float64Array.from(rows, () => 1000);
  milliseconds[0] = 1e9;
  for (const { pace } of raterSignals(judgedFrom(rows, { milliseconds })))
    expect(measured(pace).value).toBeCloseTo(1, 9);
});

/** All sequences of answers, with their chances: those without so long a run. */
function noRunByEnumeration(chances: number[][], length: number): number {
  const walk = (place: number, last: number, run: number): number =>
    place === chances.length
      ? 1
      : chances[place]!.reduce((sum, chance, answer) => {
          const now = answer === last ? run + 1 : 1;
          return sum + (now >= length ? 0 : chance * walk(place + 1, answer, now));
        }, 0);
  return walk(0, -1, 0);
}

test('the chance of no run is that of enumerating all sequences', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }), {
        minLength: 1,
        maxLength: 7,
      }),
      fc.integer({ min: 2, max: 8 }),
      (weights, length) => {
        const chances = weights.map((row) => row.map((each) => each / row.reduce((a, b) => a + b)));
        expect(chanceOfNoRun(Float64Array.from(chances.flat()), 3, length)).toBeCloseTo(
          noRunByEnumeration(chances, length),
          10,
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('a straight line is unusual where others alternate, and usual where they do not', () => {
  const rowsOf = (truth: (item: number) => number): Row[] =>
    places(9).flatMap((rater) =>
      places(20).map((item): Row => [rater, item, rater === 8 ? 0 : truth(item)]),
    );
  const mixed = raterSignals(judgedFrom(rowsOf((item) => item % 2)))[8]!;
  expect(measured(mixed.labelRun)).toMatchObject({ value: 20, limits: 'expected', n: 20 });
  expect(measured(mixed.labelRun).upper).toBeLessThan(8);
  expect(measured(mixed.labelRun).rows).toHaveLength(20);
  expect(measured(mixed.labelShare).value).toBe(1);
  expect(measured(mixed.labelShare).expected).toBeLessThan(0.65);
  const alike = measured(raterSignals(judgedFrom(rowsOf(() => 0)))[8]!.labelRun);
  expect(alike.value).toBeLessThanOrEqual(alike.upper);
});

test('the choice shown first, drift and repeated items, by hand', () => {
  const rows = [...block, ...places(6).map((item): Row => [6, item, item < 5 ? 0 : 1])];
  const judged = judgedFrom(rows, {
    gold: new Int32Array(10),
    positions: Int32Array.from(rows, (_, row) => (row % 10 < 8 ? 0 : 1)),
    at: Float64Array.from(rows, (_, row) => row),
  });
  const signals = raterSignals(judged)[6]!;
  expect(signals.self).toMatchObject({ value: 0.3333333333333333, n: 6 });
  expect(signals.drift).toMatchObject({ value: 1 - 2 / 5, n: 10, expected: 0 });
  expect(signals.firstChoice).toMatchObject({ value: 14 / 16, n: 16, expected: 0.5 });
  expect(raterSignals(judgedFrom(rows))[6]!.firstChoice).toMatchObject({ reason: 'no-positions' });
});

test('every signal lies within its limits, and says rows of its own rater', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 5 }),
          fc.integer({ min: 0, max: 9 }),
          fc.integer({ min: -1, max: 2 }),
          fc.integer({ min: -1, max: 4 }),
          fc.integer({ min: -1, max: 2 }),
          fc.oneof(fc.constant(NaN), fc.integer({ min: 0, max: 1e6 })),
        ),
        { maxLength: 120 },
      ),
      fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 10, maxLength: 10 }),
      (rows, gold) => {
        const column = (at: number): Int32Array => Int32Array.from(rows, (row) => row[at]!);
        const judged: Judged = {
          raters: column(0),
          items: column(1),
          choices: column(2),
          relevance: column(3),
          positions: column(4),
          milliseconds: Float64Array.from(rows, (row) => row[5]),
          raterCount: 6,
          itemCount: 10,
          choiceCount: 3,
          relevanceCount: 5,
          gold: Int32Array.from(gold),
          block: new Uint8Array(10).fill(1),
        };
        for (const [rater, signals] of raterSignals(judged).entries())
          for (const name of Object.keys(signalNames) as SignalName[]) {
            const signal = signals[name];
            if (signal.kind === 'silent') {
              expect(signal.because.length).toBeGreaterThan(10);
              continue;
            }
            expect(signal.n).toBeGreaterThanOrEqual(5);
            for (const each of [signal.value, signal.lower, signal.upper])
              expect(Number.isFinite(each)).toBe(true);
            if (signal.limits === 'confidence') {
              expect(signal.lower).toBeLessThanOrEqual(signal.value + 1e-9);
              expect(signal.upper).toBeGreaterThanOrEqual(signal.value - 1e-9);
            }
            for (const row of signal.rows) expect(judged.raters[row]).toBe(rater);
          }
      },
    ),
    { numRuns: 60 },
  );
});

test('indexes outside their counts and columns of other lengths are refused', () => {
  expect(() => inOrder(judgedFrom([[0, 0, 2]]))).toThrow('choices must be from -1 to 1; got 2.');
  expect(() => inOrder(judgedFrom(block, { gold: new Int32Array(3) }))).toThrow(
    'There are 10 items but 3 gold.',
  );
  expect(answersOf(judgedFrom(block) as never, new Int32Array(70), 2).shares[0]).toBe(1);
});
