/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Bounds } from './estimate.js';
import { assumedBetweenItems } from './twoWay/arm.js';
import { checkLengths, type Votes } from './votes.js';

/** Both sets of a pair. Rater indexes mean the same people in all pairs; items are each set's own. */
export interface VotedPair {
  readonly first: Votes;
  readonly second: Votes;
}

/** One set of a pair by itself, on a scale from 0 to 1. */
interface ArmPart {
  readonly value: number;
  readonly votes: number;
  /** Its variance over items by the assumption of `twoWay/arm.ts`, of votes with variance 1. */
  readonly assumed: number;
}

/** What one pair gives to the mean over pairs. */
export interface PairPart {
  readonly value: number;
  /** 1 / items of the first set + 1 / items of the second. */
  readonly scale: number;
  /** Variance of the difference over items and raters. */
  readonly within: number;
  /** Per rater: the sum of the influences of the rater's votes, the rater's votes and their share. */
  readonly sums: Float64Array;
  readonly votes: Float64Array;
  readonly work: Float64Array;
  readonly arms: readonly ArmPart[];
}

/**
 * A pair by itself; null where one of its sets has no votes.
 * @throws RangeError where a value is off the scale
 */
export function partOf(
  { first, second }: VotedPair,
  raterCount: number,
  { lower, upper }: Bounds,
): PairPart | null {
  checkLengths(first);
  checkLengths(second);
  if (first.items.length === 0 || second.items.length === 0) return null;
  const sums = new Float64Array(raterCount);
  const votes = new Float64Array(raterCount);
  const arms: ArmPart[] = [];
  let [value, scale, ofItems, ofCells] = [0, 0, 0, 0];
  for (const [arm, sign] of [
    [first, 1],
    [second, -1],
  ] as const) {
    const itemCount = arm.items.reduce((highest, item) => Math.max(highest, item), -1) + 1;
    const [sumOfItem, votesOfItem] = [new Float64Array(itemCount), new Float64Array(itemCount)];
    for (let vote = 0; vote < arm.items.length; vote++) {
      const said = arm.values[vote]!;
      if (said < lower || said > upper)
        throw new RangeError(`A vote of ${said} is off the scale from ${lower} to ${upper}.`);
      sumOfItem[arm.items[vote]!]! += said;
      votesOfItem[arm.items[vote]!]!++;
    }
    const judged = votesOfItem.reduce((count, known) => count + (known > 0 ? 1 : 0), 0);
    const mean =
      sumOfItem.reduce((sum, own, item) => sum + (own === 0 ? 0 : own / votesOfItem[item]!), 0) /
      judged;
    const correction = judged > 1 ? judged / (judged - 1) : 1;
    for (let item = 0; item < itemCount; item++)
      if (votesOfItem[item]! > 0)
        ofItems += correction * ((sumOfItem[item]! / votesOfItem[item]! - mean) / judged) ** 2;
    for (let vote = 0; vote < arm.items.length; vote++) {
      const influence =
        (sign * (arm.values[vote]! - mean)) / (judged * votesOfItem[arm.items[vote]!]!);
      sums[arm.raters[vote]!]! += influence;
      votes[arm.raters[vote]!]!++;
      ofCells += influence * influence;
    }
    const perVote =
      votesOfItem.reduce((sum, known) => sum + (known > 0 ? 1 / known : 0), 0) / judged;
    arms.push({
      value: (mean - lower) / (upper - lower),
      votes: arm.items.length,
      assumed: (assumedBetweenItems + (1 - assumedBetweenItems) * perVote) / judged,
    });
    value += sign * mean;
    scale += 1 / judged;
  }
  const all = first.items.length + second.items.length;
  const work = votes.map((own) => own / all);
  const ofRaters = sums.reduce((sum, own) => sum + own * own, 0);
  // Raters' leanings are seen against the mean of the raters of the pair, which takes part of them.
  const [squares, cubes] = [
    work.reduce((sum, own) => sum + own ** 2, 0),
    work.reduce((sum, own) => sum + own ** 3, 0),
  ];
  const seen = squares - 2 * cubes + squares ** 2;
  const corrected = seen > 0 ? (squares / seen) * Math.max(0, ofRaters - ofCells) : 0;
  return { value, scale, within: ofItems + corrected, sums, votes, work, arms };
}

/**
 * The sum over two different pairs of weight times weight times their covariance through raters who
 * judged both, corrected for what is lost by measuring raters against the others of a pair.
 */
export function sharedCovariance(parts: readonly PairPart[], weights: Float64Array): number {
  let [covariance, sharing, lost] = [0, 0, 0];
  const raterCount = parts[0]!.sums.length;
  for (let rater = 0; rater < raterCount; rater++) {
    let [influence, own, work, ownWork, square, ownCube] = [0, 0, 0, 0, 0, 0];
    for (const [pair, part] of parts.entries()) {
      const [weight, share] = [weights[pair]!, part.work[rater]!];
      const sum = weight * part.sums[rater]!;
      influence += sum;
      own += sum * sum;
      work += weight * share;
      ownWork += (weight * share) ** 2;
      square += weight * share * share;
      ownCube += weight * weight * share ** 3;
    }
    covariance += influence * influence - own;
    sharing += work * work - ownWork;
    lost += 2 * (work * square - ownCube);
  }
  let kept = 0;
  for (let one = 0; one < parts.length; one++)
    for (let other = one + 1; other < parts.length; other++) {
      const [left, right] = [parts[one]!.work, parts[other]!.work];
      let common = 0;
      for (let rater = 0; rater < raterCount; rater++) common += left[rater]! * right[rater]!;
      kept += 2 * weights[one]! * weights[other]! * common * common;
    }
  const seen = sharing - lost + kept;
  return seen > 1e-12 * sharing ? (covariance * sharing) / seen : covariance;
}
