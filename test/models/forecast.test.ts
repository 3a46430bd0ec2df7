import { expect, test } from 'vitest';
import { costByModel, forecastOf, paidBy } from '#models/forecast.js';
import { testDatabase } from '../support/database.js';
import { answerTo, askingOf, holdOf, modelWith, newRun, textRequest } from './support.js';

/** So large that the squares need every digit of a double. */
const price = { input: 1e9, output: 1_000_200_000 };
const cost = 15_001;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

test('a forecast needs five calls, and holds what comes as often as it says', () => {
  expect(forecastOf({ calls: 4, sum: 40, squares: 400 }, 10)).toBeNull();
  expect(forecastOf({ calls: 5, sum: 50, squares: 500 }, 10)).toEqual({
    more: 100,
    low: 100,
    high: 100,
  });
  // Costs that differ as lengths of texts do: a linear congruential generator stands for chance.
  let state = 7;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const costs = (count: number): number[] =>
    Array.from({ length: count }, () => Math.round(20 - 60 * Math.log(1 - next())));
  let held = 0;
  for (let round = 0; round < 1_000; round += 1) {
    const paid = costs(60);
    const forecast = forecastOf(
      { calls: 60, sum: sum(paid), squares: sum(paid.map((value) => value * value)) },
      200,
    );
    const more = sum(costs(200));
    if (forecast !== null && forecast.low <= more && more <= forecast.high) held += 1;
  }
  expect(held).toBeGreaterThan(915);
  expect(held).toBeLessThan(975);
});

test('what a run paid is counted by model, and answers of earlier runs cost it nothing', async () => {
  const database = await testDatabase();
  const [small, large] = [
    await modelWith(database, answerTo, { price }),
    await modelWith(database, answerTo, { price, model: 'large' }),
  ];
  const [first, second] = [await newRun(database), await newRun(database)];
  const early = askingOf(database, await holdOf(database, first));
  for (const text of ['a', 'b']) await early.ask(small, textRequest(text));
  const late = askingOf(database, await holdOf(database, second));
  for (const text of ['a', 'b', 'c']) await late.ask(small, textRequest(text));
  await late.ask(large, textRequest('a'));
  expect(await paidBy(database.db, first.id)).toEqual({
    calls: 2,
    sum: 2 * cost,
    squares: 2 * cost * cost,
  });
  expect(await costByModel(database.db, second.id)).toEqual([
    expect.objectContaining({ name: 'm', version: 1, calls: 3, answered: 3, lost: 0, cost }),
    expect.objectContaining({ name: 'm', version: 2, calls: 1, answered: 1, cost }),
  ]);
});
