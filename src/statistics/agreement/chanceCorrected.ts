/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Estimated, tInterval, type Undefined, undefinedBecause } from '../estimate.js';
import { type Ratings, ratingsOf, withUsedCategories } from '../ratings.js';
import { congerChance } from './conger.js';
import { patternsOf } from './patterns.js';
import { areRatios, indexValues, type Weighting, weightTable } from './weights.js';

/** The coefficients that share observed agreement and differ in what chance would give. */
export const coefficients = {
  'percent-agreement': 'observed agreement, mean over items, nothing taken off for chance',
  fleiss: "Fleiss' kappa, generalised to unequal numbers of ratings",
  gwet: "Gwet's AC1 (AC2 with weights)",
  'brennan-prediger': 'Brennan-Prediger coefficient',
  conger: "Conger's kappa, generalised to missing ratings",
  krippendorff:
    "Krippendorff's alpha with weights (quadratic weights: interval alpha), analytic standard error",
} as const;
export type Coefficient = keyof typeof coefficients;

export interface CoefficientOptions {
  readonly weighting?: Weighting;
  /** Numeric value of each declared category, for weights; by default its index. */
  readonly values?: Float64Array;
  /**
   * Over which categories AC1, AC2, Brennan-Prediger and ordinal weights count: all that could be
   * chosen (default), or only those that somebody chose.
   */
  readonly categories?: 'declared' | 'used';
  readonly level?: number;
}

/**
 * A chance-corrected coefficient with its two ingredients. `n` counts the items that it rests on.
 */
export interface CoefficientEstimated extends Estimated {
  readonly observed: number;
  readonly expected: number;
  readonly degreesOfFreedom: number;
}
export type CoefficientEstimate = CoefficientEstimated | Undefined;

/**
 * One coefficient with Gwet's linearised standard error over items and its t interval, cut at the
 * values that are possible (Gwet 2014; irrCAC). Missing ratings are allowed. Items without ratings are left out; items with
 * one rating count in the shares of answers and in n, but not in observed agreement; Krippendorff's
 * alpha leaves them out of all but the degrees of freedom. Undefined where one answer only was
 * given, except for AC1 and Brennan-Prediger, which are then 1. One item gives the value without an
 * interval.
 */
export function chanceCorrected(
  ratings: Ratings,
  coefficient: Coefficient,
  options: CoefficientOptions = {},
): CoefficientEstimate {
  const values = options.values ?? indexValues(ratings.categoryCount);
  const setting = options.categories === 'used' ? onlyUsed(ratings, values) : { ratings, values };
  const weighting = options.weighting ?? 'identity';
  if (weighting === 'ratio' && !areRatios(setting.values))
    return undefinedBecause('negative-values');
  const weights = weightTable(weighting, setting.values);
  const table = patternTable(setting.ratings, coefficient === 'krippendorff' ? 2 : 1);
  const obstacle = whyNot(setting.ratings, table, coefficient);
  if (obstacle !== null) return obstacle;
  // Different answers of one value: all agree, whatever anybody says.
  if (coefficient !== 'percent-agreement' && weights.every((weight) => weight === 1))
    return undefinedBecause('no-variance');
  const level = options.level ?? 0.95;
  return coefficient === 'krippendorff'
    ? krippendorff(table, ratedItems(setting.ratings), weights, level)
    : standard(setting.ratings, table, weights, coefficient, level);
}

/**
 * The lowest value that a coefficient can have for any ratings: no pair of ratings agrees more than
 * the least weight. That of Fleiss, Conger and Krippendorff is -1, since no more pairs can disagree
 * than twice those that would by chance; where many items have one rating only, the sample may lie
 * below.
 */
export function lowestOf(coefficient: Coefficient, weights: Float64Array, size: number): number {
  const least = weights.reduce((low, weight) => Math.min(low, weight), 1);
  if (coefficient === 'percent-agreement') return least;
  if (coefficient !== 'gwet' && coefficient !== 'brennan-prediger') return -1;
  const expected = total(weights) / (size * size);
  return (least - expected) / (1 - expected);
}

/** Counts per pattern, for the patterns of items that count at all. */
interface PatternTable {
  /** The number of the pattern among all patterns of the ratings. */
  readonly patterns: Int32Array;
  readonly totals: Int32Array;
  /** How many items have the pattern. */
  readonly times: Float64Array;
  /** patterns × categories. */
  readonly counts: Int32Array;
  readonly size: number;
  readonly items: number;
  /** Items with two or more ratings. */
  readonly withTwo: number;
}

function patternTable(ratings: Ratings, fewest: number): PatternTable {
  const { exampleOf, multiplicity } = patternsOf(ratings);
  const size = ratings.categoryCount;
  const kept: number[] = [];
  let items = 0;
  let withTwo = 0;
  for (let pattern = 0; pattern < exampleOf.length; pattern++) {
    const total = ratingsOf(ratings, exampleOf[pattern]!);
    if (total < fewest) continue;
    kept.push(pattern);
    items += multiplicity[pattern]!;
    if (total >= 2) withTwo += multiplicity[pattern]!;
  }
  const counts = new Int32Array(kept.length * size);
  for (const [index, pattern] of kept.entries()) {
    const from = exampleOf[pattern]! * size;
    for (let category = 0; category < size; category++)
      counts[index * size + category] = ratings.counts[from + category]!;
  }
  return {
    patterns: Int32Array.from(kept),
    totals: Int32Array.from(kept, (pattern) => ratingsOf(ratings, exampleOf[pattern]!)),
    times: Float64Array.from(kept, (pattern) => multiplicity[pattern]!),
    counts,
    size,
    items,
    withTwo,
  };
}

function whyNot(ratings: Ratings, table: PatternTable, coefficient: Coefficient): Undefined | null {
  if (ratings.values.length === 0) return undefinedBecause('no-data');
  if (ratings.raters.every((rater) => rater === ratings.raters[0]))
    return undefinedBecause('one-rater');
  if (table.withTwo === 0) return undefinedBecause('no-pairs');
  if (coefficient === 'percent-agreement') return null;
  if (ratings.categoryCount < 2) return undefinedBecause('one-declared-category');
  const needsTwo = coefficient !== 'gwet' && coefficient !== 'brennan-prediger';
  const first = table.counts.findIndex((count) => count > 0) % table.size;
  const onlyOne = table.totals.every(
    (total, index) => table.counts[index * table.size + first] === total,
  );
  return needsTwo && onlyOne ? undefinedBecause('one-category') : null;
}

function standard(
  ratings: Ratings,
  table: PatternTable,
  weights: Float64Array,
  coefficient: Exclude<Coefficient, 'krippendorff'>,
  level: number,
): CoefficientEstimated {
  const { size, totals, counts, times, items: n } = table;
  const lowest = lowestOf(coefficient, weights, size);
  const agreeing = weightedAgreeing(table, weights);
  let observed = 0;
  const shares = new Float64Array(size);
  for (let index = 0; index < times.length; index++) {
    const total = totals[index]!;
    if (total >= 2) observed += (times[index]! * agreeing[index]!) / (total * (total - 1));
    for (let category = 0; category < size; category++)
      shares[category]! += (times[index]! * counts[index * size + category]!) / total / n;
  }
  observed /= table.withTwo;
  const own = (index: number, expected: number): number => {
    const total = totals[index]!;
    return total < 2
      ? 0
      : (n / table.withTwo) *
          ((agreeing[index]! / (total * (total - 1)) - expected) / (1 - expected));
  };
  let squares = 0;
  if (coefficient === 'conger') {
    const { patternOfItem } = patternsOf(ratings);
    const { expected, ofItem } = congerChance(ratings, weights, n);
    const value = (observed - expected) / (1 - expected);
    // Every pattern counts here, so its number is its index here.
    const ownOf = Float64Array.from(times, (_, index) => own(index, expected));
    const factor = (2 * (1 - value)) / (1 - expected);
    for (let item = 0; item < patternOfItem.length; item++) {
      if (patternOfItem[item]! < 0) continue;
      squares += (ownOf[patternOfItem[item]!]! - factor * (ofItem[item]! - expected) - value) ** 2;
    }
    return finish(value, observed, expected, squares, n, level, lowest);
  }
  const { expected, ofPattern } = chances[coefficient](table, shares, weights);
  const value = (observed - expected) / (1 - expected);
  for (let index = 0; index < times.length; index++) {
    const linearised =
      own(index, expected) - (2 * (1 - value) * (ofPattern[index]! - expected)) / (1 - expected);
    squares += times[index]! * (linearised - value) ** 2;
  }
  return finish(value, observed, expected, squares, n, level, lowest);
}

function krippendorff(
  table: PatternTable,
  rated: number,
  weights: Float64Array,
  level: number,
): CoefficientEstimated {
  const { size, totals, counts, times, items: n } = table;
  const all = totals.reduce((sum, total, index) => sum + total * times[index]!, 0);
  const mean = all / n;
  const lowest = lowestOf('krippendorff', weights, size);
  const agreeing = weightedAgreeing(table, weights);
  let plain = 0;
  const shares = new Float64Array(size);
  for (let index = 0; index < times.length; index++) {
    plain += (times[index]! * agreeing[index]!) / (mean * (totals[index]! - 1)) / n;
    for (let category = 0; category < size; category++)
      shares[category]! += (times[index]! * counts[index * size + category]!) / mean / n;
  }
  const observed = (1 - 1 / all) * plain + 1 / all;
  const expected = quadraticForm(shares, weights);
  const value = (observed - expected) / (1 - expected);
  const uncorrected = (plain - expected) / (1 - expected);
  const average = bothSides(shares, weights);
  let squares = 0;
  for (let index = 0; index < times.length; index++) {
    const excess = (totals[index]! - mean) / mean;
    const own = agreeing[index]! / (mean * (totals[index]! - 1)) - plain * excess;
    const chanceOfItem = dot(counts, index * size, average) / mean - expected * excess;
    const linearised =
      (own - expected) / (1 - expected) -
      (2 * (1 - uncorrected) * (chanceOfItem - expected)) / (1 - expected);
    squares += times[index]! * (linearised - uncorrected) ** 2;
  }
  return finish(value, observed, expected, squares, n, level, lowest, rated - 1);
}

function ratedItems(ratings: Ratings): number {
  return patternsOf(ratings).multiplicity.reduce((sum, items) => sum + items, 0);
}

function finish(
  value: number,
  observed: number,
  expected: number,
  squares: number,
  n: number,
  level: number,
  lowest: number,
  degreesOfFreedom = n - 1,
): CoefficientEstimated {
  const point = { kind: 'estimate', value, n, observed, expected, degreesOfFreedom } as const;
  if (n < 2) return { ...point, withoutInterval: undefinedBecause('one-item').because };
  const error = Math.sqrt(squares / (n * (n - 1)));
  const standardError = error < 1e-14 ? 0 : error;
  return {
    ...point,
    standardError,
    ...tInterval(value, standardError, degreesOfFreedom, level, 'gwet-t', {
      lower: Math.min(value, lowest),
      upper: 1,
    }),
  };
}

/** Agreement by chance, and each pattern's part in it (its mean over items is `expected`). */
interface Chance {
  readonly expected: number;
  readonly ofPattern: Float64Array;
}

const chances: Record<
  'percent-agreement' | 'fleiss' | 'gwet' | 'brennan-prediger',
  (table: PatternTable, shares: Float64Array, weights: Float64Array) => Chance
> = {
  'percent-agreement': (table) => ({
    expected: 0,
    ofPattern: new Float64Array(table.totals.length),
  }),
  'brennan-prediger': (table, _, weights) => {
    const expected = total(weights) / (table.size * table.size);
    return { expected, ofPattern: new Float64Array(table.totals.length).fill(expected) };
  },
  gwet: (table, shares, weights) => {
    const scale = total(weights) / (table.size * (table.size - 1));
    const others = shares.map((share) => 1 - share);
    let expected = 0;
    for (let category = 0; category < table.size; category++)
      expected += scale * shares[category]! * others[category]!;
    return {
      expected,
      ofPattern: Float64Array.from(
        table.totals,
        (ratings, index) => (scale * dot(table.counts, index * table.size, others)) / ratings,
      ),
    };
  },
  fleiss: (table, shares, weights) => {
    const average = bothSides(shares, weights);
    const ofPattern = Float64Array.from(
      table.totals,
      (ratings, index) => dot(table.counts, index * table.size, average) / ratings,
    );
    return { expected: quadraticForm(shares, weights), ofPattern };
  },
};

/** For each pattern, the sum over ordered pairs of its ratings of their weight. */
function weightedAgreeing(table: PatternTable, weights: Float64Array): Float64Array {
  const { size, counts } = table;
  const sums = new Float64Array(table.totals.length);
  for (let index = 0; index < sums.length; index++) {
    let sum = 0;
    for (let row = 0; row < size; row++) {
      const count = counts[index * size + row]!;
      if (count === 0) continue;
      let weighted = -1;
      for (let column = 0; column < size; column++)
        weighted += weights[row * size + column]! * counts[index * size + column]!;
      sum += count * weighted;
    }
    sums[index] = sum;
  }
  return sums;
}

function onlyUsed(
  ratings: Ratings,
  values: Float64Array,
): { ratings: Ratings; values: Float64Array } {
  const used = withUsedCategories(ratings);
  return {
    ratings: used.ratings,
    values: Float64Array.from(used.kept, (category) => values[category]!),
  };
}

function quadraticForm(shares: Float64Array, weights: Float64Array): number {
  const average = bothSides(shares, weights);
  return shares.reduce((sum, share, category) => sum + share * average[category]!, 0);
}

function bothSides(shares: Float64Array, weights: Float64Array): Float64Array {
  const size = shares.length;
  const result = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++)
      result[row]! +=
        ((weights[row * size + column]! + weights[column * size + row]!) / 2) * shares[column]!;
  }
  return result;
}

function dot(counts: Int32Array, start: number, factors: Float64Array): number {
  let sum = 0;
  for (let category = 0; category < factors.length; category++)
    sum += counts[start + category]! * factors[category]!;
  return sum;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
