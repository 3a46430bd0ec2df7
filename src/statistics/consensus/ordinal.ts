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

export interface OrdinalConsensus extends Posteriors {
  /**
   * How much higher (above 0) or lower than the others each rater rates items, in steps of the
   * scale.
   */
  readonly bias: Float64Array;
  /**
   * How sharply each rater tells neighbouring levels apart; the slope of a logistic curve over one
   * step of the scale.
   */
  readonly precision: Float64Array;
  /** confusion[(rater * categoryCount + answer) * categoryCount + truth]. */
  readonly confusion: Float64Array;
  /** How often each rater answers without regard to the item. */
  readonly lapse: Float64Array;
  /**
   * Where answer k ends and k + 1 begins, on the scale on which the levels are 0, 1, 2, …; between
   * .1 and .9 above level k.
   */
  readonly thresholds: Float64Array;
  /** The posterior mean level of every item, from 0 to categoryCount - 1. */
  readonly meanLevel: Float64Array;
}

/**
 * Consensus on an ordered scale (categories in their declared order). A rater sees an item's level
 * with logistic noise and a bias of their own and answers with the level whose thresholds (shared
 * by all) enclose what they saw: a cumulative-logit model. Sometimes they lapse and give any
 * answer, as often as it is given at all. Normal priors with deviation 1 on the bias (mean 0), the
 * logarithm of the precision (mean log 2) and thresholds (halfway between levels), Beta(1.5, 4.5)
 * on lapses. Levels are taken to be as frequent as answers are: frequencies that are estimated let
 * whole levels slide into their neighbours. Expectation-maximisation with scoring steps; stops when
 * no posterior moves by more than the tolerance.
 */
export function ordinalConsensus(
  ratings: Ratings,
  stopping: Stopping = {},
): OrdinalConsensus | Undefined {
  const uncompared = withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  const { tolerance = 1e-5, maximumIterations = defaultStopping.maximumIterations } = stopping;
  const { itemCount, raterCount, categoryCount: size, itemStart, raters, values } = ratings;
  const posterior = voteShares(ratings);
  const bias = new Float64Array(raterCount);
  const logPrecision = new Float64Array(raterCount).fill(Math.LN2);
  const counts = new Float64Array(raterCount * size * size);
  const logs = new Float64Array(counts.length);
  const next = new Float64Array(size);
  const lapse = new Float64Array(raterCount).fill(0.2);
  const thresholds = Float64Array.from({ length: size - 1 }, (_, index) => index + 0.5);
  const guess = frequencies(ratings);
  const logShares = guess.map(Math.log);
  let iterations = 0;
  let change = Infinity;
  while (iterations < maximumIterations && change > tolerance) {
    iterations++;
    change = 0;
    counts.fill(0);
    for (let row = 0; row < values.length; row++) {
      const cell = (raters[row]! * size + values[row]!) * size;
      for (let truth = 0; truth < size; truth++)
        counts[cell + truth]! += posterior[ratings.items[row]! * size + truth]!;
    }
    for (let rater = 0; rater < raterCount; rater++) {
      setLapsesAside(
        counts,
        rater,
        thresholds,
        bias[rater]!,
        Math.exp(logPrecision[rater]!),
        lapse,
        guess,
      );
      fitRater(counts, rater, thresholds, bias, logPrecision);
    }
    fitThresholds(counts, thresholds, bias, logPrecision);
    for (let rater = 0; rater < raterCount; rater++)
      takeLogs(
        rater,
        thresholds,
        bias[rater]!,
        Math.exp(logPrecision[rater]!),
        lapse[rater]!,
        guess,
        logs,
      );
    for (let item = 0; item < itemCount; item++) {
      if (itemStart[item] === itemStart[item + 1]) continue;
      next.set(logShares);
      for (let row = itemStart[item]!; row < itemStart[item + 1]!; row++) {
        const cell = (raters[row]! * size + values[row]!) * size;
        for (let truth = 0; truth < size; truth++) next[truth]! += logs[cell + truth]!;
      }
      normaliseLogs(next, 0, size);
      for (let truth = 0; truth < size; truth++) {
        change = Math.max(change, Math.abs(next[truth]! - posterior[item * size + truth]!));
        posterior[item * size + truth] = next[truth]!;
      }
    }
  }
  const shares = sharesOf(posterior, ratings);
  const meanLevel = new Float64Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    if (ratingsOf(ratings, item) === 0) posterior.set(shares, item * size);
    for (let truth = 0; truth < size; truth++)
      meanLevel[item]! += truth * posterior[item * size + truth]!;
  }
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: shares,
    itemCount,
    categoryCount: size,
    iterations,
    converged: change <= tolerance,
    bias,
    precision: logPrecision.map(Math.exp),
    confusion: logs.map(Math.exp),
    lapse,
    thresholds,
    meanLevel,
  };
}

/** How often each answer is given; one of each is added. */
function frequencies(ratings: Ratings): Float64Array {
  const shares = new Float64Array(ratings.categoryCount).fill(
    1 / (ratings.values.length + ratings.categoryCount),
  );
  for (const value of ratings.values)
    shares[value]! += 1 / (ratings.values.length + ratings.categoryCount);
  return shares;
}

/**
 * Takes the expected lapses out of a rater's counts, in place, and estimates how often the rater
 * lapses.
 */
function setLapsesAside(
  counts: Float64Array,
  rater: number,
  thresholds: Float64Array,
  bias: number,
  precision: number,
  lapse: Float64Array,
  guess: Float64Array,
): void {
  const size = guess.length;
  let lapses = 0.5;
  let all = 4;
  for (let truth = 0; truth < size; truth++) {
    for (let answer = 0; answer < size; answer++) {
      const cell = (rater * size + answer) * size + truth;
      const blind = lapse[rater]! * guess[answer]!;
      const part =
        (counts[cell]! * blind) /
        (blind + (1 - lapse[rater]!) * chance(answer, truth, thresholds, bias, precision));
      lapses += part;
      all += counts[cell]!;
      counts[cell]! -= part;
    }
  }
  lapse[rater] = lapses / all;
}

/** Two bounded scoring steps on a rater's bias and log precision. */
function fitRater(
  counts: Float64Array,
  rater: number,
  thresholds: Float64Array,
  bias: Float64Array,
  logPrecision: Float64Array,
): void {
  const size = thresholds.length + 1;
  const block = rater * size * size;
  for (let step = 0; step < 2; step++) {
    const precision = Math.exp(logPrecision[rater]!);
    let slopeOfBias = -bias[rater]!;
    let slopeOfPrecision = Math.LN2 - logPrecision[rater]!;
    let curveOfBias = 1;
    let curveOfPrecision = 1;
    let curveOfBoth = 0;
    for (let truth = 0; truth < size; truth++) {
      const total = totalOf(counts, block, truth, size);
      if (total < 1e-9) continue;
      for (let answer = 0; answer < size; answer++) {
        const upper = edge(answer, truth, thresholds, bias[rater]!, precision);
        const lower = edge(answer - 1, truth, thresholds, bias[rater]!, precision);
        const probability = Math.max(upper.below - lower.below, floorOfProbability);
        const byBias = (-precision * (upper.density - lower.density)) / probability;
        const byPrecision =
          (upper.density * upper.position - lower.density * lower.position) / probability;
        const observed = counts[block + answer * size + truth]!;
        slopeOfBias += observed * byBias;
        slopeOfPrecision += observed * byPrecision;
        const weight = total * probability;
        curveOfBias += weight * byBias * byBias;
        curveOfPrecision += weight * byPrecision * byPrecision;
        curveOfBoth += weight * byBias * byPrecision;
      }
    }
    const determinant = curveOfBias * curveOfPrecision - curveOfBoth * curveOfBoth;
    bias[rater]! += bounded(
      (curveOfPrecision * slopeOfBias - curveOfBoth * slopeOfPrecision) / determinant,
    );
    logPrecision[rater]! += bounded(
      (curveOfBias * slopeOfPrecision - curveOfBoth * slopeOfBias) / determinant,
    );
  }
}

/**
 * One bounded scoring step on the thresholds, each on its own and shortened because they pull on
 * the same judgments.
 */
function fitThresholds(
  counts: Float64Array,
  thresholds: Float64Array,
  bias: Float64Array,
  logPrecision: Float64Array,
): void {
  const size = thresholds.length + 1;
  const slopes = thresholds.map((value, index) => index + 0.5 - value);
  const curves = new Float64Array(thresholds.length).fill(1);
  for (let rater = 0; rater < bias.length; rater++) {
    const precision = Math.exp(logPrecision[rater]!);
    const block = rater * size * size;
    for (let truth = 0; truth < size; truth++) {
      const total = totalOf(counts, block, truth, size);
      if (total < 1e-9) continue;
      for (let answer = 0; answer < size; answer++) {
        const upper = edge(answer, truth, thresholds, bias[rater]!, precision);
        const lower = edge(answer - 1, truth, thresholds, bias[rater]!, precision);
        const probability = Math.max(upper.below - lower.below, floorOfProbability);
        const add = (index: number, derivative: number): void => {
          slopes[index]! += counts[block + answer * size + truth]! * derivative;
          curves[index]! += total * probability * derivative * derivative;
        };
        if (answer < size - 1) add(answer, (precision * upper.density) / probability);
        if (answer > 0) add(answer - 1, (-precision * lower.density) / probability);
      }
    }
  }
  for (let index = 0; index < thresholds.length; index++) {
    const step = 0.5 * Math.max(-0.25, Math.min(0.25, slopes[index]! / curves[index]!));
    thresholds[index] = Math.max(index + 0.1, Math.min(index + 0.9, thresholds[index]! + step));
  }
}

function takeLogs(
  rater: number,
  thresholds: Float64Array,
  bias: number,
  precision: number,
  lapse: number,
  guess: Float64Array,
  logs: Float64Array,
): void {
  const size = guess.length;
  for (let truth = 0; truth < size; truth++) {
    for (let answer = 0; answer < size; answer++) {
      logs[(rater * size + answer) * size + truth] = Math.log(
        (1 - lapse) * chance(answer, truth, thresholds, bias, precision) + lapse * guess[answer]!,
      );
    }
  }
}

/** The probability of an answer that was given with regard to the item. */
function chance(
  answer: number,
  truth: number,
  thresholds: Float64Array,
  bias: number,
  precision: number,
): number {
  return Math.max(
    0,
    edge(answer, truth, thresholds, bias, precision).below -
      edge(answer - 1, truth, thresholds, bias, precision).below,
  );
}

function totalOf(counts: Float64Array, block: number, truth: number, size: number): number {
  let total = 0;
  for (let answer = 0; answer < size; answer++) total += counts[block + answer * size + truth]!;
  return total;
}

/**
 * The position of an answer's upper threshold on the standard logistic curve, the probability below
 * it and the density there.
 */
function edge(
  answer: number,
  truth: number,
  thresholds: Float64Array,
  bias: number,
  precision: number,
): { position: number; below: number; density: number } {
  if (answer < 0) return { position: 0, below: 0, density: 0 };
  if (answer >= thresholds.length) return { position: 0, below: 1, density: 0 };
  const position = precision * (thresholds[answer]! - truth - bias);
  const below = 1 / (1 + Math.exp(-position));
  return { position, below, density: below * (1 - below) };
}

function bounded(step: number): number {
  return Math.max(-1, Math.min(1, step));
}
