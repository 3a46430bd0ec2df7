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
export const assumedBetweenRaters = 0.01;

/** The information at which the variance that the votes show counts as much as the assumed one. */
const halfTrusted = 3;

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
  /** What the votes alone show of 1 / effectiveVotes, between items and between raters. */
  readonly shown: { readonly items: number; readonly raters: number };
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
    if (!(said >= lower && said <= upper))
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
 * few votes. So it is trusted by the information on it, votes × value × (1 - value) less the first
 * differing vote, which cannot show how votes cluster: information² / (information² +
 * halfTrusted²). The rest is the assumption that `assumedBetweenItems` of the variance of a vote
 * lies between items and `assumedBetweenRaters` between raters. At 0 and 1 that assumption is all
 * there is. Degrees of freedom are Satterthwaite's (1946) over raters (effective raters - 1) and
 * items (items - 1) for what the votes show, at most votes - 1.
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
}: Omit<Arm, 'whole' | 'effectiveVotes' | 'squaredError' | 'shown' | 'degreesOfFreedom'>): Arm {
  const whole = Math.max(
    variance.items,
    variance.raters,
    variance.items + variance.raters - variance.cells,
  );
  const spread = value * (1 - value);
  const information = Math.max(0, votes * spread - 1);
  const trust = information ** 2 / (information ** 2 + halfTrusted ** 2);
  const known = spread > 0 ? trust / spread : 0;
  const assumed =
    (assumedBetweenItems + (1 - assumedBetweenItems) * perVote) / items +
    assumedBetweenRaters / effectiveRaters;
  const inverse = known * whole + (1 - trust) * assumed;
  const shown = { items: known * variance.items, raters: known * variance.raters };
  const noise = noiseOf(shown.raters, effectiveRaters) + noiseOf(shown.items, items);
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
    shown,
    degreesOfFreedom: satterthwaite(inverse, noise, votes - 1),
  };
}

/** The squared error of a variance from so many units, but for a factor of 2 (Satterthwaite 1946). */
export const noiseOf = (variance: number, units: number): number =>
  variance ** 2 / Math.max(Number.EPSILON, units - 1);

/** Degrees of freedom of a variance with this noise, at least 1. */
export const satterthwaite = (variance: number, noise: number, most: number): number =>
  Math.max(1, noise > 0 ? Math.min(most, variance ** 2 / noise) : most);
