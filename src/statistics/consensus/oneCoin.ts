/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Undefined } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { withoutComparison } from './compared.js';
import {
  defaultStopping,
  floorOfProbability,
  mostProbable,
  normaliseLogs,
  type Posteriors,
  sharesOf,
  type Stopping,
  voteShares,
} from './posteriors.js';

export interface OneCoinOptions extends Stopping {
  /**
   * How many judgments a rater's skill is drawn towards that of all raters together. Default 0: the
   * plain model.
   */
  readonly shrinkage?: number;
}

export interface OneCoin extends Posteriors {
  /**
   * How often each rater gives the true answer; the other answers are taken to be equally likely.
   * The pooled skill for a rater without ratings.
   */
  readonly skill: Float64Array;
  readonly logLikelihood: number;
}

/**
 * Dawid and Skene with one number per rater: right with that probability, else any of the other
 * answers. Expectation-maximisation.
 */
export function oneCoinDawidSkene(
  ratings: Ratings,
  options: OneCoinOptions = {},
): OneCoin | Undefined {
  const uncompared = withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  const {
    shrinkage = 0,
    tolerance = defaultStopping.tolerance,
    maximumIterations = defaultStopping.maximumIterations,
  } = options;
  const { itemCount, categoryCount: size } = ratings;
  const posterior = voteShares(ratings);
  let shares = sharesOf(posterior, ratings);
  let skill = skills(ratings, posterior, shrinkage);
  const next = new Float64Array(size);
  let iterations = 0;
  let change = Infinity;
  let logLikelihood = 0;
  while (iterations < maximumIterations && change > tolerance) {
    iterations++;
    change = 0;
    logLikelihood = 0;
    const right = skill.map((value) => Math.log(Math.max(value, floorOfProbability)));
    const wrong = skill.map((value) =>
      Math.log(Math.max((1 - value) / Math.max(1, size - 1), floorOfProbability)),
    );
    const logShares = shares.map(Math.log);
    for (let item = 0; item < itemCount; item++) {
      if (ratingsOf(ratings, item) === 0) continue;
      next.set(logShares);
      for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
        const rater = ratings.raters[row]!;
        for (let truth = 0; truth < size; truth++)
          next[truth]! += truth === ratings.values[row] ? right[rater]! : wrong[rater]!;
      }
      logLikelihood += normaliseLogs(next, 0, size);
      for (let truth = 0; truth < size; truth++) {
        change = Math.max(change, Math.abs(next[truth]! - posterior[item * size + truth]!));
        posterior[item * size + truth] = next[truth]!;
      }
    }
    skill = skills(ratings, posterior, shrinkage);
    shares = sharesOf(posterior, ratings);
  }
  for (let item = 0; item < itemCount; item++)
    if (ratingsOf(ratings, item) === 0) posterior.set(shares, item * size);
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: shares,
    itemCount,
    categoryCount: size,
    iterations,
    converged: change <= tolerance,
    skill,
    logLikelihood,
  };
}

function skills(ratings: Ratings, posterior: Float64Array, shrinkage: number): Float64Array {
  const right = new Float64Array(ratings.raterCount);
  const votes = new Float64Array(ratings.raterCount);
  let allRight = 0;
  for (let row = 0; row < ratings.items.length; row++) {
    const agreed = posterior[ratings.items[row]! * ratings.categoryCount + ratings.values[row]!]!;
    right[ratings.raters[row]!]! += agreed;
    votes[ratings.raters[row]!]!++;
    allRight += agreed;
  }
  const pooled = allRight / ratings.items.length;
  return right.map((sum, rater) =>
    votes[rater]! + shrinkage === 0
      ? pooled
      : (sum + shrinkage * pooled) / (votes[rater]! + shrinkage),
  );
}
