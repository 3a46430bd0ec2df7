/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { fQuantile, fTail } from '../distributions.js';
import {
  type Estimate,
  type Estimated,
  type Interval,
  type Undefined,
  undefinedBecause,
} from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';

/**
 * The six forms of Shrout and Fleiss (1979): the model of the raters, and whether one rating or
 * their mean is judged.
 */
export const intraclassForms = {
  '1,1': 'every item by other raters, one rating',
  '2,1': 'the same raters, a sample of many, one rating (absolute agreement)',
  '3,1': 'the same raters, these only, one rating (consistency)',
  '1,k': 'every item by other raters, mean of the ratings',
  '2,k': 'the same raters, a sample of many, mean of the ratings (absolute agreement)',
  '3,k': 'the same raters, these only, mean of the ratings (consistency)',
} as const;
export type IntraclassForm = keyof typeof intraclassForms;

/**
 * An intraclass correlation with the F test that there is no difference between items. `n` counts
 * the items.
 */
export interface IntraclassEstimated extends Estimated {
  readonly raters: number;
  readonly f: number;
  readonly degreesOfFreedom: readonly [number, number];
  readonly p: number;
}
export type IntraclassEstimate = IntraclassEstimated | Undefined;

export interface IntraclassOptions {
  readonly level?: number;
  /**
   * Whose limits the form 2,k gets: those of 2,1 stepped up (Shrout and Fleiss, default) or its own
   * (McGraw and Wong 1996, as in irr).
   */
  readonly limitsOfMean?: 'shrout-fleiss' | 'mcgraw-wong';
}

/**
 * An intraclass correlation with its interval and F test. Every item needs a rating from every
 * rater (items without any rating are left out); for other data see `oneWayIntraclass`.
 * @param values the numeric value of each declared category
 */
export function intraclass(
  ratings: Ratings,
  values: Float64Array,
  form: IntraclassForm,
  options: IntraclassOptions = {},
): IntraclassEstimate {
  const squares = meanSquares(ratings, values);
  if (squares.kind === 'undefined') return squares;
  const { n, k, between, within, raters, residual } = squares;
  const level = options.level ?? 0.95;
  const mean = form.endsWith('k');
  const error = form.startsWith('1') ? within : residual;
  const spread =
    between +
    (mean ? 0 : (k - 1) * error) +
    (form.startsWith('2') ? ((mean ? 1 : k) * (raters - residual)) / n : 0);
  if (!(between + within > 1e-300) || !(spread > 1e-12 * (between + within)))
    return undefinedBecause('no-variance');
  const value = (between - error) / spread;
  const degreesOfFreedom = [n - 1, form.startsWith('1') ? n * (k - 1) : (n - 1) * (k - 1)] as const;
  if (!(error > 1e-12 * between)) {
    return {
      kind: 'estimate',
      value,
      n,
      raters: k,
      f: Number.MAX_VALUE,
      degreesOfFreedom,
      p: 0,
      withoutInterval: undefinedBecause('no-variation').because,
    };
  }
  const f = between / error;
  const shared = {
    kind: 'estimate',
    value,
    n,
    raters: k,
    f,
    degreesOfFreedom,
    p: fTail(f, ...degreesOfFreedom),
  } as const;
  const interval = form.startsWith('2')
    ? randomRatersInterval(squares, mean, options.limitsOfMean ?? 'shrout-fleiss', level)
    : ratioInterval(f, k, degreesOfFreedom, mean, level);
  return {
    ...shared,
    ...(interval === null
      ? { withoutInterval: undefinedBecause('no-variation').because }
      : { interval }),
  };
}

/**
 * The one-way intraclass correlation from the analysis of variance, for any number of ratings per
 * item.
 */
export interface OneWayIntraclass {
  readonly kind: 'one-way';
  /** One rating. */
  readonly single: Estimate;
  /** The mean of `ratingsPerItem` ratings. */
  readonly mean: Estimate;
  /**
   * The number of ratings per item that the analysis works with: (N - sum of squared numbers / N) /
   * (n - 1).
   */
  readonly ratingsPerItem: number;
  readonly between: number;
  readonly within: number;
}

/**
 * The form 1,1 and 1,k where each item is rated by raters of its own, and items may have different
 * numbers of ratings. Items without ratings are left out. An F interval is given where all items
 * have equally many ratings; it takes ratings as normal.
 */
export function oneWayIntraclass(
  ratings: Ratings,
  values: Float64Array,
  level = 0.95,
): OneWayIntraclass | Undefined {
  const all = ratings.values.length;
  if (all === 0) return undefinedBecause('no-data');
  let n = 0;
  let squaredCounts = 0;
  let grand = 0;
  for (let row = 0; row < all; row++) grand += values[ratings.values[row]!]! / all;
  let betweenSquares = 0;
  let withinSquares = 0;
  for (let item = 0; item < ratings.itemCount; item++) {
    const count = ratingsOf(ratings, item);
    if (count === 0) continue;
    n++;
    squaredCounts += count * count;
    let mean = 0;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++)
      mean += values[ratings.values[row]!]! / count;
    betweenSquares += count * (mean - grand) ** 2;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++)
      withinSquares += (values[ratings.values[row]!]! - mean) ** 2;
  }
  if (n < 2) return undefinedBecause('one-item');
  if (all === n) return undefinedBecause('no-pairs');
  const ratingsPerItem = (all - squaredCounts / all) / (n - 1);
  const between = betweenSquares / (n - 1);
  const within = withinSquares / (all - n);
  const spread = between + (ratingsPerItem - 1) * within;
  const balanced = squaredCounts * n === all * all;
  const limits = (mean: boolean): Pick<Estimated, 'interval' | 'withoutInterval'> => {
    if (!balanced) return { withoutInterval: 'items have different numbers of ratings' };
    if (!(within > 1e-12 * between))
      return { withoutInterval: undefinedBecause('no-variation').because };
    return between > 0
      ? { interval: ratioInterval(between / within, ratingsPerItem, [n - 1, all - n], mean, level) }
      : { withoutInterval: undefinedBecause('no-variance').because };
  };
  const estimate = (scale: number, mean: boolean): Estimate =>
    scale > 1e-12 * (between + within) && scale > 0
      ? { kind: 'estimate', value: (between - within) / scale, n, ...limits(mean) }
      : undefinedBecause('no-variance');
  return {
    kind: 'one-way',
    single: estimate(spread, false),
    mean: estimate(between, true),
    ratingsPerItem,
    between,
    within,
  };
}

interface MeanSquares {
  readonly kind: 'mean-squares';
  readonly n: number;
  readonly k: number;
  readonly between: number;
  readonly within: number;
  readonly raters: number;
  readonly residual: number;
}

function meanSquares(ratings: Ratings, values: Float64Array): MeanSquares | Undefined {
  const all = ratings.values.length;
  if (all === 0) return undefinedBecause('no-data');
  const indexOfRater = new Int32Array(ratings.raterCount).fill(-1);
  let k = 0;
  for (const rater of ratings.raters) if (indexOfRater[rater] === -1) indexOfRater[rater] = k++;
  if (k < 2) return undefinedBecause('one-rater');
  let n = 0;
  for (let item = 0; item < ratings.itemCount; item++) {
    const count = ratingsOf(ratings, item);
    if (count === 0) continue;
    if (count !== k) return undefinedBecause('incomplete');
    n++;
  }
  if (n < 2) return undefinedBecause('one-item');
  let grand = 0;
  for (let row = 0; row < all; row++) grand += values[ratings.values[row]!]! / all;
  const raterSums = new Float64Array(k);
  let itemSquares = 0;
  let allSquares = 0;
  for (let item = 0; item < ratings.itemCount; item++) {
    let sum = 0;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
      const deviation = values[ratings.values[row]!]! - grand;
      sum += deviation;
      allSquares += deviation * deviation;
      raterSums[indexOfRater[ratings.raters[row]!]!]! += deviation;
    }
    itemSquares += (sum * sum) / k;
  }
  const raterSquares = raterSums.reduce((sum, value) => sum + (value * value) / n, 0);
  return {
    kind: 'mean-squares',
    n,
    k,
    between: itemSquares / (n - 1),
    within: Math.max(0, allSquares - itemSquares) / (n * (k - 1)),
    raters: raterSquares / (k - 1),
    residual: Math.max(0, allSquares - itemSquares - raterSquares) / ((n - 1) * (k - 1)),
  };
}

function ratioInterval(
  f: number,
  k: number,
  [over, under]: readonly [number, number],
  mean: boolean,
  level: number,
): Interval {
  const p = 1 - (1 - level) / 2;
  const low = f / fQuantile(p, over, under);
  const high = f * fQuantile(p, under, over);
  return mean
    ? { lower: 1 - 1 / low, upper: 1 - 1 / high, level, method: 'f' }
    : { lower: (low - 1) / (low + k - 1), upper: (high - 1) / (high + k - 1), level, method: 'f' };
}

function randomRatersInterval(
  { n, k, between, raters, residual }: MeanSquares,
  mean: boolean,
  limitsOfMean: 'shrout-fleiss' | 'mcgraw-wong',
  level: number,
): Interval | null {
  const own = mean && limitsOfMean === 'mcgraw-wong';
  const value =
    (between - residual) /
    (between + (own ? 0 : (k - 1) * residual) + ((own ? 1 : k) * (raters - residual)) / n);
  if (!(value < 1)) return null;
  const ofRaters = ((k * value) / (n * (1 - value))) * raters;
  const ofResidual = (1 + (k * value * (n - 1)) / (n * (1 - value))) * residual;
  const degrees =
    (ofRaters + ofResidual) ** 2 /
    (ofRaters ** 2 / (k - 1) + ofResidual ** 2 / ((n - 1) * (k - 1)));
  if (!(degrees > 0) || !Number.isFinite(degrees)) return null;
  const p = 1 - (1 - level) / 2;
  const low = fQuantile(p, n - 1, degrees);
  const high = fQuantile(p, degrees, n - 1);
  const rest = own ? raters - residual : k * raters + (k * n - k - n) * residual;
  const lower = (n * (between - low * residual)) / (low * rest + n * between);
  const upper = (n * (high * between - residual)) / (rest + n * high * between);
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) return null;
  return mean && !own
    ? {
        lower: (lower * k) / (1 + lower * (k - 1)),
        upper: (upper * k) / (1 + upper * (k - 1)),
        level,
        method: 'shrout-fleiss',
      }
    : { lower, upper, level, method: own ? 'mcgraw-wong' : 'shrout-fleiss' };
}
