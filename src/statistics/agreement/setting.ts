/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Estimate } from '../estimate.js';
import { type Ratings, withUsedCategories } from '../ratings.js';
import { type AlphaLevel, krippendorffAlpha } from './alpha.js';
import { chanceCorrected, type Coefficient } from './chanceCorrected.js';
import { indexValues, type Weighting, weightTable } from './weights.js';

/** Which coefficient of agreement, over which categories, with which weights. */
export type AgreementStatistic =
  | {
      readonly kind: 'coefficient';
      readonly coefficient: Exclude<Coefficient, 'krippendorff'>;
      readonly weighting?: Weighting;
      readonly values?: Float64Array;
      readonly categories?: 'declared' | 'used';
    }
  | { readonly kind: 'alpha'; readonly level: AlphaLevel; readonly values?: Float64Array };

/** The coefficient itself, with its interval over items where it has one. */
export function pointOf(ratings: Ratings, statistic: AgreementStatistic): Estimate {
  return statistic.kind === 'alpha'
    ? krippendorffAlpha(ratings, statistic)
    : chanceCorrected(ratings, statistic.coefficient, statistic);
}

/** Ratings over the categories that count, with the weights of the coefficient. */
export interface AgreementSetting {
  readonly ratings: Ratings;
  /** Items with a rating. */
  readonly items: Int32Array;
  /** Raters with a rating, in rising order. */
  readonly raters: Int32Array;
  readonly raterCount: number;
  readonly coefficient: Coefficient;
  readonly size: number;
  /** size × size, row by row; for ordinal alpha they follow from the shares of the answers. */
  readonly weights: Float64Array;
  readonly ordinal: boolean;
}

/** What a coefficient needs to be computed again and again over the same ratings. */
export function settingOf(original: Ratings, statistic: AgreementStatistic): AgreementSetting {
  const all = statistic.values ?? indexValues(original.categoryCount);
  const used =
    statistic.kind === 'alpha' || statistic.categories === 'used'
      ? withUsedCategories(original)
      : { ratings: original, kept: Int32Array.from(all.keys()) };
  const { ratings } = used;
  const values = Float64Array.from(used.kept, (category) => all[category]!);
  const items: number[] = [];
  for (let item = 0; item < ratings.itemCount; item++)
    if (ratings.itemStart[item + 1]! > ratings.itemStart[item]!) items.push(item);
  return {
    ratings,
    items: Int32Array.from(items),
    raters: Int32Array.from(new Set(ratings.raters)).sort(),
    raterCount: ratings.raterCount,
    coefficient: statistic.kind === 'alpha' ? 'krippendorff' : statistic.coefficient,
    size: ratings.categoryCount,
    weights:
      statistic.kind === 'alpha'
        ? alphaWeights(statistic.level, values)
        : weightTable(statistic.weighting ?? 'identity', values),
    ordinal: statistic.kind === 'alpha' && statistic.level === 'ordinal',
  };
}

/** One minus the distance of alpha's metric; the scale does not matter, as alpha is a ratio. */
function alphaWeights(level: AlphaLevel, values: Float64Array): Float64Array {
  const size = values.length;
  return Float64Array.from({ length: size * size }, (_, cell) => {
    const [one, other] = [values[Math.floor(cell / size)]!, values[cell % size]!];
    if (level === 'nominal' || level === 'ordinal') return one === other ? 1 : 0;
    if (level === 'interval') return 1 - (one - other) ** 2;
    return one + other === 0 ? 1 : 1 - ((one - other) / (one + other)) ** 2;
  });
}

/** One minus the squared difference of mid-ranks, as shares of all ratings (Krippendorff 2011). */
export function ordinalWeights(totals: Float64Array): Float64Array {
  const size = totals.length;
  const middle = new Float64Array(size);
  let below = 0;
  for (let category = 0; category < size; category++) {
    middle[category] = below + totals[category]! / 2;
    below += totals[category]!;
  }
  const table = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++)
      table[row * size + column] = 1 - ((middle[row]! - middle[column]!) / below) ** 2;
  }
  return table;
}

/** Agreement by chance of raters who share these shares of answers. */
export function quadratic(shares: Float64Array, weights: Float64Array, size: number): number {
  let sum = 0;
  for (let row = 0; row < size; row++) {
    if (shares[row] === 0) continue;
    for (let column = 0; column < size; column++)
      sum += shares[row]! * shares[column]! * weights[row * size + column]!;
  }
  return sum;
}
