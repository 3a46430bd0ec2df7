/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { ratingsOf } from '../ratings.js';
import { type AgreementSetting, ordinalWeights, quadratic } from './setting.js';

/**
 * How much a coefficient moves with each item and each rating (its linearisation). The sum over the
 * items, and over the ratings, is 0.
 */
export interface Influences {
  /** The coefficient over the sample, with its parts. */
  readonly value: number;
  readonly observed: number;
  readonly expected: number;
  /** Per item index: what its ratings, all together, bring. */
  readonly items: Float64Array;
  /**
   * Per rating: what its rater brings by it. A pair of ratings counts for both of its raters, so
   * that these are no decomposition of `items`.
   */
  readonly ratings: Float64Array;
}

/**
 * The influence of every item and every rating on a coefficient, as the first-order (Hájek)
 * projection of its pairs onto items and onto raters: a rater's part of observed agreement is that
 * of the pairs that the rater is in, around the agreement of all. Null where the coefficient is
 * undefined. Costs ratings × (ratings per item + categories).
 */
export function influencesOf(setting: AgreementSetting): Influences | null {
  const { ratings, coefficient, size } = setting;
  const krippendorff = coefficient === 'krippendorff';
  const fewest = krippendorff ? 2 : 1;
  // What one rating counts in the shares of answers, and what one with a partner in observed
  // agreement: alpha counts ratings alike, the others items.
  const shares = new Float64Array(size);
  let [counted, paired] = [0, 0];
  for (const item of setting.items) {
    const total = ratingsOf(ratings, item);
    if (total >= fewest) counted += krippendorff ? total : 1;
    if (total >= 2) paired += krippendorff ? total : 1;
  }
  if (paired === 0) return null;
  const shareOf = (total: number): number => (krippendorff ? 1 : 1 / total) / counted;
  const pairedOf = (total: number): number => (krippendorff ? 1 : 1 / total) / paired;
  for (const item of setting.items) {
    const total = ratingsOf(ratings, item);
    if (total < fewest) continue;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++)
      shares[ratings.values[row]!]! += shareOf(total);
  }
  const weights = setting.ordinal ? ordinalWeights(shares) : setting.weights;
  // Mean agreement of each rating with the others of its item.
  const agreement = new Float64Array(ratings.values.length);
  let observed = 0;
  for (const item of setting.items) {
    const total = ratingsOf(ratings, item);
    if (total < 2) continue;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
      const own = ratings.values[row]! * size;
      let sum = -1;
      for (let category = 0; category < size; category++)
        sum += ratings.counts[item * size + category]! * weights[own + category]!;
      agreement[row] = sum / (total - 1);
      observed += agreement[row]! * pairedOf(total);
    }
  }
  const chance = chanceOf(setting, shares, weights, counted);
  if (chance === null || !(1 - chance.expected > 1e-12)) return null;
  const { expected } = chance;
  const value = (observed - expected) / (1 - expected);
  const metric = setting.ordinal ? metricSlopes(setting, shares, weights, pairedOf, value) : null;
  const items = new Float64Array(ratings.itemCount);
  const own = new Float64Array(ratings.values.length);
  for (const item of setting.items) {
    const total = ratingsOf(ratings, item);
    if (total < fewest) continue;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
      const excess = total < 2 ? 0 : (agreement[row]! - observed) * pairedOf(total);
      const category = ratings.values[row]!;
      const byChance =
        (1 - value) * chance.ofRating(row) * shareOf(total) -
        (metric === null ? 0 : metric[category]! * shareOf(total));
      items[item]! += (excess - byChance) / (1 - expected);
      own[row] = (2 * excess - byChance - (1 - value) * chance.ofRater(row)) / (1 - expected);
    }
  }
  return { value, observed, expected, items, ratings: own };
}

interface Chance {
  readonly expected: number;
  /** The derivative of `expected` by the share of a rating's answer, centred; 2 × its excess. */
  readonly ofRating: (row: number) => number;
  /** What a rater's own share of answers adds, spread over the rater's ratings. */
  readonly ofRater: (row: number) => number;
}

const nothing = (): number => 0;

function chanceOf(
  setting: AgreementSetting,
  shares: Float64Array,
  weights: Float64Array,
  counted: number,
): Chance | null {
  const { coefficient, size, ratings } = setting;
  if (coefficient === 'percent-agreement')
    return { expected: 0, ofRating: nothing, ofRater: nothing };
  if (size < 2) return null;
  if (coefficient === 'conger') return congerChance(setting, counted);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  if (coefficient === 'brennan-prediger')
    return { expected: whole / (size * size), ofRating: nothing, ofRater: nothing };
  if (coefficient === 'gwet') {
    const scale = whole / (size * (size - 1));
    const expected = scale * shares.reduce((sum, share) => sum + share * (1 - share), 0);
    return {
      expected,
      ofRating: (row) => 2 * (scale * (1 - shares[ratings.values[row]!]!) - expected),
      ofRater: nothing,
    };
  }
  const plain = quadratic(shares, weights, size);
  const average = shares.map((_, row) =>
    shares.reduce((sum, share, column) => sum + share * weights[row * size + column]!, 0),
  );
  return {
    // Krippendorff: pairs of all pairable ratings, none with itself.
    expected: coefficient === 'krippendorff' ? (plain * counted - 1) / (counted - 1) : plain,
    ofRating: (row) => 2 * (average[ratings.values[row]!]! - plain),
    ofRater: nothing,
  };
}

/** Conger: the mean over pairs of raters, each with shares of answers of their own. */
function congerChance({ ratings, raters, size, weights }: AgreementSetting, n: number): Chance {
  const counts = new Float64Array(ratings.raterCount);
  const own = new Float64Array(ratings.raterCount * size);
  for (const [row, rater] of ratings.raters.entries()) {
    counts[rater]!++;
    own[rater * size + ratings.values[row]!]!++;
  }
  const sums = new Float64Array(size);
  for (const rater of raters)
    for (let category = 0; category < size; category++)
      sums[category]! += own[rater * size + category]! /= counts[rater]!;
  const r = raters.length;
  // Mean agreement of an answer, and of a rater's answers, with those of the other raters.
  const others = new Float64Array(ratings.raterCount * size);
  const mean = new Float64Array(ratings.raterCount);
  let expected = 0;
  for (const rater of raters) {
    for (let category = 0; category < size; category++) {
      let sum = 0;
      for (let other = 0; other < size; other++)
        sum += (sums[other]! - own[rater * size + other]!) * weights[other * size + category]!;
      others[rater * size + category] = sum / (r - 1);
      mean[rater]! += (sum / (r - 1)) * own[rater * size + category]!;
    }
    expected += mean[rater]! / r;
  }
  return {
    expected,
    // Divided by what a rating counts among the shares (1 / (n k)): n k / (R n_r).
    ofRating: (row) => {
      const [rater, item] = [ratings.raters[row]!, ratings.items[row]!];
      return (
        ((2 * n * ratingsOf(ratings, item)) / (r * counts[rater]!)) *
        (others[rater * size + ratings.values[row]!]! - mean[rater]!)
      );
    },
    ofRater: (row) => {
      const rater = ratings.raters[row]!;
      return (2 * (mean[rater]! - expected)) / (r * counts[rater]!);
    },
  };
}

/**
 * Ordinal alpha measures with mid-ranks, which move with the shares: by answer, how observed
 * agreement - (1 - alpha) × agreement by chance changes with its share, centred.
 */
function metricSlopes(
  { ratings, items, size }: AgreementSetting,
  shares: Float64Array,
  _weights: Float64Array,
  pairedOf: (total: number) => number,
  value: number,
): Float64Array {
  const middle = new Float64Array(size);
  let below = 0;
  for (let category = 0; category < size; category++) {
    middle[category] = below + shares[category]! / 2;
    below += shares[category]!;
  }
  // How often two answers meet in an item, less (1 - alpha) times how often they would by chance.
  const excess = new Float64Array(size * size);
  for (const item of items) {
    const total = ratingsOf(ratings, item);
    if (total < 2) continue;
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++)
        excess[row * size + column]! +=
          (ratings.counts[item * size + row]! *
            ratings.counts[item * size + column]! *
            pairedOf(total)) /
          (total - 1);
  }
  const byMiddle = new Float64Array(size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      byMiddle[row]! +=
        -4 *
        (excess[row * size + column]! - (1 - value) * shares[row]! * shares[column]!) *
        (middle[row]! - middle[column]!);
  const byShare = new Float64Array(size);
  let above = 0;
  for (let category = size - 1; category >= 0; category--) {
    byShare[category] = above + byMiddle[category]! / 2;
    above += byMiddle[category]!;
  }
  const centre = byShare.reduce((sum, slope, category) => sum + slope * shares[category]!, 0);
  return byShare.map((slope) => slope - centre);
}
