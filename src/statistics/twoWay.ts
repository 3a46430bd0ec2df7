/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import {
  type Bounds,
  type Estimated,
  noBounds,
  tInterval,
  type Undefined,
  undefinedBecause,
  undefinedReasons,
} from './estimate.js';

/** One vote per entry: who said which number about which item, as indexes from 0. */
export interface Votes {
  readonly items: Int32Array;
  readonly raters: Int32Array;
  readonly values: Float64Array;
}

/** The three parts of the two-way variance. Their combination is items + raters - cells. */
export interface VarianceParts {
  readonly items: number;
  readonly raters: number;
  readonly cells: number;
}

/** An estimate over items and raters. `n` counts the items. */
export interface TwoWayEstimated extends Estimated {
  readonly raters: number;
  readonly votes: number;
  readonly degreesOfFreedom: number;
  readonly variance: VarianceParts;
  /**
   * True where items + raters - cells was not positive and the larger one-way variance stands in
   * for it.
   */
  readonly fallback: boolean;
}
export type TwoWayEstimate = TwoWayEstimated | Undefined;

export interface TwoWayOptions {
  readonly level?: number;
  /** The values that the estimate can take; the interval is cut there, e.g. 0 to 1 for a share. */
  readonly bounds?: Bounds;
}

/** Fewer raters than this say nothing about raters in general. */
export const fewestRaters = 4;

/**
 * The mean of item means with the two-way interval of Cameron, Gelbach and Miller (2011): V = V
 * items + V raters - V cells, each the sum of squared cluster sums of the votes' influence times G
 * / (G - 1), and t with raters - 1 degrees of freedom. Use it for agreement by vote (values 0 and
 * 1), relevance and ambiguity. Where V is not positive the larger of the two one-way variances is
 * used and `fallback` says so. Under 4 raters, or where nothing varies, the value stands without an
 * interval and `withoutInterval` says why.
 */
export function twoWayMean(votes: Votes, options: TwoWayOptions = {}): TwoWayEstimate {
  const arm = meanOfItemMeans(votes);
  if (arm === null) return undefinedBecause('no-data');
  return estimate(arm.value, [{ votes, arm, sign: 1 }], options);
}

/**
 * The mean of item means of the first arm minus that of the second, with the two-way interval of
 * `twoWayMean`. Rater indexes mean the same people in both arms; item indexes are each arm's own.
 * The interval holds for raters who judged both arms; whether enough of them did is the caller's
 * gate.
 */
export function twoWayDifference(
  first: Votes,
  second: Votes,
  options: TwoWayOptions = {},
): TwoWayEstimate {
  const one = meanOfItemMeans(first);
  const other = meanOfItemMeans(second);
  if (one === null || other === null) return undefinedBecause('no-data');
  return estimate(
    one.value - other.value,
    [
      { votes: first, arm: one, sign: 1 },
      { votes: second, arm: other, sign: -1 },
    ],
    options,
  );
}

interface Arm {
  readonly value: number;
  /** How many items have a vote. */
  readonly items: number;
  /** Votes per item index, and their sum. */
  readonly votesOfItem: Int32Array;
  readonly sumOfItem: Float64Array;
}

function meanOfItemMeans(votes: Votes): Arm | null {
  checkLengths(votes);
  const itemCount = highest(votes.items) + 1;
  const sumOfItem = new Float64Array(itemCount);
  const votesOfItem = new Int32Array(itemCount);
  for (let vote = 0; vote < votes.items.length; vote++) {
    const item = votes.items[vote]!;
    sumOfItem[item]! += votes.values[vote]!;
    votesOfItem[item]!++;
  }
  let total = 0;
  let items = 0;
  for (let item = 0; item < itemCount; item++) {
    if (votesOfItem[item] === 0) continue;
    total += sumOfItem[item]! / votesOfItem[item]!;
    items++;
  }
  return items === 0 ? null : { value: total / items, items, votesOfItem, sumOfItem };
}

/** The mean of the votes of each item that has one, items in rising order. */
export function itemMeans(votes: Votes): Float64Array {
  const arm = meanOfItemMeans(votes);
  if (arm === null) return new Float64Array();
  return arm.sumOfItem
    .map((sum, item) => sum / arm.votesOfItem[item]!)
    .filter((_, item) => arm.votesOfItem[item]! > 0);
}

interface SignedArm {
  readonly votes: Votes;
  readonly arm: Arm;
  readonly sign: 1 | -1;
}

function estimate(
  value: number,
  arms: readonly SignedArm[],
  options: TwoWayOptions,
): TwoWayEstimated {
  const level = options.level ?? 0.95;
  const { parts, raters, items, votes } = varianceParts(arms);
  const combined = parts.items + parts.raters - parts.cells;
  const fallback = combined <= 0 && Math.max(parts.items, parts.raters) > 0;
  const variance = fallback ? Math.max(parts.items, parts.raters) : Math.max(0, combined);
  const standardError = Math.sqrt(variance);
  const shared = {
    kind: 'estimate',
    value,
    n: items,
    raters,
    votes,
    degreesOfFreedom: raters - 1,
    variance: parts,
    fallback,
  } as const;
  if (raters < fewestRaters)
    return { ...shared, withoutInterval: undefinedReasons['too-few-raters'] };
  // Rounding leaves a trace of variance where every vote is the same.
  if (standardError <= 1e-12 * Math.max(1, Math.abs(value)))
    return { ...shared, withoutInterval: undefinedReasons['no-variation'] };
  return {
    ...shared,
    standardError,
    ...tInterval(value, standardError, raters - 1, level, 'two-way', options.bounds ?? noBounds),
  };
}

function varianceParts(arms: readonly SignedArm[]): {
  parts: VarianceParts;
  raters: number;
  items: number;
  votes: number;
} {
  const raterCount = Math.max(...arms.map(({ votes }) => highest(votes.raters))) + 1;
  const raterSums = new Float64Array(raterCount);
  const raterVotes = new Int32Array(raterCount);
  let itemSquares = 0;
  let items = 0;
  let cellSquares = 0;
  let cells = 0;
  for (const { votes, arm, sign } of arms) {
    const itemSums = new Float64Array(arm.votesOfItem.length);
    const cellSums = new Map<number, number>();
    for (let vote = 0; vote < votes.items.length; vote++) {
      const item = votes.items[vote]!;
      const rater = votes.raters[vote]!;
      const influence =
        (sign * (votes.values[vote]! - arm.value)) / (arm.items * arm.votesOfItem[item]!);
      itemSums[item]! += influence;
      raterSums[rater]! += influence;
      raterVotes[rater]!++;
      const cell = item * raterCount + rater;
      cellSums.set(cell, (cellSums.get(cell) ?? 0) + influence);
    }
    for (const sum of itemSums) itemSquares += sum * sum;
    for (const sum of cellSums.values()) cellSquares += sum * sum;
    items += arm.items;
    cells += cellSums.size;
  }
  let raterSquares = 0;
  for (const sum of raterSums) raterSquares += sum * sum;
  const raters = raterVotes.reduce((count, votes) => count + (votes > 0 ? 1 : 0), 0);
  return {
    parts: {
      items: itemSquares * correction(items),
      raters: raterSquares * correction(raters),
      cells: cellSquares * correction(cells),
    },
    raters,
    items,
    votes: arms.reduce((sum, { votes }) => sum + votes.items.length, 0),
  };
}

function correction(clusters: number): number {
  return clusters > 1 ? clusters / (clusters - 1) : 1;
}

function highest(indexes: Int32Array): number {
  let top = -1;
  for (const index of indexes) if (index > top) top = index;
  return top;
}

/** @throws RangeError where the arrays differ in length */
export function checkLengths(votes: Votes): void {
  if (votes.items.length !== votes.raters.length || votes.items.length !== votes.values.length) {
    throw new RangeError(
      `Votes need arrays of one length; got ${votes.items.length} items, ${votes.raters.length} raters and ${votes.values.length} values.`,
    );
  }
}
