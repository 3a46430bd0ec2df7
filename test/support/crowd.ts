/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRandom, randomInteger, randomNormal, type Seed } from '#statistics/random.js';
import { buildRatings, indexLabels, type Ratings } from '#statistics/ratings.js';

/** A crowd whose answers are simulated. */
export interface Crowd {
  readonly items: number;
  readonly votesPerItem: number;
  readonly judgmentsPerRater: number;
  /** How frequent each answer is; sums to 1. */
  readonly shares: readonly number[];
  /** How often a vote of the median rater is right; a wrong one is any other answer alike. */
  readonly accuracy: number;
  /** Standard deviation of the raters' accuracies in log-odds; 0: all alike. */
  readonly spread?: number;
}

export interface SimulatedCrowd {
  readonly ratings: Ratings;
  readonly truth: Int32Array;
}

/** Deals the items among the raters as evenly as it goes, in random order, and lets them answer. */
export function simulateCrowd(
  { items: itemCount, votesPerItem, judgmentsPerRater, shares, accuracy, spread = 0 }: Crowd,
  seed: Seed,
): SimulatedCrowd {
  const random = createRandom(seed);
  const categoryCount = shares.length;
  const raterCount = Math.max(
    votesPerItem,
    Math.round((itemCount * votesPerItem) / judgmentsPerRater),
  );
  const skill = Array.from({ length: raterCount }, () => {
    const odds = Math.log(accuracy / (1 - accuracy)) + spread * randomNormal(random);
    return 1 / (1 + Math.exp(-odds));
  });
  const answer = (): number => {
    let left = random();
    return Math.max(
      0,
      shares.findIndex((share) => (left -= share) < 0),
    );
  };
  const truth = Int32Array.from({ length: itemCount }, answer);
  const load = skill.map(() => 0);
  const rows = [...truth.entries()].flatMap(([item, right]) =>
    load
      .map((judged, rater) => ({ rater, rank: judged + random() }))
      .toSorted((one, other) => one.rank - other.rank)
      .slice(0, votesPerItem)
      .map(({ rater }) => {
        load[rater]!++;
        const value =
          random() < skill[rater]!
            ? right
            : (right + 1 + randomInteger(categoryCount - 1, random)) % categoryCount;
        return { item, rater, value };
      }),
  );
  return {
    truth,
    ratings: buildRatings({
      items: Int32Array.from(rows, (row) => row.item),
      raters: Int32Array.from(rows, (row) => row.rater),
      values: Int32Array.from(rows, (row) => row.value),
      itemCount,
      raterCount,
      categoryCount,
    }),
  };
}

/**
 * The share of items whose most probable answer is right, and the mean probability of that answer.
 * Where several answers share the first place, each counts alike.
 * @param truth the right answer per item; -1 leaves the item out
 */
export function rightAndClaimed(
  posterior: Float64Array,
  truth: Int32Array,
): { right: Float64Array; claimed: Float64Array } {
  const size = posterior.length / truth.length;
  const known = [...truth.keys()].filter((item) => truth[item] !== -1);
  const right = new Float64Array(known.length);
  const claimed = new Float64Array(known.length);
  for (const [index, item] of known.entries()) {
    const row = posterior.subarray(item * size, (item + 1) * size);
    const highest = Math.max(...row);
    const leaders = [...row.keys()].filter((category) => row[category]! >= highest - 1e-9);
    right[index] = leaders.includes(truth[item]!) ? 1 / leaders.length : 0;
    claimed[index] = highest;
  }
  return { right, claimed };
}

/** A crowd-labelled set whose right answers are known. */
export interface CrowdSet {
  readonly name: string;
  readonly ratings: Ratings;
  /** The true category per item, -1 where it is unknown, -2 where nobody ever gave it. */
  readonly truth: Int32Array;
}

/** Reads NAME.labels.csv (item,worker,label) and NAME.truth.csv (item,truth) of a folder. */
export function readCrowd(folder: string, name: string): CrowdSet {
  const rows = (file: string): string[][] =>
    readFileSync(resolve(folder, file), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
  const labels = rows(`${name}.labels.csv`);
  const items = indexLabels(labels.map((row) => row[0] ?? ''));
  const raters = indexLabels(labels.map((row) => row[1] ?? ''));
  const values = indexLabels(
    labels.map((row) => row[2] ?? ''),
    [...new Set(labels.map((row) => row[2] ?? ''))].toSorted(),
  );
  const truths = new Map(rows(`${name}.truth.csv`).map((row) => [row[0] ?? '', row[1] ?? '']));
  const truth = Int32Array.from(items.labels, (item) => {
    const answer = truths.get(item);
    if (answer === undefined) return -1;
    const index = values.labels.indexOf(answer);
    return index < 0 ? -2 : index;
  });
  const ratings = buildRatings({
    items: items.indexes,
    raters: raters.indexes,
    values: values.indexes,
    itemCount: items.labels.length,
    raterCount: raters.labels.length,
    categoryCount: values.labels.length,
  });
  return { name, ratings, truth };
}
