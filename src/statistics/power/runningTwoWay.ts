/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

/**
 * The sums from which the two-way interval of `twoWay.ts` follows where every item has the same
 * number of votes and no rater votes twice about one item. They grow item by item, so that one
 * simulated study holds every smaller one: the interval at each size costs as much as there are
 * raters.
 */
export interface RunningArm {
  readonly overlap: number;
  items: number;
  total: number;
  /** Sum of squared item sums, and of squared votes. */
  itemSquares: number;
  voteSquares: number;
  readonly raterTotals: Float64Array;
  readonly raterVotes: Int32Array;
}

export function emptyArm(raters: number, overlap: number): RunningArm {
  return {
    overlap,
    items: 0,
    total: 0,
    itemSquares: 0,
    voteSquares: 0,
    raterTotals: new Float64Array(raters),
    raterVotes: new Int32Array(raters),
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

/**
 * A mean or difference with its standard error (0 where nothing varies) and the number of raters
 * who voted.
 */
export interface RunningEstimate {
  readonly value: number;
  readonly standardError: number;
  readonly raters: number;
}

/** The mean of item means as `twoWayMean` gives it. */
export function runningMean(arm: RunningArm): RunningEstimate {
  return estimateOf(meanOf(arm), arm, null);
}

/**
 * First mean minus second as `twoWayDifference` gives it; rater indexes mean the same people in
 * both.
 */
export function runningDifference(first: RunningArm, second: RunningArm): RunningEstimate {
  return estimateOf(meanOf(first) - meanOf(second), first, second);
}

const votesOf = (arm: RunningArm): number => arm.items * arm.overlap;
const meanOf = (arm: RunningArm): number => arm.total / votesOf(arm);
const correction = (clusters: number): number => (clusters > 1 ? clusters / (clusters - 1) : 1);

/**
 * Squared cluster sums of the votes' influence (value - mean) / (items × overlap), over items and
 * over single votes.
 */
const overItems = (arm: RunningArm): number =>
  Math.max(0, arm.itemSquares / votesOf(arm) ** 2 - meanOf(arm) ** 2 / arm.items);
const overVotes = (arm: RunningArm): number =>
  Math.max(0, arm.voteSquares / votesOf(arm) ** 2 - meanOf(arm) ** 2 / votesOf(arm));

function estimateOf(value: number, first: RunningArm, second: RunningArm | null): RunningEstimate {
  const [ownMean, ownVotes] = [meanOf(first), votesOf(first)];
  const [otherMean, otherVotes] = second === null ? [0, 1] : [meanOf(second), votesOf(second)];
  let raters = 0;
  let raterSquares = 0;
  for (let rater = 0; rater < first.raterVotes.length; rater++) {
    const own = first.raterVotes[rater]!;
    const other = second === null ? 0 : second.raterVotes[rater]!;
    if (own + other === 0) continue;
    raters++;
    let influence = (first.raterTotals[rater]! - own * ownMean) / ownVotes;
    if (second !== null) influence -= (second.raterTotals[rater]! - other * otherMean) / otherVotes;
    raterSquares += influence * influence;
  }
  const overBoth = (sum: (arm: RunningArm) => number): number =>
    sum(first) + (second === null ? 0 : sum(second));
  const items = overBoth(overItems) * correction(overBoth((arm) => arm.items));
  const cells = overBoth(overVotes) * correction(overBoth(votesOf));
  const ofRaters = raterSquares * correction(raters);
  const combined = items + ofRaters - cells;
  const standardError = Math.sqrt(combined > 0 ? combined : Math.max(items, ofRaters));
  // Rounding leaves a trace of variance where every vote is the same.
  return {
    value,
    standardError: standardError <= 1e-7 * Math.max(1, Math.abs(value)) ? 0 : standardError,
    raters,
  };
}
