/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { withoutComparison } from './compared.js';
import {
  mostProbable,
  normaliseLogs,
  type Posteriors,
  sharesOf,
  type Stopping,
  voteShares,
} from './posteriors.js';

export interface GladOptions extends Stopping {
  /**
   * `uniform` takes all categories to be equally frequent, as some implementations do. Default
   * `estimated`.
   */
  readonly shares?: 'uniform' | 'estimated';
}

export interface Glad extends Posteriors {
  /** Each rater's ability: 0 guesses, above is better, below answers the opposite. */
  readonly ability: Float64Array;
  /** Each item's easiness, always positive: near 0, nobody can tell. */
  readonly easiness: Float64Array;
}

/**
 * GLAD (Whitehill et al. 2009): the odds that a rater is right are the rater's ability times the
 * item's easiness, wrong answers are equally likely. Normal priors (mean 1, variance 1) on ability
 * and on the logarithm of easiness; the frequencies of the categories are estimated, which the
 * paper leaves open. Expectation-maximisation with three scoring steps per iteration, each bounded;
 * stops when no posterior moves by more than the tolerance (default 1e-4, at most 300 iterations).
 */
export function glad(ratings: Ratings, options: GladOptions = {}): Glad | Undefined {
  const uncompared = withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  if (ratings.categoryCount < 2) return undefinedBecause('one-declared-category');
  const { tolerance = 1e-4, maximumIterations = 300, shares: shareRule = 'estimated' } = options;
  const { itemCount, raterCount, categoryCount: size, items, raters, values, itemStart } = ratings;
  const posterior = voteShares(ratings);
  const ability = new Float64Array(raterCount).fill(1);
  const logEasiness = new Float64Array(itemCount).fill(1);
  const next = new Float64Array(size);
  const others = Math.log(size - 1);
  let iterations = 0;
  let change = Infinity;
  while (iterations < maximumIterations && change > tolerance) {
    iterations++;
    change = 0;
    for (let step = 0; step < 3; step++) scoringStep(ratings, posterior, ability, logEasiness);
    const logShares = sharesOf(posterior, ratings).map((share) =>
      shareRule === 'uniform' ? 0 : Math.log(share),
    );
    for (let item = 0; item < itemCount; item++) {
      if (itemStart[item] === itemStart[item + 1]) continue;
      next.set(logShares);
      for (let row = itemStart[item]!; row < itemStart[item + 1]!; row++) {
        const odds = ability[raters[row]!]! * Math.exp(logEasiness[items[row]!]!);
        // log P(right) - log P(one certain wrong answer) = odds + log(categories - 1); the rest is
        // the same for every truth.
        next[values[row]!]! += odds + others;
      }
      normaliseLogs(next, 0, size);
      for (let truth = 0; truth < size; truth++) {
        change = Math.max(change, Math.abs(next[truth]! - posterior[item * size + truth]!));
        posterior[item * size + truth] = next[truth]!;
      }
    }
  }
  const shares = sharesOf(posterior, ratings);
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
    ability,
    easiness: logEasiness.map(Math.exp),
  };
}

/**
 * Fisher scoring with the priors, abilities and easiness at once, halved because they pull on the
 * same judgments.
 */
function scoringStep(
  ratings: Ratings,
  posterior: Float64Array,
  ability: Float64Array,
  logEasiness: Float64Array,
): void {
  const { items, raters, values, categoryCount: size } = ratings;
  const slopeOfAbility = ability.map((value) => 1 - value);
  const curveOfAbility = new Float64Array(ability.length).fill(1);
  const slopeOfEasiness = logEasiness.map((value) => 1 - value);
  const curveOfEasiness = new Float64Array(logEasiness.length).fill(1);
  for (let row = 0; row < items.length; row++) {
    const rater = raters[row]!;
    const item = items[row]!;
    const easiness = Math.exp(logEasiness[item]!);
    const odds = ability[rater]! * easiness;
    const right = 1 / (1 + Math.exp(-odds));
    const residual = posterior[item * size + values[row]!]! - right;
    const spread = right * (1 - right);
    slopeOfAbility[rater]! += residual * easiness;
    curveOfAbility[rater]! += spread * easiness * easiness;
    slopeOfEasiness[item]! += residual * odds;
    curveOfEasiness[item]! += spread * odds * odds;
  }
  for (let rater = 0; rater < ability.length; rater++)
    ability[rater]! += bounded((0.7 * slopeOfAbility[rater]!) / curveOfAbility[rater]!);
  for (let item = 0; item < logEasiness.length; item++)
    logEasiness[item]! += bounded((0.7 * slopeOfEasiness[item]!) / curveOfEasiness[item]!);
}

function bounded(step: number): number {
  return Math.max(-0.5, Math.min(0.5, step));
}
