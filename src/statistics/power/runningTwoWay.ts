/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

import { armFrom, clusters, type Sums } from '../twoWay/arm.js';
import {
  type Limits,
  limitsOfDifference,
  limitsOfMean,
  type Reach,
  tabulatedReach,
} from '../twoWay/limits.js';
import { sharedBy } from '../twoWay/shared.js';

/**
 * The sums from which the two-way interval of `twoWay.ts` follows where every item has the same
 * number of votes and no rater votes twice about one item. They grow item by item, so that one
 * simulated study holds every smaller one: the interval at each size costs as much as there are
 * raters.
 */
export interface RunningArm {
  readonly overlap: number;
  /** The highest value of a vote; the lowest is 0. */
  readonly highest: number;
  items: number;
  total: number;
  /** Sum of squared item sums, and of squared votes. */
  itemSquares: number;
  voteSquares: number;
  readonly raterTotals: Float64Array;
  readonly raterVotes: Int32Array;
  /** Where `sumsOf` writes, anew each time. */
  readonly influence: Float64Array;
  readonly share: Float64Array;
}

export function emptyArm(
  raters: number,
  { overlap, highest = 1 }: { readonly overlap: number; readonly highest?: number },
): RunningArm {
  return {
    overlap,
    highest,
    items: 0,
    total: 0,
    itemSquares: 0,
    voteSquares: 0,
    raterTotals: new Float64Array(raters),
    raterVotes: new Int32Array(raters),
    influence: new Float64Array(raters),
    share: new Float64Array(raters),
  };
}

export function clearArm(arm: RunningArm): void {
  arm.items = 0;
  arm.total = 0;
  arm.itemSquares = 0;
  arm.voteSquares = 0;
  arm.raterTotals.fill(0);
  arm.raterVotes.fill(0);
}

/** Adds the item whose votes begin at `from`; gives the sum of its votes. */
export function addItem(
  arm: RunningArm,
  values: Uint8Array,
  raters: Int32Array,
  from: number,
): number {
  let sum = 0;
  for (let vote = from; vote < from + arm.overlap; vote++) {
    const value = values[vote]!;
    const rater = raters[vote]!;
    sum += value;
    arm.voteSquares += value * value;
    arm.raterTotals[rater]! += value;
    arm.raterVotes[rater]!++;
  }
  arm.items++;
  arm.total += sum;
  arm.itemSquares += sum * sum;
  return sum;
}

/** A mean or difference with its limits at 95 % and at the 90 % that equivalence is told from. */
export interface RunningEstimate {
  readonly value: number;
  /** How many voted, of a difference in the set that fewer voted in. */
  readonly raters: number;
  readonly interval: Limits;
  readonly equivalence: Limits;
}

const reaches = { interval: tabulatedReach(0.95), equivalence: tabulatedReach(0.9) };

/** The mean of item means as `twoWayMean` gives it, on the scale from 0 of the votes. */
export function runningMean(arm: RunningArm): RunningEstimate {
  const found = armFrom(sumsOf(arm));
  const at = (reach: Reach): Limits => scaled(limitsOfMean(found, reach), arm.highest);
  return {
    value: found.value * arm.highest,
    raters: found.raters,
    interval: at(reaches.interval),
    equivalence: at(reaches.equivalence),
  };
}

/**
 * First mean minus second as `twoWayDifference` gives it; rater indexes mean the same people in
 * both.
 */
export function runningDifference(first: RunningArm, second: RunningArm): RunningEstimate {
  const [ones, others] = [sumsOf(first), sumsOf(second)];
  const [one, other] = [armFrom(ones), armFrom(others)];
  const shared = sharedBy(ones, one, others, other);
  const at = (reach: Reach): Limits =>
    scaled(limitsOfDifference(one, other, shared, reach), first.highest);
  return {
    value: (one.value - other.value) * first.highest,
    raters: Math.min(one.raters, other.raters),
    interval: at(reaches.interval),
    equivalence: at(reaches.equivalence),
  };
}

const scaled = ({ lower, upper }: Limits, width: number): Limits => ({
  lower: width * lower,
  upper: width * upper,
});

function sumsOf(arm: RunningArm): Sums {
  const { highest, items, influence, share, raterTotals, raterVotes } = arm;
  const votes = items * arm.overlap;
  const mean = arm.total / votes;
  const perVote = 1 / (votes * highest);
  for (let rater = 0; rater < share.length; rater++) {
    const own = raterVotes[rater]!;
    influence[rater] = (raterTotals[rater]! - own * mean) * perVote;
    share[rater] = own / votes;
  }
  const around = (squares: number, units: number): number =>
    Math.max(0, squares * perVote ** 2 - (mean / highest) ** 2 / units);
  return {
    value: mean / highest,
    items,
    votes,
    perVote: 1 / arm.overlap,
    overItems: around(arm.itemSquares, items) * clusters(items),
    overCells: around(arm.voteSquares, votes) * clusters(votes),
    influence,
    share,
  };
}
