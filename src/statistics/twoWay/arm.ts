/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Bounds } from '../estimate.js';
import { highest, type Votes, votesByItem } from '../votes.js';

/**
 * The share of the variance of one vote that is taken to lie between items until votes show how
 * they cluster: the kappa of "matches the label" at the rates of Perez et al. 2022.
 */
export const assumedBetweenItems = 0.54;

/**
 * The share that is taken to lie between raters until votes show it: in simulation enough to cover
 * shares that one to three people judged, and hardly seen where the work is spread.
 */
export const assumedBetweenRaters = 0.015;

/** The three parts of the two-way variance. Their combination is items + raters - cells. */
export interface VarianceParts {
  readonly items: number;
  readonly raters: number;
  readonly cells: number;
}

/**
 * What the interval needs to know of an arm's votes, all on a scale from 0 to 1. The influence of a
 * vote on the mean of item means is (value - mean) / (items × votes of its item).
 */
export interface Sums {
  readonly value: number;
  readonly items: number;
  readonly votes: number;
  /** The mean over items of 1 / votes of the item. */
  readonly perVote: number;
  /** Sums of squared influences of items and of single cells, each times G / (G - 1). */
  readonly overItems: number;
  readonly overCells: number;
  /** The influence of each rater's votes together, and the rater's share of the weight of all. */
  readonly influence: Float64Array;
  readonly share: Float64Array;
}

/** How much an arm's votes say about its mean, on a scale from 0 to 1. */
export interface Arm {
  readonly value: number;
  readonly items: number;
  readonly votes: number;
  readonly perVote: number;
  readonly raters: number;
  readonly effectiveRaters: number;
  readonly variance: VarianceParts;
  /** By how much the squared influence of raters is too small on average. */
  readonly correction: number;
  /** The two-way variance as the votes alone have it, never below the larger one-way variance. */
  readonly whole: number;
  /** So many independent votes would say as much. */
  readonly effectiveVotes: number;
  /** value × (1 - value) / effectiveVotes: the squared standard error; 0 at either end. */
  readonly squaredError: number;
  readonly degreesOfFreedom: number;
}

/** Null where there are no votes. */
export function sumsOf(votes: Votes, { lower, upper }: Bounds): Sums | null {
  const { sums, counts } = votesByItem(votes);
  const width = upper - lower;
  let [items, total, inverses] = [0, 0, 0];
  for (let item = 0; item < counts.length; item++) {
    if (counts[item] === 0) continue;
    items++;
    total += sums[item]! / counts[item]!;
    inverses += 1 / counts[item]!;
  }
  if (items === 0) return null;
  const value = total / items;
  const raterCount = highest(votes.raters) + 1;
  const influence = new Float64Array(raterCount);
  const share = new Float64Array(raterCount);
  const ofItem = new Float64Array(counts.length);
  const ofCell = new Map<number, number>();
  for (let vote = 0; vote < votes.items.length; vote++) {
    const [item, rater, said] = [votes.items[vote]!, votes.raters[vote]!, votes.values[vote]!];
    if (said < lower || said > upper)
      throw new RangeError(`A vote of ${said} is off the scale from ${lower} to ${upper}.`);
    const weight = 1 / (items * counts[item]!);
    const own = (weight * (said - value)) / width;
    ofItem[item]! += own;
    influence[rater]! += own;
    share[rater]! += weight;
    const cell = item * raterCount + rater;
    ofCell.set(cell, (ofCell.get(cell) ?? 0) + own);
  }
  return {
    value: Math.min(1, Math.max(0, (value - lower) / width)),
    items,
    votes: votes.items.length,
    perVote: inverses / items,
    overItems: squared(ofItem) * clusters(items),
    overCells: squared(ofCell.values()) * clusters(ofCell.size),
    influence,
    share,
  };
}

/** G / (G - 1), by which a sum of squares over G clusters around their own mean is too small. */
export const clusters = (count: number): number => (count > 1 ? count / (count - 1) : 1);

function squared(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

/** Rounding leaves a trace of variance where every vote is the same. */
const trace = 1e-14;

/**
 * The arm behind these sums. With shares w of the work, the expected square of raters' influences is
 * the raters' variance times Σw² - 2Σw³ + (Σw²)², where Σw² is meant: with equal work that is the
 * usual G / (G - 1).
 */
export function armFrom(sums: Sums): Arm {
  const { value, items, votes, perVote, overItems, overCells, influence, share } = sums;
  let [raters, squares, second, third] = [0, 0, 0, 0];
  for (let rater = 0; rater < share.length; rater++) {
    const weight = share[rater]!;
    if (weight === 0) continue;
    raters++;
    squares += influence[rater]! ** 2;
    second += weight * weight;
    third += weight * weight * weight;
  }
  const correction = raters > 1 ? second / (second - 2 * third + second * second) : 1;
  return worth({
    value,
    items,
    votes,
    perVote,
    raters,
    correction,
    effectiveRaters: 1 / second,
    variance: { items: overItems, raters: squares * correction, cells: overCells },
  });
}

/**
 * What votes with these variances are worth.
 *
 * The two-way variance says how many independent votes they amount to, but near 0 and 1 it rests on
 * few votes. So it counts as much as there is information on it, votes × value × (1 - value) less
 * the first differing vote, which cannot show how votes cluster; one such unit stands for the
 * assumption that `assumedBetweenItems` of the variance lies between items and
 * `assumedBetweenRaters` between raters. At 0 and 1 that assumption is all there is. Degrees of
 * freedom are Satterthwaite's (1946) over raters (effective raters - 1) and items (items - 1).
 */
export function worth({
  value,
  items,
  votes,
  perVote,
  raters,
  correction,
  effectiveRaters,
  variance,
}: Omit<Arm, 'whole' | 'effectiveVotes' | 'squaredError' | 'degreesOfFreedom'>): Arm {
  const whole = Math.max(
    variance.items,
    variance.raters,
    variance.items + variance.raters - variance.cells,
  );
  const spread = value * (1 - value);
  const information = Math.max(0, votes * spread - 1);
  const known = spread > 0 ? information / spread : 0;
  const ofItems = (assumedBetweenItems + (1 - assumedBetweenItems) * perVote) / items;
  const ofRaters = assumedBetweenRaters / effectiveRaters;
  const inverse = (known * whole + ofItems + ofRaters) / (information + 1);
  const noise =
    (known * variance.raters + ofRaters) ** 2 / Math.max(Number.EPSILON, effectiveRaters - 1) +
    (known * variance.items + ofItems) ** 2 / Math.max(Number.EPSILON, items - 1);
  // Written out, since simulations make millions of these.
  return {
    value,
    items,
    votes,
    perVote,
    raters,
    correction,
    effectiveRaters,
    variance,
    whole,
    effectiveVotes: 1 / inverse,
    squaredError: spread * inverse,
    degreesOfFreedom: Math.max(1, (known * whole + ofItems + ofRaters) ** 2 / noise),
  };
}

/** What two arms that the same raters judged have in common. */
export interface Shared {
  readonly correlation: number;
  readonly variance: VarianceParts;
  readonly squaredError: number;
  /** Over the work in both. */
  readonly effectiveRaters: number;
  readonly raters: number;
}

/** The correlation of two arms' means, and the variance of their difference. */
export function sharedBy(ones: Sums, one: Arm, others: Sums, other: Arm): Shared {
  const both = Math.max(ones.share.length, others.share.length);
  const votes = one.votes + other.votes;
  let [products, second, raters] = [0, 0, 0];
  for (let rater = 0; rater < both; rater++) {
    products += (ones.influence[rater] ?? 0) * (others.influence[rater] ?? 0);
    const work =
      (one.votes * (ones.share[rater] ?? 0) + other.votes * (others.share[rater] ?? 0)) / votes;
    second += work * work;
    if (work > 0) raters++;
  }
  const covariance = products * Math.sqrt(one.correction * other.correction);
  const scale = Math.sqrt(
    Math.max(one.whole, one.squaredError) * Math.max(other.whole, other.squaredError),
  );
  const correlation =
    one.whole > trace && other.whole > trace ? Math.max(-1, Math.min(1, covariance / scale)) : 0;
  return {
    correlation,
    variance: {
      items: one.variance.items + other.variance.items,
      raters: one.variance.raters + other.variance.raters - 2 * covariance,
      cells: one.variance.cells + other.variance.cells,
    },
    squaredError: squaredErrorOfDifference(one, other, correlation),
    effectiveRaters: 1 / second,
    raters,
  };
}

/** The squared standard error of the difference of two means with this correlation. */
export const squaredErrorOfDifference = (
  one: Pick<Arm, 'squaredError'>,
  other: Pick<Arm, 'squaredError'>,
  correlation: number,
): number =>
  Math.max(
    0,
    one.squaredError +
      other.squaredError -
      2 * correlation * Math.sqrt(one.squaredError * other.squaredError),
  );
