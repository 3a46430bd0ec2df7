/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { withoutComparison } from './compared.js';
import { type Assumption, type FromOthers, fromOthers } from './fromOthers.js';
import {
  mostProbable,
  type Posteriors,
  sharesOf,
  type Stopping,
  voteShares,
} from './posteriors.js';

export interface Described extends Posteriors {
  /** How often raters are right, all together. */
  readonly accuracy: number;
}

const stopping = { tolerance: 1e-4, maximumIterations: 1000 } as const;
/** Answers that are averaged with others need less. */
const coarse = 1e-3;
/** How far apart the accuracies lie over which the answers are averaged. */
const accuracyStep = 0.04;
/** An accuracy counts no more whose votes are less probable than the best by this (e to the 7). */
const negligible = 7;
/** Of two votes near chance, frequencies of answers and accuracy can be traded for each other. */
const frequencies = ['own', 'equal'] as const;

interface Repeated extends FromOthers {
  readonly iterations: number;
  readonly converged: boolean;
}

/** Repeats `fromOthers` until no posterior moves by more than the tolerance. */
function repeated(
  ratings: Ratings,
  start: Float64Array,
  assumption: Assumption,
  { tolerance = stopping.tolerance, maximumIterations = stopping.maximumIterations }: Stopping = {},
): Repeated {
  let posterior = start;
  for (let iterations = 1; ; iterations++) {
    const found = fromOthers(ratings, posterior, assumption);
    let change = 0;
    for (let item = 0; item < ratings.itemCount; item++) {
      if (ratingsOf(ratings, item) === 0) continue;
      for (
        let cell = item * ratings.categoryCount;
        cell < (item + 1) * ratings.categoryCount;
        cell++
      )
        change = Math.max(change, Math.abs(found.posterior[cell]! - posterior[cell]!));
    }
    if (change <= tolerance || iterations === maximumIterations)
      return { ...found, iterations, converged: change <= tolerance };
    ({ posterior } = found);
  }
}

/**
 * The mean of these fits, each weighted by how probable it makes the votes.
 */
function averaged(ratings: Ratings, fits: readonly Repeated[]): Described {
  const highest = Math.max(...fits.map((fit) => fit.logPredictive));
  const weights = fits.map((fit) => Math.exp(fit.logPredictive - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const average = (of: (fit: Repeated) => number): number =>
    fits.reduce((sum, fit, index) => sum + (weights[index]! / total) * of(fit), 0);
  const posterior = fits[0]!.posterior.map((_, cell) => average((fit) => fit.posterior[cell]!));
  const shares = sharesOf(posterior, ratings);
  for (let item = 0; item < ratings.itemCount; item++)
    if (ratingsOf(ratings, item) === 0) posterior.set(shares, item * ratings.categoryCount);
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: shares,
    itemCount: ratings.itemCount,
    categoryCount: ratings.categoryCount,
    accuracy: average((fit) => fit.accuracy),
    iterations: Math.max(...fits.map((fit) => fit.iterations)),
    converged: fits.every((fit) => fit.converged),
  };
}

function unfit(ratings: Ratings): Undefined | null {
  const uncompared = withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  return ratings.categoryCount < 2 ? undefinedBecause('one-declared-category') : null;
}

/** Fits with the accuracy estimated, and with accuracies around it in steps of four points. */
function overAccuracies(
  ratings: Ratings,
  assumption: Assumption,
  options: Stopping,
): readonly Repeated[] {
  const estimated = repeated(ratings, voteShares(ratings), assumption, options);
  const found = [estimated];
  let highest = estimated.logPredictive;
  for (const direction of [-accuracyStep, accuracyStep]) {
    for (
      let accuracy = estimated.accuracy + direction;
      accuracy > 1 / ratings.categoryCount + accuracyStep / 2 && accuracy < 1 - accuracyStep / 8;
      accuracy += direction
    ) {
      const fixed = repeated(
        ratings,
        estimated.posterior,
        { ...assumption, accuracy },
        { tolerance: coarse, ...options },
      );
      found.push(fixed);
      highest = Math.max(highest, fixed.logPredictive);
      if (fixed.logPredictive < highest - negligible) break;
    }
  }
  return found;
}

/**
 * Raters alike: each vote is right with one probability common to all, else any of the other
 * answers. Needs the fewest votes of all models. Where the accuracy and the frequencies of the
 * answers are hardly known their estimates would give answers that are too sure, so they are
 * averaged over accuracies in steps of four points, and over frequencies that are estimated or
 * equal, each weighted by how probable it makes the votes.
 */
export function alikeRaters(ratings: Ratings, options: Stopping = {}): Described | Undefined {
  const reason = unfit(ratings);
  if (reason !== null) return reason;
  return averaged(
    ratings,
    frequencies.flatMap((known) =>
      overAccuracies(ratings, { drawn: Infinity, errors: 'even', frequencies: known }, options),
    ),
  );
}

/**
 * Raters who differ: each has a confusion matrix, drawn by that many judgments per true answer
 * towards one of even errors. An item's answer comes from what its raters did on other items,
 * averaged over frequencies of the answers that are estimated or equal.
 * @param start where to begin, such as the posterior of `alikeRaters`
 */
export function differingRaters(
  ratings: Ratings,
  drawn: number,
  start: Float64Array = voteShares(ratings),
  options: Stopping = {},
): Described | Undefined {
  const reason = unfit(ratings);
  if (reason !== null) return reason;
  return averaged(
    ratings,
    frequencies.map((known) =>
      repeated(ratings, start, { drawn, errors: 'even', frequencies: known }, options),
    ),
  );
}
