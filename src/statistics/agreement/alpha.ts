/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Estimate, type Estimated, type Undefined, undefinedBecause } from '../estimate.js';
import { createRandom, type Random, randomBinomial, randomInteger, type Seed } from '../random.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { quantileOfSorted } from '../summary.js';
import { patternsOf } from './patterns.js';
import { areRatios, indexValues } from './weights.js';

/** How far apart two different answers are, for Krippendorff's alpha. */
export const alphaLevels = {
  nominal: 'two different answers differ, and that is all',
  ordinal: "Krippendorff's ordinal metric, from how often the answers between the two were given",
  interval: 'squared difference of the values',
  ratio: 'squared difference of the values over their sum',
} as const;
export type AlphaLevel = keyof typeof alphaLevels;

export interface AlphaOptions {
  readonly level: AlphaLevel;
  /** Numeric value of each declared category, for interval and ratio; by default its index. */
  readonly values?: Float64Array;
}

/** Alpha with observed and expected disagreement. `n` counts the items with two or more ratings. */
export interface AlphaEstimated extends Estimated {
  readonly observedDisagreement: number;
  readonly expectedDisagreement: number;
  /** Ratings of items that have at least two: those that alpha uses. */
  readonly pairableRatings: number;
}
export type AlphaEstimate = AlphaEstimated | Undefined;

/**
 * Krippendorff's alpha (Krippendorff 2011): 1 - observed / expected disagreement, missing ratings
 * allowed. Items with fewer than two ratings are dropped. Categories that nobody used add nothing.
 * Undefined where nothing can be paired, where only one answer was given, and for ratios of negative
 * values.
 */
export function krippendorffAlpha(ratings: Ratings, options: AlphaOptions): AlphaEstimate {
  const table = alphaTable(ratings, options);
  const result = alphaOf(table, table.multiplicity);
  return result ?? whyNot(ratings, table);
}

export interface BootstrapOptions {
  readonly seed: Seed;
  readonly replicates?: number;
  /** Confidence level. */
  readonly confidence?: number;
}

/**
 * Alpha with a percentile interval from resampling rated items with replacement; observed and
 * expected disagreement (and the ordinal metric) are recomputed in every replicate. Undefined
 * replicates are dropped and counted. The standard error is the standard deviation of the
 * replicates.
 */
export function bootstrapAlpha(
  ratings: Ratings,
  options: AlphaOptions & BootstrapOptions,
): AlphaEstimate {
  const { seed, replicates = 1000, confidence = 0.95 } = options;
  const table = alphaTable(ratings, options);
  const point = alphaOf(table, table.multiplicity);
  if (point === null) return whyNot(ratings, table);
  const random = createRandom(seed);
  const items = table.patternOfItem.length;
  const values = new Float64Array(replicates);
  const drawn = new Float64Array(table.multiplicity.length);
  let defined = 0;
  // Where many items share few patterns, how often each pattern is drawn is drawn at once: the same
  // distribution, far quicker.
  const byPattern = items > 20 * drawn.length;
  for (let replicate = 0; replicate < replicates; replicate++) {
    if (byPattern) {
      drawPatterns(table.multiplicity, items, drawn, random);
    } else {
      drawn.fill(0);
      for (let draw = 0; draw < items; draw++)
        drawn[table.patternOfItem[randomInteger(items, random)]!]!++;
    }
    const alpha = alphaOf(table, drawn);
    if (alpha !== null) values[defined++] = alpha.value;
  }
  const resampled = {
    ...point,
    seed,
    replicates: defined,
    droppedReplicates: replicates - defined,
  };
  if (defined < 2)
    return { ...resampled, withoutInterval: undefinedBecause('too-few-replicates').because };
  const sorted = values.slice(0, defined).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / defined;
  const spread = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (sorted[0] === sorted[defined - 1])
    return {
      ...resampled,
      standardError: 0,
      withoutInterval: undefinedBecause('no-variation').because,
    };
  return {
    ...resampled,
    standardError: Math.sqrt(spread / (defined - 1)),
    interval: {
      lower: quantileOfSorted(sorted, (1 - confidence) / 2),
      upper: quantileOfSorted(sorted, 1 - (1 - confidence) / 2),
      level: confidence,
      method: 'bootstrap-percentile',
    },
  };
}

/**
 * How often each pattern comes up among n draws with replacement: a multinomial, one binomial after
 * the other.
 */
function drawPatterns(
  multiplicity: Float64Array,
  n: number,
  drawn: Float64Array,
  random: Random,
): void {
  let draws = n;
  let left = n;
  for (let pattern = 0; pattern < multiplicity.length; pattern++) {
    const times =
      draws === 0 ? 0 : randomBinomial(draws, Math.min(1, multiplicity[pattern]! / left), random);
    drawn[pattern] = times;
    draws -= times;
    left -= multiplicity[pattern]!;
  }
}

/**
 * Alpha with the jackknife over items (those with one rating among them): its standard error, and
 * the value corrected for bias.
 */
export function jackknifeAlpha(
  ratings: Ratings,
  options: AlphaOptions,
): { readonly estimate: Estimate; readonly biasCorrected: number | null } {
  const table = alphaTable(ratings, options);
  const point = alphaOf(table, table.multiplicity);
  if (point === null) return { estimate: whyNot(ratings, table), biasCorrected: null };
  const n = table.patternOfItem.length;
  const left = table.multiplicity.slice();
  let sum = 0;
  let squares = 0;
  for (let pattern = 0; pattern < left.length; pattern++) {
    left[pattern]!--;
    const without = alphaOf(table, left);
    left[pattern]!++;
    if (without === null)
      return { estimate: undefinedBecause('too-few-replicates'), biasCorrected: null };
    sum += table.multiplicity[pattern]! * without.value;
    squares += table.multiplicity[pattern]! * without.value ** 2;
  }
  const mean = sum / n;
  const standardError = Math.sqrt(Math.max(0, ((n - 1) / n) * (squares - n * mean * mean)));
  return { estimate: { ...point, standardError }, biasCorrected: n * point.value - (n - 1) * mean };
}

/**
 * Each pattern of items (see `patternsOf`) holds its answers (category and count) and its pairs of
 * different answers with their weight.
 */
interface AlphaTable {
  readonly level: AlphaLevel;
  readonly values: Float64Array;
  readonly categoryCount: number;
  readonly patternOfItem: Int32Array;
  readonly multiplicity: Float64Array;
  readonly answerStart: Int32Array;
  readonly answers: Int32Array;
  readonly answerCounts: Float64Array;
  readonly pairStart: Int32Array;
  readonly pairs: Int32Array;
  readonly pairWeights: Float64Array;
}

function alphaTable(ratings: Ratings, options: AlphaOptions): AlphaTable {
  const size = ratings.categoryCount;
  const { patternOfItem, exampleOf, multiplicity } = patternsOf(ratings);
  const answerStart = [0];
  const answers: number[] = [];
  const answerCounts: number[] = [];
  const pairStart = [0];
  const pairs: number[] = [];
  const pairWeights: number[] = [];
  for (const item of exampleOf) {
    const total = ratingsOf(ratings, item);
    // An item with one rating is a pattern without answers: resampling may draw it, and then
    // nothing is added.
    const given: number[] = [];
    for (let category = 0; total >= 2 && category < size; category++)
      if (ratings.counts[item * size + category]! > 0) given.push(category);
    const counts = given.map((category) => ratings.counts[item * size + category]!);
    for (const [index, category] of given.entries()) {
      answers.push(category);
      answerCounts.push(counts[index]!);
    }
    answerStart.push(answers.length);
    for (let one = 0; one < given.length; one++) {
      for (let other = one + 1; other < given.length; other++) {
        pairs.push(given[one]!, given[other]!);
        pairWeights.push((2 * counts[one]! * counts[other]!) / (total - 1));
      }
    }
    pairStart.push(pairWeights.length);
  }
  return {
    level: options.level,
    values: options.values ?? indexValues(size),
    categoryCount: size,
    patternOfItem: patternOfItem.includes(-1)
      ? patternOfItem.filter((pattern) => pattern >= 0)
      : patternOfItem,
    multiplicity,
    answerStart: Int32Array.from(answerStart),
    answers: Int32Array.from(answers),
    answerCounts: Float64Array.from(answerCounts),
    pairStart: Int32Array.from(pairStart),
    pairs: Int32Array.from(pairs),
    pairWeights: Float64Array.from(pairWeights),
  };
}

/** Ratios of negative values mean nothing: -3 and 3 would be one answer. */
function isRefused({ level, values }: AlphaTable): boolean {
  return level === 'ratio' && !areRatios(values);
}

function whyNot(ratings: Ratings, table: AlphaTable): Undefined {
  if (isRefused(table)) return undefinedBecause('negative-values');
  if (ratings.values.length === 0) return undefinedBecause('no-data');
  if (ratings.raters.every((rater) => rater === ratings.raters[0]))
    return undefinedBecause('one-rater');
  return undefinedBecause(table.answers.length === 0 ? 'no-pairs' : 'one-category');
}

function alphaOf(table: AlphaTable, multiplicity: Float64Array): AlphaEstimated | null {
  if (isRefused(table)) return null;
  const totals = new Float64Array(table.categoryCount);
  let items = 0;
  for (let pattern = 0; pattern < multiplicity.length; pattern++) {
    const times = multiplicity[pattern]!;
    if (times === 0) continue;
    if (table.answerStart[pattern] !== table.answerStart[pattern + 1]) items += times;
    for (
      let index = table.answerStart[pattern]!;
      index < table.answerStart[pattern + 1]!;
      index++
    ) {
      totals[table.answers[index]!]! += times * table.answerCounts[index]!;
    }
  }
  const ratings = totals.reduce((sum, count) => sum + count, 0);
  if (ratings === 0) return null;
  const distance = distances[table.level](table, totals);
  let observed = 0;
  for (let pattern = 0; pattern < multiplicity.length; pattern++) {
    const times = multiplicity[pattern]!;
    if (times === 0) continue;
    let sum = 0;
    for (let pair = table.pairStart[pattern]!; pair < table.pairStart[pattern + 1]!; pair++) {
      sum +=
        table.pairWeights[pair]! * distance(table.pairs[2 * pair]!, table.pairs[2 * pair + 1]!);
    }
    observed += times * sum;
  }
  let expected = 0;
  for (let one = 0; one < totals.length; one++) {
    if (totals[one] === 0) continue;
    for (let other = one + 1; other < totals.length; other++) {
      if (totals[other] !== 0) expected += 2 * totals[one]! * totals[other]! * distance(one, other);
    }
  }
  if (!(expected > 0)) return null;
  const observedDisagreement = observed / ratings;
  const expectedDisagreement = expected / (ratings * (ratings - 1));
  return {
    kind: 'estimate',
    value: 1 - observedDisagreement / expectedDisagreement,
    n: items,
    observedDisagreement,
    expectedDisagreement,
    pairableRatings: ratings,
  };
}

type Distance = (one: number, other: number) => number;

const distances: Record<AlphaLevel, (table: AlphaTable, totals: Float64Array) => Distance> = {
  nominal: () => () => 1,
  interval:
    ({ values }) =>
    (one, other) =>
      (values[one]! - values[other]!) ** 2,
  ratio:
    ({ values }) =>
    (one, other) => {
      const sum = values[one]! + values[other]!;
      return sum === 0 ? 0 : ((values[one]! - values[other]!) / sum) ** 2;
    },
  ordinal: (_, totals) => {
    // middle[c]: ratings below category c plus half of its own; the metric is the squared
    // difference of two of these.
    const middle = new Float64Array(totals.length);
    let below = 0;
    for (let category = 0; category < totals.length; category++) {
      middle[category] = below + totals[category]! / 2;
      below += totals[category]!;
    }
    return (one, other) => (middle[one]! - middle[other]!) ** 2;
  },
};
