/**
 * One million ratings: node .build/bench/statistics.js [FILE.csv] FILE.csv has item,worker,label as
 * gen_large.py of the reference material writes it; without it an equivalent seeded set is
 * generated (200,000 items, 5 ratings each, 2,000 raters, 5 ordered labels, 10 % of raters
 * guessing). Wanted: coefficients with errors within 0.5 s, bootstrap of alpha within 1 s, peak
 * memory under 500 MB.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { bootstrapAlpha, krippendorffAlpha } from '#statistics/agreement/alpha.js';
import {
  chanceCorrected,
  type Coefficient,
  coefficients,
} from '#statistics/agreement/chanceCorrected.js';
import { pooledAgreement, unanimousShare } from '#statistics/agreement/observed.js';
import { createRandom, randomInteger, shuffle } from '#statistics/random.js';
import { buildRatings, type RatingRows } from '#statistics/ratings.js';

const [itemCount, raterCount, categoryCount, perItem] = [200_000, 2_000, 5, 5];

function generated(): RatingRows {
  const random = createRandom(20240501);
  const size = itemCount * perItem;
  const accuracy = Float64Array.from({ length: raterCount }, () => 0.5 + 0.45 * random());
  const guesses = Uint8Array.from({ length: raterCount }, () => (random() < 0.1 ? 1 : 0));
  const cumulative = [0.1, 0.25, 0.5, 0.8, 1];
  const rows = {
    items: new Int32Array(size),
    raters: new Int32Array(size),
    values: new Int32Array(size),
    itemCount,
    raterCount,
    categoryCount,
  };
  const order = shuffle(
    Array.from({ length: size }, (_, index) => index),
    random,
  );
  for (let item = 0; item < itemCount; item++) {
    const draw = random();
    const truth = cumulative.findIndex((limit) => draw < limit);
    for (let vote = 0; vote < perItem; vote++) {
      const rater = randomInteger(raterCount / perItem, random) + vote * (raterCount / perItem);
      const near = Math.min(categoryCount - 1, Math.max(0, truth + (random() < 0.5 ? -1 : 1)));
      const wrong = random() < 2 / 3 ? near : randomInteger(categoryCount, random);
      const at = order[item * perItem + vote] ?? 0;
      rows.items[at] = item;
      rows.raters[at] = rater;
      rows.values[at] =
        guesses[rater] === 1
          ? randomInteger(categoryCount, random)
          : random() < (accuracy[rater] ?? 0)
            ? truth
            : wrong;
    }
  }
  return rows;
}

async function read(path: string): Promise<RatingRows> {
  const size = itemCount * perItem;
  const rows = {
    items: new Int32Array(size),
    raters: new Int32Array(size),
    values: new Int32Array(size),
    itemCount,
    raterCount,
    categoryCount,
  };
  let at = -1;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (at >= 0) {
      const [item = '', rater = '', label = ''] = line.split(',');
      rows.items[at] = Number(item.slice(1));
      rows.raters[at] = Number(rater.slice(1));
      rows.values[at] = Number(label) - 1;
    }
    at++;
  }
  return rows;
}

function timed<T>(name: string, work: () => T): { value: T; milliseconds: number } {
  const start = performance.now();
  const value = work();
  const milliseconds = performance.now() - start;
  process.stdout.write(`${name.padEnd(46)}${milliseconds.toFixed(0).padStart(7)} ms\n`);
  return { value, milliseconds };
}

const path = process.argv[2];
const rows = path === undefined ? generated() : await read(path);
process.stdout.write(`${rows.values.length} ratings from ${path ?? 'the seeded generator'}\n`);

const built = timed('grouping and counting', () => buildRatings(rows));
const ratings = built.value;
let all = 0;
for (const name of Object.keys(coefficients) as Coefficient[]) {
  const { value, milliseconds } = timed(`${name} with error`, () => chanceCorrected(ratings, name));
  all += milliseconds;
  if (value.kind === 'estimate')
    process.stdout.write(
      `    ${value.value.toFixed(10)}  se ${(value.standardError ?? 0).toFixed(8)}\n`,
    );
}
all += timed('pooled agreement, unanimous share', () => [
  pooledAgreement(ratings),
  unanimousShare(ratings),
]).milliseconds;
for (const level of ['nominal', 'ordinal', 'interval'] as const) {
  const { value, milliseconds } = timed(`alpha ${level}`, () =>
    krippendorffAlpha(ratings, { level }),
  );
  all += milliseconds;
  if (value.kind === 'estimate') process.stdout.write(`    ${value.value.toFixed(10)}\n`);
}
const bootstraps = (['nominal', 'ordinal'] as const).map((level) => {
  const { value, milliseconds } = timed(`bootstrap of alpha ${level}, 1,000 replicates`, () =>
    bootstrapAlpha(ratings, { level, seed: 1, replicates: 1000 }),
  );
  if (value.kind === 'estimate' && value.interval !== undefined)
    process.stdout.write(
      `    [${value.interval.lower.toFixed(5)}, ${value.interval.upper.toFixed(5)}]\n`,
    );
  return milliseconds;
});
const peak = process.resourceUsage().maxRSS / 1024;
const rowsOfResult: [string, number, number, string][] = [
  ['all coefficients with errors, from grouped ratings', all / 1000, 0.5, 's'],
  ['the same with grouping and counting', (all + built.milliseconds) / 1000, 0.5, 's'],
  ['bootstrap of alpha (slower level)', Math.max(...bootstraps) / 1000, 1, 's'],
  ['peak memory', peak, 500, 'MB'],
];
for (const [name, value, limit, unit] of rowsOfResult) {
  process.stdout.write(
    `${value <= limit ? 'ok  ' : 'MISS'} ${name}: ${value.toFixed(2)} ${unit} (wanted at most ${limit} ${unit})\n`,
  );
  if (value > limit) process.exitCode = 1;
}
