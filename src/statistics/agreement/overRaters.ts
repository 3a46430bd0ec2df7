/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { tQuantile } from '../distributions.js';
import { type Estimated, type Interval, undefinedBecause } from '../estimate.js';
import { wilsonLimits } from '../proportions.js';
import type { Ratings } from '../ratings.js';
import { fewestRaters } from '../twoWay.js';
import { lowestOf } from './chanceCorrected.js';
import { influencesOf } from './influence.js';
import {
  type AgreementSetting,
  type AgreementStatistic,
  ordinalWeights,
  settingOf,
} from './setting.js';

/**
 * How far a coefficient would move with other items and other raters. The variances are those of
 * the coefficient.
 */
export interface AgreementSpread {
  readonly value: number;
  /** The lowest value that the coefficient could have with these shares of answers. */
  readonly lowest: number;
  /** Variance over items, raters kept. */
  readonly items: number;
  /** What other raters add to it; see `agreementSpread`. Never negative. */
  readonly raters: number;
  /** Per rater index: the sum of the rater's influences, the sum of their squares, ratings given. */
  readonly ofRater: Float64Array;
  readonly cells: Float64Array;
  readonly work: Float64Array;
}

/** How much of the noise in the variance over raters is added to it: `bench/agreement`. */
const caution = 1 / 2;

/**
 * The variance of a coefficient over items and raters, V_items + Σ_r c_r (S_r² - cells_r), from its
 * influences: S_r is the sum of a rater's influences, cells_r the sum of their squares, which V_items
 * holds already. c_r = (1 - w) / (1 - 2w)² for a rater with the share w of all ratings is the
 * jackknife of a U-statistic of two raters (Arvesen 1969; with R equal raters R (R - 1) / (R - 2)²):
 * a rater pulls the mean that the rater is held against; nobody counts as giving more than .4. As the second part is known poorly where raters
 * are few, half its standard error without any difference among raters is added. Null where
 * the coefficient is undefined.
 */
export function agreementSpread(setting: AgreementSetting): AgreementSpread | null {
  const influences = influencesOf(setting);
  if (influences === null) return null;
  const { ratings } = setting;
  const ofRater = new Float64Array(ratings.raterCount);
  const cells = new Float64Array(ratings.raterCount);
  const work = new Float64Array(ratings.raterCount);
  for (const [row, rater] of ratings.raters.entries()) {
    ofRater[rater]! += influences.ratings[row]!;
    cells[rater]! += influences.ratings[row]! ** 2;
    work[rater]!++;
  }
  const n = setting.items.length;
  let items = 0;
  for (const influence of influences.items) items += influence * influence;
  return {
    value: influences.value,
    lowest: Math.min(influences.value, lowestWith(setting)),
    items: n > 1 ? (items * n) / (n - 1) : items,
    raters: ratersVariance(ofRater, cells, work, caution),
    ofRater,
    cells,
    work,
  };
}

/**
 * What raters add to a variance, from the sum of each one's influences and the sum of their squares
 * (see `agreementSpread`).
 * @param caution how much of the noise in it is added
 */
export function ratersVariance(
  ofRater: Float64Array,
  cells: Float64Array,
  work: Float64Array,
  caution: number,
): number {
  const all = work.reduce((sum, own) => sum + own, 0);
  let excess = 0;
  let noise = 0;
  for (let rater = 0; rater < work.length; rater++) {
    const share = Math.min(0.4, work[rater]! / all);
    const factor = (1 - share) / (1 - 2 * share) ** 2;
    excess += factor * (ofRater[rater]! ** 2 - cells[rater]!);
    noise += factor * cells[rater]!;
  }
  const unseen = Math.sqrt(2 / Math.max(1, effectiveRaters(work) - 1));
  return Math.max(0, excess) + caution * noise * unseen;
}

/** The number of equally busy raters that would say as much: N² / Σ n². */
export function effectiveRaters(work: Float64Array): number {
  const [sum, squares] = work.reduce(([total, square], own) => [total + own, square + own * own], [
    0, 0,
  ] as readonly [number, number]);
  return squares === 0 ? 0 : (sum * sum) / squares;
}

/** Whether agreement differs between items at all, beyond a trace that rounding leaves. */
export const varies = ({ items }: AgreementSpread): boolean => items > 1e-24;

/**
 * Limits of a coefficient: Wilson's, on the way from its lowest value to 1, with the number of
 * trials that would give the same standard error. A coefficient within one standard error of its
 * lowest value is taken to lie one above it for that: at the lowest value itself no number of trials
 * has an error. The variance over items goes with t and effective
 * raters - 1 degrees of freedom, which also covers raters whose differences went unseen; what raters
 * add goes with half as many, neither with fewer than 2, since few raters are bad and a sample without one looks better and
 * more alike than it is. Null where nothing varies.
 */
export function agreementLimits(
  spread: AgreementSpread,
  level: number,
  raters = effectiveRaters(spread.work),
): { readonly lower: number; readonly upper: number } | null {
  if (!varies(spread)) return null;
  const tail = 1 - (1 - level) / 2;
  const t = (degrees: number): number => tQuantile(tail, Math.max(2, degrees));
  const variance = spread.items + spread.raters;
  const squared =
    (t(raters - 1) ** 2 * spread.items + t((raters - 1) / 2) ** 2 * spread.raters) / variance;
  const span = 1 - spread.lowest;
  const share = (spread.value - spread.lowest) / span;
  const error = Math.sqrt(variance) / span;
  const shown = Math.max(share, Math.min(1 / 2, error));
  const trials = (shown * (1 - shown)) / error ** 2;
  const { lower, upper } = wilsonLimits(share, trials, squared);
  return { lower: spread.lowest + span * lower, upper: spread.lowest + span * upper };
}

/**
 * A coefficient with its interval over items and raters in place of the one over items. Under 4
 * raters, and where nothing varies, the estimate is left as it was: its own method says over what.
 * @param overItems the coefficient with its interval over items
 */
export function overRaters<E extends { readonly kind: 'undefined' } | Estimated>(
  ratings: Ratings,
  statistic: AgreementStatistic,
  overItems: E,
  level = 0.95,
): E {
  if (overItems.kind === 'undefined') return overItems;
  const setting = settingOf(ratings, statistic);
  if (setting.raters.length < fewestRaters || setting.items.length < 2) return overItems;
  const spread = agreementSpread(setting);
  const limits = spread === null ? null : agreementLimits(spread, level);
  const { interval: _, seed: _seed, replicates: _r, droppedReplicates: _d, ...rest } = overItems;
  return spread === null || limits === null
    ? ({ ...rest, withoutInterval: undefinedBecause('no-variation').because } as E)
    : ({
        ...rest,
        standardError: Math.sqrt(spread.items + spread.raters),
        interval: { ...limits, level, method: 'agreement-two-way' } satisfies Interval,
      } as E);
}

/**
 * The lowest value with these shares of answers. Where chance follows from the shares alone and all
 * answers are equally far apart, all rarer answers then stand beside the most frequent one; where
 * they are not, answers at the ends of the scale may stand beside each other, which says nothing
 * about the most frequent one, and the lowest value for any shares is taken.
 */
function lowestWith(setting: AgreementSetting): number {
  const { ratings, coefficient, size, weights } = setting;
  const general = lowestOf(coefficient, weights, size);
  if (coefficient !== 'fleiss' && coefficient !== 'conger' && coefficient !== 'krippendorff')
    return general;
  const shares = new Float64Array(size);
  for (const value of ratings.values) shares[value]! += 1 / ratings.values.length;
  if (!isEquallyFar(setting.ordinal ? ordinalWeights(shares) : weights, size)) return general;
  const apart = 2 * (1 - shares.reduce((high, share) => Math.max(high, share), 0));
  const byChance = 1 - shares.reduce((sum, share) => sum + share * share, 0);
  return Math.max(general, 1 - apart / byChance);
}

/** Whether any two different answers are as far apart as any other two. */
function isEquallyFar(weights: Float64Array, size: number): boolean {
  return weights.every(
    (weight, cell) =>
      Math.floor(cell / size) === cell % size || Math.abs(weight - weights[1]!) < 1e-12,
  );
}
