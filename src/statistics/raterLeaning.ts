/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { chiSquareCdf } from './distributions.js';
import { type Bounds, type Estimate, undefinedBecause, undefinedReasons } from './estimate.js';
import { checkLengths, type Votes } from './votes.js';

/** What one rater said of two sets. */
export interface RaterDifference {
  readonly rater: number;
  /** The mean of the rater's votes about the first set minus that about the second. */
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

/** The raters who voted about both sets, in rising order. Rater indexes mean the same people. */
export function raterDifferences(first: Votes, second: Votes): RaterDifference[] {
  const [one, other] = [workOf(first), workOf(second)];
  return Array.from(one.keys())
    .toSorted((left, right) => left - right)
    .flatMap((rater) => {
      const [ofFirst, ofSecond] = [one.get(rater), other.get(rater)];
      return ofFirst === undefined || ofSecond === undefined
        ? []
        : [
            {
              rater,
              value: ofFirst.mean - ofSecond.mean,
              first: ofFirst.votes,
              second: ofSecond.votes,
            },
          ];
    });
}

/** Fewer raters than this say nothing about how much raters differ in their leaning. */
export const fewestLeaningRaters = 5;

export interface LeaningOptions {
  readonly level?: number;
  /** The lowest and highest value that a vote can have; 0 and 1 unless given. */
  readonly scale?: Bounds;
}

/**
 * How much raters differ in their leaning to one of two sets: the standard deviation over raters of
 * their true difference of means, first minus second, beyond what their samples of items explain.
 * `n` counts the raters with two votes or more about each set; others are left out.
 *
 * A model by moments: the difference seen is d = δ + τ z + e. The variance of e is that of the
 * rater's own votes over their number, in both sets, and two raters' e go together by the items that
 * both judged: the covariance of two votes about one item, over all pairs of raters. The spread
 * Q = Σ u (d - mean)² has weights u = 1 / (τ² + σ² h), h the sum of 1 / votes of both sets and σ²
 * the same for all raters: a rater's own variance would be 0 where all their votes agree. τ² is
 * where Q is what is expected of it (Paule and Mandel 1982, with covariances). Its interval holds
 * each τ² at which Q lies within the middle of chi-square, with as many degrees of freedom as its
 * mean and variance ask for (the Q profile of Viechtbauer 2007, after Satterthwaite 1946). Near the
 * ends of the scale few raters lean, and much: the variance of Q has the fourth cumulant of beta
 * distributions with the means of the two sets and half of τ² each (`mostKurtosis`). For the upper limit Q is taken
 * as no smaller than what is expected without any leaning: raters who are alike by chance would seem
 * to be known as such. bench/raterLeaning.ts shows what it covers.
 *
 * Under five such raters, and where no vote differs, the value stands without an interval.
 * @throws RangeError where the arrays differ in length
 */
export function raterLeaning(
  first: Votes,
  second: Votes,
  { level = 0.95, scale = { lower: 0, upper: 1 } }: LeaningOptions = {},
): Estimate {
  const spread = spreadOf(first, second, scale);
  if (spread === null) return undefinedBecause('one-rater');
  const n = spread.differences.length;
  const without = (withoutInterval: string, value: number): Estimate => ({
    kind: 'estimate',
    value,
    n,
    withoutInterval,
  });
  if (spread.unit === 0 && spread.differences.every((value) => value === spread.differences[0]))
    return without(undefinedReasons['no-variation'], 0);
  /** The τ up to which `beyond` holds; 0 where it holds nowhere. */
  const upTo = (beyond: (at: SpreadAt) => boolean): number => {
    if (!beyond(spreadAt(spread, 0))) return 0;
    let [low, high] = [0, spread.largest];
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (beyond(spreadAt(spread, middle))) low = middle;
      else high = middle;
    }
    return Math.sqrt((low + high) / 2);
  };
  const value = upTo(({ found, expected }) => found > expected);
  if (n < fewestLeaningRaters) return without(undefinedReasons['too-few-to-lean'], value);
  const tail = (1 - level) / 2;
  const chance = (seen: number, { expected, degrees }: SpreadAt): number =>
    expected > 0 ? chiSquareCdf((seen * degrees) / expected, degrees) : seen > 0 ? 1 : 0;
  return {
    kind: 'estimate',
    value,
    n,
    interval: {
      lower: upTo((at) => chance(at.found, at) > 1 - tail),
      upper: upTo((at) => chance(Math.max(at.found, at.noise), at) > tail),
      level,
      method: 'rater-leaning',
    },
  };
}

/** A rater's votes about one set. */
interface Work {
  readonly votes: number;
  readonly mean: number;
  /** Sum of squares around the mean. */
  readonly squares: number;
}

function workOf(votes: Votes): Map<number, Work> {
  checkLengths(votes);
  const ofRater = new Map<number, Work>();
  for (let vote = 0; vote < votes.items.length; vote++) {
    const {
      votes: before,
      mean,
      squares,
    } = ofRater.get(votes.raters[vote]!) ?? {
      votes: 0,
      mean: 0,
      squares: 0,
    };
    const away = votes.values[vote]! - mean;
    const moved = mean + away / (before + 1);
    ofRater.set(votes.raters[vote]!, {
      votes: before + 1,
      mean: moved,
      squares: squares + away * (votes.values[vote]! - moved),
    });
  }
  return ofRater;
}

/** The differences of raters with what chance makes of them. */
interface Spread {
  readonly differences: readonly number[];
  /** Variance of each difference by the rater's own votes. */
  readonly own: readonly number[];
  /** h: 1 / votes about the first set + 1 / votes about the second. */
  readonly inverse: readonly number[];
  /** Covariance of two raters' differences through items that both judged, where there are any. */
  readonly together: readonly { readonly one: number; readonly other: number; value: number }[];
  /** σ²: the variance of one vote within a rater and set. */
  readonly unit: number;
  /** The means of both sets from 0 to 1, half a vote at either end added. */
  readonly means: readonly number[];
  /** The width of the scale, squared. */
  readonly largest: number;
}

/** Null where nobody has two votes about each set. */
function spreadOf(first: Votes, second: Votes, { lower, upper }: Bounds): Spread | null {
  const works = [workOf(first), workOf(second)] as const;
  const raters = Array.from(works[0].keys())
    .filter((rater) => works.every((work) => (work.get(rater)?.votes ?? 0) > 1))
    .toSorted((left, right) => left - right);
  if (raters.length === 0) return null;
  const indexOf = new Map(raters.map((rater, index) => [rater, index]));
  const differences = raters.map(() => 0);
  const [own, inverse] = [differences.slice(), differences.slice()];
  const together = new Map<number, { one: number; other: number; value: number }>();
  let [squares, freedom] = [0, 0];
  for (const [set, votes] of [first, second].entries()) {
    for (const [index, rater] of raters.entries()) {
      const work = works[set]!.get(rater)!;
      differences[index]! += set === 0 ? work.mean : -work.mean;
      own[index]! += work.squares / (work.votes - 1) / work.votes;
      inverse[index]! += 1 / work.votes;
      squares += work.squares;
      freedom += work.votes - 1;
    }
    addCovariances(votes, works[set]!, indexOf, together);
  }
  return {
    differences,
    own,
    inverse,
    together: Array.from(together.values()),
    unit: squares / freedom,
    means: [first, second].map(
      ({ values }) =>
        (values.reduce((sum, value) => sum + (value - lower) / (upper - lower), 0) + 0.5) /
        (values.length + 1),
    ),
    largest: (upper - lower) ** 2,
  };
}

/** Adds one set's covariance of every two raters through the items that both judged. */
function addCovariances(
  votes: Votes,
  works: ReadonlyMap<number, Work>,
  indexOf: ReadonlyMap<number, number>,
  together: Map<number, { one: number; other: number; value: number }>,
): void {
  const ofItem = new Map<number, { index: number; away: number }[]>();
  const workOfIndex = new Map<number, Work>();
  for (let vote = 0; vote < votes.items.length; vote++) {
    const index = indexOf.get(votes.raters[vote]!);
    const work = works.get(votes.raters[vote]!);
    if (index === undefined || work === undefined) continue;
    workOfIndex.set(index, work);
    const known = ofItem.get(votes.items[vote]!) ?? [];
    known.push({ index, away: votes.values[vote]! - work.mean });
    ofItem.set(votes.items[vote]!, known);
  }
  const shared = new Map<number, { one: number; other: number; items: number }>();
  let [products, kept] = [0, 0];
  for (const known of ofItem.values())
    for (const [at, left] of known.entries())
      for (const right of known.slice(at + 1)) {
        const [one, other] = [Math.min(left.index, right.index), Math.max(left.index, right.index)];
        const pair = shared.get(one * indexOf.size + other) ?? { one, other, items: 0 };
        pair.items++;
        shared.set(one * indexOf.size + other, pair);
        products += left.away * right.away;
      }
  // Votes are measured against their own rater's mean, which takes part of what they share.
  for (const { one, other, items } of shared.values()) {
    const [left, right] = [workOfIndex.get(one)!.votes, workOfIndex.get(other)!.votes];
    kept += items * (1 - 1 / left - 1 / right + items / (left * right));
  }
  const covariance = kept > 0 ? Math.max(0, products / kept) : 0;
  for (const [key, { one, other, items }] of shared) {
    const pair = together.get(key) ?? { one, other, value: 0 };
    pair.value +=
      (covariance * items) / (workOfIndex.get(one)!.votes * workOfIndex.get(other)!.votes);
    together.set(key, pair);
  }
}

/**
 * The excess kurtosis that leanings are taken to have at most: that of a double exponential
 * distribution. Without any, the interval of ten raters near 95 % holds .78 of large leanings; with
 * all that beta distributions have, limits of few raters lie at the end of the scale.
 */
const mostKurtosis = 3;

interface SpreadAt {
  /** Q. */
  readonly found: number;
  /** What is expected of it without and with leanings. */
  readonly noise: number;
  readonly expected: number;
  readonly degrees: number;
}

/** Q and what is expected of it at one τ². */
function spreadAt(
  { differences, own, inverse, together, unit, means, largest: width }: Spread,
  between: number,
): SpreadAt {
  const precisions = inverse.map((each) => 1 / Math.max(1e-12 * width, between + unit * each));
  const largest = Math.max(...precisions);
  const weights = precisions.map((each) => each / largest);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const second = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const centre = differences.reduce((sum, value, at) => sum + weights[at]! * value, 0) / all;
  const common = together.reduce(
    (sum, { one, other, value }) => sum + 2 * weights[one]! * weights[other]! * value,
    0,
  );
  // What any two raters share on average moves them together, and spreads nothing.
  const alike = all * all > second ? common / (all * all - second) : 0;
  let [found, noise, linear, squared, cubed, fourth] = [0, 0, 0, 0, 0, 0];
  for (const [at, weight] of weights.entries()) {
    const chance = own[at]! - alike;
    const variance = weight * (between + chance);
    found += weight * (differences[at]! - centre) ** 2;
    noise += weight * (1 - weight / all) * chance;
    linear += weight * variance;
    squared += variance * variance;
    cubed += weight * variance * variance;
    fourth += (weight * (1 - weight / all) * between) ** 2;
  }
  const leanings = between * (all - second / all);
  const expected = Math.max(0, noise) + leanings;
  const kurtosis =
    means.reduce((sum, mean) => sum + betaKurtosis(mean, between / 2 / width), 0) / 4;
  const trace =
    squared -
    (2 * cubed) / all +
    (linear / all) ** 2 +
    (Math.min(mostKurtosis, Math.max(0, kurtosis)) * fourth) / 2;
  return {
    found,
    noise: Math.max(0, noise),
    expected,
    degrees: Math.min(
      differences.length - 1,
      Math.max(1, trace > 0 ? expected ** 2 / trace : differences.length - 1),
    ),
  };
}

/** The excess kurtosis of a beta distribution, its variance at most 95 % of what its mean allows. */
function betaKurtosis(mean: number, variance: number): number {
  const spread = mean * (1 - mean);
  if (variance === 0) return 0;
  const size = Math.max(1 / 0.95, spread / variance) - 1;
  return (
    (6 * ((1 - 2 * mean) ** 2 * (size + 1) - spread * (size + 2))) /
    (spread * (size + 2) * (size + 3))
  );
}
