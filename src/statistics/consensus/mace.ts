/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { digamma } from '../distributions.js';
import type { Undefined } from '../estimate.js';
import { createRandom, type Seed } from '../random.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { withoutComparison } from './compared.js';
import {
  mostProbable,
  normaliseLogs,
  type Posteriors,
  sharesOf,
  type Stopping,
} from './posteriors.js';

export interface MaceOptions extends Stopping {
  /**
   * `variational` (the default) is Hovy et al.'s Beta(.5, .5) for competence and Dirichlet(10) for
   * guesses; `maximum-likelihood` smooths counts by .01 / categories.
   */
  readonly method?: 'variational' | 'maximum-likelihood';
  /**
   * `uniform` is the published model; `estimated` (the default) lets answers be unequally frequent,
   * which matters where one of them is rare.
   */
  readonly shares?: 'uniform' | 'estimated';
  /**
   * Random starts beside the one from the votes; the start with the largest likelihood wins.
   * Default 4.
   */
  readonly restarts?: number;
  /** Default 1. */
  readonly seed?: Seed;
  /** One given start instead of all others: weights, normalised nowhere. */
  readonly start?: MaceWeights;
}

/** The state of the model as weights. `guess` runs over rater * categoryCount + answer. */
export interface MaceWeights {
  readonly knows: Float64Array;
  readonly guesses: Float64Array;
  readonly guess: Float64Array;
}

export interface Mace extends Posteriors {
  /**
   * How probable it is that a rater answers from knowledge and not by guessing. Variational
   * weights, like those of the reference, lie a little below the mean.
   */
  readonly competence: Float64Array;
  /**
   * guessing[rater * categoryCount + answer]: what the rater says when guessing; variational
   * weights sum to a little less than 1.
   */
  readonly guessing: Float64Array;
  readonly logLikelihood: number;
  readonly seed: Seed;
}

/**
 * MACE (Hovy et al. 2013): a rater either knows the answer and gives it, or guesses in a way of
 * their own. Several starts, each run until no posterior moves by more than the tolerance (default
 * 1e-5, at most 2000 iterations).
 */
export function mace(ratings: Ratings, options: MaceOptions = {}): Mace | Undefined {
  const uncompared = withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  const { restarts = 4, seed = 1, start } = options;
  if (start !== undefined) return run(ratings, start, options, seed);
  const random = createRandom(seed);
  let best = run(ratings, fromVotes(ratings), options, seed);
  for (let restart = 0; restart < restarts; restart++) {
    const weights = fromVotes(ratings);
    for (let rater = 0; rater < ratings.raterCount; rater++) {
      weights.knows[rater] = 0.2 + 0.7 * random();
      weights.guesses[rater] = 1 - weights.knows[rater]!;
    }
    for (let cell = 0; cell < weights.guess.length; cell++)
      weights.guess[cell] = (0.5 + random()) / ratings.categoryCount;
    const other = run(ratings, weights, options, seed);
    // A little more likely is no reason to prefer one: the starts then found the same maximum.
    if (other.logLikelihood > best.logLikelihood + 1e-3) best = other;
  }
  return best;
}

/** Competence from agreement with the votes of the others, guesses without preference. */
function fromVotes(ratings: Ratings): MaceWeights {
  const { raterCount, categoryCount: size } = ratings;
  const agreed = new Float64Array(raterCount).fill(0.5);
  const votes = new Float64Array(raterCount).fill(1);
  for (let row = 0; row < ratings.items.length; row++) {
    const item = ratings.items[row]!;
    const others = ratingsOf(ratings, item) - 1;
    if (others < 1) continue;
    agreed[ratings.raters[row]!]! +=
      (ratings.counts[item * size + ratings.values[row]!]! - 1) / others;
    votes[ratings.raters[row]!]!++;
  }
  const knows = agreed.map((sum, rater) => sum / votes[rater]!);
  return {
    knows,
    guesses: knows.map((value) => 1 - value),
    guess: new Float64Array(raterCount * size).fill(1 / size),
  };
}

function run(ratings: Ratings, start: MaceWeights, options: MaceOptions, seed: Seed): Mace {
  const {
    tolerance = 1e-5,
    maximumIterations = 2000,
    method = 'variational',
    shares: shareRule = 'estimated',
  } = options;
  const { itemCount, raterCount, categoryCount: size, itemStart, raters, values } = ratings;
  const posterior = new Float64Array(itemCount * size);
  const uniform = new Float64Array(size).fill(1 / size);
  const guess = Float64Array.from(start.guess);
  const knows = Float64Array.from(start.knows);
  const guesses = Float64Array.from(start.guesses);
  const smoothing = 0.01 / size;
  const addKnows = method === 'variational' ? 0.5 : smoothing;
  const addGuess = method === 'variational' ? 10 : smoothing;
  const next = new Float64Array(size);
  const sumKnows = new Float64Array(raterCount);
  const sumGuesses = new Float64Array(raterCount);
  const sumGuess = new Float64Array(raterCount * size);
  const guessed = new Float64Array(raterCount * size);
  const lift = new Float64Array(raterCount * size);
  let shares: Float64Array = uniform;
  let iterations = 0;
  let change = Infinity;
  let logLikelihood = 0;
  // The state before the first iteration is a start, not a result: one E step comes before the
  // first count.
  while (iterations <= maximumIterations && change > tolerance) {
    iterations++;
    change = 0;
    logLikelihood = 0;
    for (let rater = 0; rater < raterCount; rater++) {
      for (let cell = rater * size; cell < (rater + 1) * size; cell++) {
        guessed[cell] = Math.log(Math.max(guesses[rater]! * guess[cell]!, 1e-300));
        lift[cell] =
          Math.log(Math.max(guesses[rater]! * guess[cell]! + knows[rater]!, 1e-300)) -
          guessed[cell]!;
      }
    }
    const logShares = shares.map(Math.log);
    sumKnows.fill(addKnows);
    sumGuesses.fill(addKnows);
    sumGuess.fill(addGuess);
    for (let item = 0; item < itemCount; item++) {
      const from = itemStart[item]!;
      const to = itemStart[item + 1]!;
      if (from === to) continue;
      next.set(logShares);
      let all = 0;
      for (let row = from; row < to; row++) {
        const cell = raters[row]! * size + values[row]!;
        all += guessed[cell]!;
        next[values[row]!]! += lift[cell]!;
      }
      logLikelihood += all + normaliseLogs(next, 0, size);
      const offset = item * size;
      for (let truth = 0; truth < size; truth++) {
        change = Math.max(change, Math.abs(next[truth]! - posterior[offset + truth]!));
        posterior[offset + truth] = next[truth]!;
      }
      for (let row = from; row < to; row++) {
        const rater = raters[row]!;
        const cell = rater * size + values[row]!;
        const knew = next[values[row]!]! * -Math.expm1(-lift[cell]!);
        sumKnows[rater]! += knew;
        sumGuesses[rater]! += 1 - knew;
        sumGuess[cell]! += 1 - knew;
      }
    }
    if (iterations > maximumIterations || change <= tolerance) break;
    if (shareRule === 'estimated') shares = sharesOf(posterior, ratings);
    for (let rater = 0; rater < raterCount; rater++) {
      const both = sumKnows[rater]! + sumGuesses[rater]!;
      let total = 0;
      for (let cell = rater * size; cell < (rater + 1) * size; cell++) total += sumGuess[cell]!;
      const weight =
        method === 'variational'
          ? (part: number, whole: number) => Math.exp(digamma(part) - digamma(whole))
          : (part: number, whole: number) => part / whole;
      knows[rater] = weight(sumKnows[rater]!, both);
      guesses[rater] = weight(sumGuesses[rater]!, both);
      for (let cell = rater * size; cell < (rater + 1) * size; cell++)
        guess[cell] = weight(sumGuess[cell]!, total);
    }
  }
  const found = sharesOf(posterior, ratings);
  for (let item = 0; item < itemCount; item++)
    if (ratingsOf(ratings, item) === 0) posterior.set(found, item * size);
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: found,
    itemCount,
    categoryCount: size,
    iterations: iterations - 1,
    converged: change <= tolerance,
    competence: knows,
    guessing: guess,
    logLikelihood,
    seed,
  };
}
