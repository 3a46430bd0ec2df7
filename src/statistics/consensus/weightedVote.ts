/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Undefined } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { withoutComparison } from './compared.js';
import {
  defaultStopping,
  mostProbable,
  type Posteriors,
  sharesOf,
  type Stopping,
  voteShares,
} from './posteriors.js';

export interface WeightedVote extends Posteriors {
  /**
   * The weight of each rater's vote: the share of their votes that agreed with the leaders. 0 for a
   * rater without votes.
   */
  readonly skill: Float64Array;
}

/** Whom a vote agreed with when several answers lead an item. */
export const tieRules = {
  share: 'agreeing with one of several leaders counts one part of as many as there are',
  first: 'the leader that was declared first counts, as some other implementations do',
} as const;
export type TieRule = keyof typeof tieRules;

/**
 * Wawa ("worker agreement with aggregate"): a rater's weight is how often they agreed with the
 * majority, then votes are weighted.
 */
export function wawa(ratings: Ratings, ties: TieRule = 'share'): WeightedVote | Undefined {
  return zeroBasedSkill(ratings, { maximumIterations: 1 }, ties);
}

/**
 * Wawa repeated: weights from agreement with the weighted vote, until none moves by more than the
 * tolerance. Weights may go round in a circle, so steps are halved every 20 iterations; a stop
 * after 200 is not a convergence.
 */
export function zeroBasedSkill(
  ratings: Ratings,
  stopping: Stopping = {},
  ties: TieRule = 'share',
): WeightedVote | Undefined {
  const uncompared = withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  const { tolerance = defaultStopping.tolerance, maximumIterations = 200 } = stopping;
  let posterior = voteShares(ratings);
  let skill = new Float64Array(ratings.raterCount);
  let iterations = 0;
  let change = Infinity;
  while (iterations < maximumIterations && change > tolerance) {
    const rate = 0.5 ** Math.floor(iterations / 20);
    iterations++;
    const agreed = agreementWithLeaders(ratings, posterior, ties);
    change = agreed.reduce(
      (most, value, rater) => Math.max(most, Math.abs(value - skill[rater]!)),
      0,
    );
    skill = skill.map((value, rater) => value + rate * (agreed[rater]! - value));
    posterior = weighted(ratings, skill);
  }
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: sharesOf(posterior, ratings),
    itemCount: ratings.itemCount,
    categoryCount: ratings.categoryCount,
    iterations,
    converged: maximumIterations === 1 || change <= tolerance,
    skill,
  };
}

function agreementWithLeaders(
  ratings: Ratings,
  posterior: Float64Array,
  ties: TieRule,
): Float64Array<ArrayBuffer> {
  const size = ratings.categoryCount;
  const agreed = new Float64Array(ratings.raterCount);
  const votes = new Float64Array(ratings.raterCount);
  for (let item = 0; item < ratings.itemCount; item++) {
    let highest = 0;
    for (let category = 0; category < size; category++)
      highest = Math.max(highest, posterior[item * size + category]!);
    const leaders: number[] = [];
    for (
      let category = 0;
      category < size && (ties === 'share' || leaders.length === 0);
      category++
    )
      if (posterior[item * size + category]! >= highest - 1e-9) leaders.push(category);
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
      votes[ratings.raters[row]!]!++;
      if (leaders.includes(ratings.values[row]!))
        agreed[ratings.raters[row]!]! += 1 / leaders.length;
    }
  }
  return agreed.map((sum, rater) => (votes[rater] === 0 ? 0 : sum / votes[rater]!));
}

/** Shares of the weighted votes; plain shares where all who voted have weight 0. */
function weighted(ratings: Ratings, skill: Float64Array): Float64Array {
  const size = ratings.categoryCount;
  const shares = voteShares(ratings);
  for (let item = 0; item < ratings.itemCount; item++) {
    let total = 0;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++)
      total += skill[ratings.raters[row]!]!;
    if (total === 0 || ratingsOf(ratings, item) === 0) continue;
    shares.fill(0, item * size, (item + 1) * size);
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++)
      shares[item * size + ratings.values[row]!]! += skill[ratings.raters[row]!]! / total;
  }
  return shares;
}
