/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Undefined } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import { withoutComparison } from './compared.js';
import {
  defaultStopping,
  mostProbable,
  normaliseLogs,
  type Posteriors,
  sharesOf,
  type Stopping,
  voteShares,
} from './posteriors.js';

export interface ScepticalOptions extends Stopping {
  /** Precision of the normal prior that draws each log-odds to 0. Default 3. */
  readonly precision?: number;
}

export interface ScepticalDawidSkene extends Posteriors {
  /** confusion[(rater * categoryCount + answer) * categoryCount + truth]. */
  readonly confusion: Float64Array;
}

/**
 * Dawid and Skene with doubt: a confusion matrix in log-odds, each drawn by a normal prior to that
 * of a rater who knows nothing, so that judgments earn their weight. The answers of rare raters
 * count little; those of well-known raters count in full. Expectation-maximisation with a few
 * bounded Newton steps per matrix row and iteration.
 */
export function scepticalDawidSkene(
  ratings: Ratings,
  options: ScepticalOptions = {},
): ScepticalDawidSkene | Undefined {
  const uncompared = withoutComparison(ratings);
  if (uncompared !== null) return uncompared;
  const {
    precision = 3,
    tolerance = 1e-5,
    maximumIterations = defaultStopping.maximumIterations,
  } = options;
  const { itemCount, categoryCount: size, itemStart, raters, values } = ratings;
  const posterior = voteShares(ratings);
  const counts = new Float64Array(ratings.raterCount * size * size);
  const odds = new Float64Array(counts.length);
  const logs = new Float64Array(counts.length);
  const next = new Float64Array(size);
  let iterations = 0;
  let change = Infinity;
  while (iterations < maximumIterations && change > tolerance) {
    iterations++;
    change = 0;
    counts.fill(0);
    for (let row = 0; row < values.length; row++) {
      const cell = (raters[row]! * size + values[row]!) * size;
      const offset = ratings.items[row]! * size;
      for (let truth = 0; truth < size; truth++)
        counts[cell + truth]! += posterior[offset + truth]!;
    }
    fitRows(counts, odds, logs, size, precision);
    const logShares = sharesOf(posterior, ratings).map(Math.log);
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
    confusion: logs.map(Math.exp),
  };
}

/** Maximises the penalised likelihood of every row, beginning where the last iteration ended. */
function fitRows(
  counts: Float64Array,
  odds: Float64Array,
  logs: Float64Array,
  size: number,
  precision: number,
): void {
  const shares = new Float64Array(size);
  for (let block = 0; block < counts.length; block += size * size) {
    for (let truth = 0; truth < size; truth++) {
      let total = 0;
      for (let answer = 0; answer < size; answer++) total += counts[block + answer * size + truth]!;
      let moved = Infinity;
      for (let step = 0; step < 10 && moved > 1e-4; step++) {
        for (let answer = 0; answer < size; answer++)
          shares[answer] = odds[block + answer * size + truth]!;
        normaliseLogs(shares, 0, size);
        moved = 0;
        for (let answer = 0; answer < size; answer++) {
          const share = shares[answer]!;
          const cell = block + answer * size + truth;
          const slope = counts[cell]! - total * share - precision * odds[cell]!;
          const change = Math.max(
            -1,
            Math.min(1, slope / (total * share * (1.02 - share) * 1.3 + precision)),
          );
          odds[cell]! += change;
          moved = Math.max(moved, Math.abs(change));
        }
      }
      for (let answer = 0; answer < size; answer++)
        shares[answer] = odds[block + answer * size + truth]!;
      const sum = normaliseLogs(shares, 0, size);
      for (let answer = 0; answer < size; answer++)
        logs[block + answer * size + truth] = odds[block + answer * size + truth]! - sum;
    }
  }
}
