/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { bcaLimits, noSpread, type ResamplingOptions, spread } from '../bootstrap.js';
import { type Estimate, type IntervalMethod, undefinedBecause } from '../estimate.js';
import { createRandom, randomInteger } from '../random.js';
import type { Ratings } from '../ratings.js';
import { quantileOfSorted } from '../summary.js';
import type { Coefficient } from './chanceCorrected.js';
import {
  type AgreementSetting,
  type AgreementStatistic,
  ordinalWeights,
  pointOf,
  quadratic,
  settingOf,
} from './setting.js';

/** What is drawn with replacement: whose like the interval speaks about. */
export const resampledUnits = {
  items: 'other items, the same raters',
  raters: 'other raters, the same items',
  both: 'other items and other raters (pigeonhole bootstrap, conservative)',
} as const;
export type ResampledUnit = keyof typeof resampledUnits;

export interface AgreementResampling extends ResamplingOptions {
  readonly unit: ResampledUnit;
  readonly limits?: 'percentile' | 'bca';
}

/**
 * A coefficient with a bootstrap interval over items, over raters, or over both. A rater drawn
 * twice counts twice, but never as a pair with themselves: copies would agree by construction.
 * Replicates in which the coefficient is undefined are dropped and counted. `n` counts the units
 * (items for both).
 */
export function bootstrapAgreement(
  ratings: Ratings,
  statistic: AgreementStatistic,
  options: AgreementResampling,
): Estimate {
  const { unit, seed, replicates = 1000, level = 0.95, limits = 'percentile' } = options;
  const point = pointOf(ratings, statistic);
  if (point.kind === 'undefined') return point;
  const table = settingOf(ratings, statistic);
  const { items, raters } = table;
  const itemWeights = new Float64Array(items.length).fill(1);
  const raterWeights = new Float64Array(table.raterCount).fill(1);
  const value = weighted(table, itemWeights, raterWeights);
  if (value === null) return undefinedBecause('one-category');
  const random = createRandom(seed);
  const found = new Float64Array(replicates);
  let defined = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    if (unit !== 'raters') {
      itemWeights.fill(0);
      for (let draw = 0; draw < items.length; draw++)
        itemWeights[randomInteger(items.length, random)]!++;
    }
    if (unit !== 'items') {
      raterWeights.fill(0);
      for (let draw = 0; draw < raters.length; draw++)
        raterWeights[raters[randomInteger(raters.length, random)]!]!++;
    }
    const result = weighted(table, itemWeights, raterWeights);
    if (result !== null) found[defined++] = result;
  }
  const sorted = found.slice(0, defined).sort();
  const shared = {
    kind: 'estimate',
    value,
    n: unit === 'raters' ? raters.length : items.length,
    seed,
    replicates: defined,
    droppedReplicates: replicates - defined,
  } as const;
  const flat = noSpread(sorted);
  if (flat !== null) return { ...shared, withoutInterval: flat.because };
  const resampled = { ...shared, standardError: spread(sorted) };
  if (limits === 'percentile') {
    return {
      ...resampled,
      interval: {
        lower: quantileOfSorted(sorted, (1 - level) / 2),
        upper: quantileOfSorted(sorted, 1 - (1 - level) / 2),
        level,
        method: methods[unit].percentile,
      },
    };
  }
  const influences =
    unit === 'both'
      ? [leaveOneOut(table, 'items'), leaveOneOut(table, 'raters')]
      : [leaveOneOut(table, unit)];
  const bounds = bcaLimits(sorted, value, level, influences);
  if (bounds === null)
    return { ...resampled, withoutInterval: undefinedBecause('too-few-replicates').because };
  return { ...resampled, interval: { ...bounds, level, method: methods[unit].bca } };
}

/**
 * The jackknife of a coefficient over items or raters: standard error, and the value with its bias
 * taken off.
 */
export function jackknifeAgreement(
  ratings: Ratings,
  statistic: AgreementStatistic,
  unit: 'items' | 'raters',
): { readonly estimate: Estimate; readonly biasCorrected: number | null } {
  const point = pointOf(ratings, statistic);
  if (point.kind === 'undefined') return { estimate: point, biasCorrected: null };
  const table = settingOf(ratings, statistic);
  const value = weighted(
    table,
    new Float64Array(table.items.length).fill(1),
    new Float64Array(table.raterCount).fill(1),
  );
  const left = leaveOneOut(table, unit);
  const units = unit === 'items' ? table.items.length : table.raters.length;
  if (value === null) return { estimate: undefinedBecause('one-category'), biasCorrected: null };
  if (left.length < units || units < 2)
    return { estimate: undefinedBecause('too-few-replicates'), biasCorrected: null };
  const mean = left.reduce((sum, each) => sum + each, 0) / units;
  const squares = left.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return {
    estimate: {
      kind: 'estimate',
      value,
      n: units,
      standardError: Math.sqrt(((units - 1) / units) * squares),
    },
    biasCorrected: units * value - (units - 1) * mean,
  };
}

const methods: Record<ResampledUnit, { percentile: IntervalMethod; bca: IntervalMethod }> = {
  items: { percentile: 'bootstrap-percentile', bca: 'bootstrap-bca' },
  raters: { percentile: 'bootstrap-raters', bca: 'bootstrap-raters-bca' },
  both: { percentile: 'pigeonhole', bca: 'pigeonhole-bca' },
};

function leaveOneOut(table: AgreementSetting, unit: 'items' | 'raters'): Float64Array {
  const itemWeights = new Float64Array(table.items.length).fill(1);
  const raterWeights = new Float64Array(table.raterCount).fill(1);
  const indexes = unit === 'items' ? Int32Array.from(table.items.keys()) : table.raters;
  const weights = unit === 'items' ? itemWeights : raterWeights;
  const left: number[] = [];
  for (const index of indexes) {
    weights[index] = 0;
    const value = weighted(table, itemWeights, raterWeights);
    weights[index] = 1;
    if (value !== null) left.push(value);
  }
  return Float64Array.from(left);
}

/**
 * The coefficient where item i counts itemWeights[i] times and rater r raterWeights[r] times; null
 * where undefined.
 */
function weighted(
  table: AgreementSetting,
  itemWeights: Float64Array,
  raterWeights: Float64Array,
): number | null {
  const { ratings, items, size, coefficient } = table;
  const krippendorff = coefficient === 'krippendorff';
  const totals = new Float64Array(items.length * size);
  const sums = new Float64Array(items.length);
  const selves = new Float64Array(items.length);
  const shares = new Float64Array(size);
  let itemsWithAny = 0;
  for (let index = 0; index < items.length; index++) {
    const times = itemWeights[index]!;
    if (times === 0) continue;
    const item = items[index]!;
    for (let row = ratings.itemStart[item]!; row < ratings.itemStart[item + 1]!; row++) {
      const weight = raterWeights[ratings.raters[row]!]!;
      totals[index * size + ratings.values[row]!]! += weight;
      sums[index]! += weight;
      selves[index]! += weight * weight;
    }
    const sum = sums[index]!;
    const pairs = sum * sum - selves[index]!;
    if (sum === 0 || (krippendorff && pairs === 0)) continue;
    const share = krippendorff ? times : times / sum;
    for (let category = 0; category < size; category++)
      shares[category]! += share * totals[index * size + category]!;
    itemsWithAny += krippendorff ? times * sum : times;
  }
  if (itemsWithAny === 0) return null;
  const weights = table.ordinal ? ordinalWeights(shares) : table.weights;
  let observed = 0;
  let counted = 0;
  for (let index = 0; index < items.length; index++) {
    const pairs = sums[index]! * sums[index]! - selves[index]!;
    if (itemWeights[index] === 0 || pairs === 0) continue;
    let agreeing = -selves[index]!;
    for (let row = 0; row < size; row++) {
      const count = totals[index * size + row]!;
      if (count === 0) continue;
      for (let column = 0; column < size; column++)
        agreeing += count * totals[index * size + column]! * weights[row * size + column]!;
    }
    const times = itemWeights[index]! * (krippendorff ? sums[index]! : 1);
    observed += (times * agreeing) / pairs;
    counted += times;
  }
  if (counted === 0) return null;
  observed /= counted;
  if (coefficient === 'percent-agreement') return observed;
  for (let category = 0; category < size; category++) shares[category]! /= itemsWithAny;
  if (krippendorff) {
    // Pairs of all pairable ratings, none with itself.
    const expected = (quadratic(shares, weights, size) * itemsWithAny - 1) / (itemsWithAny - 1);
    return 1 - expected > 1e-12 ? 1 - (1 - observed) / (1 - expected) : null;
  }
  const expected = chance(table, coefficient, shares, itemWeights, raterWeights);
  return expected !== null && 1 - expected > 1e-12 ? (observed - expected) / (1 - expected) : null;
}

function chance(
  table: AgreementSetting,
  coefficient: Exclude<Coefficient, 'krippendorff' | 'percent-agreement'>,
  shares: Float64Array,
  itemWeights: Float64Array,
  raterWeights: Float64Array,
): number | null {
  const { size, weights } = table;
  if (coefficient === 'fleiss') return quadratic(shares, weights, size);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  if (coefficient === 'brennan-prediger') return whole / (size * size);
  if (coefficient === 'gwet')
    return (
      (whole / (size * (size - 1))) * shares.reduce((sum, share) => sum + share * (1 - share), 0)
    );
  return congerExpected(table, itemWeights, raterWeights);
}

function congerExpected(
  { ratings, items, size, weights, raters }: AgreementSetting,
  itemWeights: Float64Array,
  raterWeights: Float64Array,
): number | null {
  const own = new Float64Array(ratings.raterCount * size);
  const counts = new Float64Array(ratings.raterCount);
  for (let index = 0; index < items.length; index++) {
    const times = itemWeights[index]!;
    if (times === 0) continue;
    for (
      let row = ratings.itemStart[items[index]!]!;
      row < ratings.itemStart[items[index]! + 1]!;
      row++
    ) {
      own[ratings.raters[row]! * size + ratings.values[row]!]! += times;
      counts[ratings.raters[row]!]! += times;
    }
  }
  const sums = new Float64Array(size);
  let same = 0;
  let weightSum = 0;
  let weightSquares = 0;
  for (const rater of raters) {
    const weight = raterWeights[rater]!;
    if (weight === 0 || counts[rater] === 0) continue;
    const shares = own
      .subarray(rater * size, (rater + 1) * size)
      .map((count) => count / counts[rater]!);
    for (let category = 0; category < size; category++)
      sums[category]! += weight * shares[category]!;
    same += weight * weight * quadratic(shares, weights, size);
    weightSum += weight;
    weightSquares += weight * weight;
  }
  const pairs = weightSum * weightSum - weightSquares;
  return pairs > 0 ? (quadratic(sums, weights, size) - same) / pairs : null;
}
