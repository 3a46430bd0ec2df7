/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import type { Votes } from '../votes.js';
import { type AnswerModel, answerModel } from './answers.js';
import type { VoteVariances } from './precision.js';

/**
 * Variances between items and between raters, and what is left, of votes that were given. Never
 * negative.
 */
export interface VarianceComponents extends VoteVariances {
  readonly kind: 'components';
}

/**
 * Variance components of votes with crossed item and rater effects, any numbers of votes for each,
 * at most one vote of a rater about an item: moments from the squared differences of all pairs of
 * votes, of those about one item, and of those by one rater (Gao and Owen 2017). Unbiased before
 * negative ones are set to 0.
 */
export function varianceComponents(votes: Votes): VarianceComponents | Undefined {
  const n = votes.values.length;
  if (n === 0) return undefinedBecause('no-data');
  const [items, raters] = [
    groupsOf(votes.items, votes.values),
    groupsOf(votes.raters, votes.values),
  ];
  if (raters.groups === 1) return undefinedBecause('one-rater');
  if (items.groups === 1) return undefinedBecause('one-item');
  if (n === items.groups) return undefinedBecause('no-pairs');
  // Ordered pairs that share neither item nor rater.
  const apart = n * n + n - items.squaredSizes - raters.squaredSizes;
  if (n === raters.groups || apart === 0) return undefinedBecause('too-few-values');
  const withinItems = items.within / (n - items.groups);
  const withinRaters = raters.within / (n - raters.groups);
  const whole = votes.values.reduce((sum, value) => sum + value, 0) / n;
  const allPairs = n * votes.values.reduce((sum, value) => sum + (value - whole) ** 2, 0);
  const residual =
    (withinRaters * (n * n - items.squaredSizes) +
      withinItems * (n * n - raters.squaredSizes) -
      allPairs) /
    apart;
  return {
    kind: 'components',
    item: Math.max(0, withinRaters - residual),
    rater: Math.max(0, withinItems - residual),
    residual: Math.max(0, residual),
  };
}

/**
 * The part of the variance between raters that two sets have in common: the weighted covariance of
 * the raters' means, over raters who judged both, without the diagonal. Unbiased, as the sets share
 * no items; may come out negative.
 */
export function sharedRaterVariance(first: Votes, second: Votes): number | Undefined {
  const [one, other] = [
    groupsOf(first.raters, first.values),
    groupsOf(second.raters, second.values),
  ];
  let [whole, squares, products, ones, others] = [0, 0, 0, 0, 0];
  for (let rater = 0; rater < Math.min(one.sizes.length, other.sizes.length); rater++) {
    const [n, m] = [one.sizes[rater]!, other.sizes[rater]!];
    if (n === 0 || m === 0) continue;
    const weight = (n * m) / (n + m);
    const [mean, otherMean] = [one.sums[rater]! / n, other.sums[rater]! / m];
    whole += weight;
    squares += weight * weight;
    products += weight * mean * otherMean;
    ones += weight * mean;
    others += weight * otherMean;
  }
  const pairs = whole * whole - squares;
  return pairs > 1e-9 * squares
    ? (whole * products - ones * others) / pairs
    : undefinedBecause('too-few-raters');
}

/** What the judgments of an earlier study say about how raters answer. */
export interface Pilot {
  readonly kind: 'pilot';
  readonly model: AnswerModel;
  readonly mean: number;
  readonly variances: VoteVariances;
  /**
   * The share of what raters differ by that depends on the source; null where the pilot has no
   * pair.
   */
  readonly leaning: number | null;
  readonly items: number;
  readonly raters: number;
  readonly votes: number;
}

/**
 * How raters answered in a pilot, as a model for simulation. Components are estimated within each
 * set and averaged over sets by their votes; the answers' shares are those over all votes.
 * @param sets votes about each dataset, as whole numbers on the scale; rater indexes mean the same
 *   people in all
 * @param pairs indexes of sets that are compared, which tell whether raters lean to a source
 * @returns undefined where no set has enough votes, with the reason of the largest set
 */
export function pilotOf(
  sets: readonly Votes[],
  pairs: readonly (readonly [number, number])[],
  scale: { readonly lowest: number; readonly highest: number },
): Pilot | Undefined {
  const votes = sets.reduce((sum, set) => sum + set.values.length, 0);
  const largest = sets.toSorted((one, other) => other.values.length - one.values.length)[0];
  if (largest === undefined || votes === 0) return undefinedBecause('no-data');
  const estimated = sets.flatMap((set) => {
    const components = varianceComponents(set);
    return components.kind === 'undefined' ? [] : [{ weight: set.values.length, components }];
  });
  if (estimated.length === 0) {
    const reason = varianceComponents(largest);
    return reason.kind === 'undefined' ? reason : undefinedBecause('no-data');
  }
  const weights = estimated.reduce((sum, { weight }) => sum + weight, 0);
  const average = (part: keyof VoteVariances): number =>
    estimated.reduce(
      (sum, { weight, components }) => sum + (weight / weights) * components[part],
      0,
    );
  const variances = {
    item: average('item'),
    rater: average('rater'),
    residual: average('residual'),
  };
  const leaning = leaningOf(sets, pairs, variances.rater);
  const counts = new Float64Array(scale.highest - scale.lowest + 1);
  for (const set of sets) for (const value of set.values) counts[value - scale.lowest]!++;
  const shared = variances.rater * (1 - (leaning ?? 0));
  const model = answerModel(
    [...counts].map((count) => count / votes),
    { ...variances, rater: shared, leaning: variances.rater - shared },
    scale.lowest,
  );
  if ('kind' in model) return model;
  const mean =
    sets.reduce((sum, set) => sum + set.values.reduce((total, value) => total + value, 0), 0) /
    votes;
  const items = sets.reduce((sum, set) => sum + new Set(set.items).size, 0);
  const raters = new Set(sets.flatMap((set) => [...new Set(set.raters)])).size;
  return { kind: 'pilot', model, mean, variances, leaning, items, raters, votes };
}

function leaningOf(
  sets: readonly Votes[],
  pairs: readonly (readonly [number, number])[],
  rater: number,
): number | null {
  const shared = pairs.flatMap(([one, other]) => {
    const [first, second] = [sets[one], sets[other]];
    const variance =
      first === undefined || second === undefined
        ? undefinedBecause('no-data')
        : sharedRaterVariance(first, second);
    return typeof variance === 'number' ? [variance] : [];
  });
  if (shared.length === 0) return null;
  const mean = shared.reduce((sum, variance) => sum + variance, 0) / shared.length;
  return rater > 0 ? Math.max(0, Math.min(1, 1 - mean / rater)) : 0;
}

interface Groups {
  readonly sizes: Int32Array;
  readonly sums: Float64Array;
  /** Groups with a vote. */
  readonly groups: number;
  readonly squaredSizes: number;
  /** Sum of squares around the mean of each group. */
  readonly within: number;
}

function groupsOf(indexes: Int32Array, values: Float64Array): Groups {
  const size = indexes.reduce((top, index) => Math.max(top, index), -1) + 1;
  const sizes = new Int32Array(size);
  const sums = new Float64Array(size);
  for (const [vote, index] of indexes.entries()) {
    sizes[index]!++;
    sums[index]! += values[vote]!;
  }
  const within = values.reduce(
    (sum, value, vote) => sum + (value - sums[indexes[vote]!]! / sizes[indexes[vote]!]!) ** 2,
    0,
  );
  return {
    sizes,
    sums,
    groups: sizes.reduce((count, own) => count + Number(own > 0), 0),
    squaredSizes: sizes.reduce((sum, own) => sum + own * own, 0),
    within,
  };
}
