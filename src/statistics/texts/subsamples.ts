/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Estimate, type Interval, type Undefined, undefinedReasons } from '../estimate.js';
import { createRandom, randomInteger, type Random, type Seed } from '../random.js';
import { quantileOfSorted } from '../summary.js';
import { noNumber, type TextReason } from './reasons.js';

export interface SubsampleOptions {
  readonly seed: Seed;
  readonly replicates?: number;
  readonly level?: number;
}

/** What subsamples of one size said of one set of texts. */
export interface Subsampled {
  readonly kind: 'subsampled';
  readonly mean: number;
  /**
   * Each subsample's distance from the mean, scaled to the spread that the mean itself has over
   * sets of this size.
   */
  readonly deviations: Float64Array;
  readonly textCount: number;
}

/** A statistic of the texts at these indexes; null where it is undefined for them. */
export type TextStatistic = (indexes: Int32Array) => number | null;

/**
 * The size at which sets of these sizes can be compared: half of the smallest, so that each leaves
 * something to vary.
 */
export function commonSize(sizes: readonly number[]): number {
  return Math.floor(Math.min(...sizes) / 2);
}

/**
 * The mean of a statistic over random subsamples of `size` texts, drawn without replacement:
 * diversity depends on the number of texts, and a bootstrap with replacement would plant
 * duplicates. Deviations are scaled by sqrt(size / (n - size)), as in the delete-d jackknife (Shao
 * and Wu 1989).
 * @param pool indexes of the set's texts, in an order that does not depend on how they were given
 * @param otherwise the reason to give where the statistic is undefined for every subsample
 */
export function subsample(
  pool: Int32Array,
  size: number,
  statistic: TextStatistic,
  options: SubsampleOptions,
  otherwise: TextReason = 'no-words',
): Subsampled | Undefined {
  if (pool.length === 0) return noNumber('no-texts');
  if (size < 1 || pool.length < 2) return noNumber('one-text');
  const random = createRandom(options.seed);
  const values: number[] = [];
  for (let replicate = 0; replicate < (options.replicates ?? 100); replicate++) {
    const value = statistic(draw(pool, Math.min(size, pool.length), random));
    if (value !== null) values.push(value);
  }
  if (values.length === 0) return noNumber(otherwise);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const scale = size >= pool.length ? 0 : Math.sqrt(size / (pool.length - size));
  return {
    kind: 'subsampled',
    mean,
    deviations: Float64Array.from(values, (value) => scale * (value - mean)),
    textCount: pool.length,
  };
}

/** The mean over subsamples as an estimate. */
export function estimateOf(result: Subsampled | Undefined, options: SubsampleOptions): Estimate {
  if (result.kind === 'undefined') return result;
  return {
    kind: 'estimate',
    value: result.mean,
    n: result.textCount,
    seed: options.seed,
    replicates: result.deviations.length,
    ...limits(result.mean, result.deviations, options.level ?? 0.95),
  };
}

/** First mean minus second, of two independent sets, as an estimate. */
export function differenceOf(
  first: Subsampled | Undefined,
  second: Subsampled | Undefined,
  options: SubsampleOptions,
): Estimate {
  if (first.kind === 'undefined') return first;
  if (second.kind === 'undefined') return second;
  const value = first.mean - second.mean;
  const pairs = Math.min(first.deviations.length, second.deviations.length);
  const deviations = Float64Array.from(
    { length: pairs },
    (_, index) => first.deviations[index]! - second.deviations[index]!,
  );
  return {
    kind: 'estimate',
    value,
    n: first.textCount + second.textCount,
    seed: options.seed,
    replicates: pairs,
    ...limits(value, deviations, options.level ?? 0.95),
  };
}

function limits(
  value: number,
  deviations: Float64Array,
  level: number,
): { interval: Interval; standardError: number } | { withoutInterval: string } {
  const sorted = deviations.toSorted();
  const spread = Math.sqrt(
    sorted.reduce((sum, deviation) => sum + deviation * deviation, 0) /
      Math.max(1, sorted.length - 1),
  );
  if (sorted.length < 20) return { withoutInterval: undefinedReasons['too-few-replicates'] };
  if (spread < 1e-12) return { withoutInterval: undefinedReasons['no-variation'] };
  return {
    standardError: spread,
    interval: {
      lower: value + quantileOfSorted(sorted, (1 - level) / 2),
      upper: value + quantileOfSorted(sorted, 1 - (1 - level) / 2),
      level,
      method: 'subsample-percentile',
    },
  };
}

function draw(pool: Int32Array, size: number, random: Random): Int32Array {
  const indexes = pool.slice();
  for (let index = 0; index < size; index++) {
    const chosen = index + randomInteger(indexes.length - index, random);
    const moved = indexes[index]!;
    indexes[index] = indexes[chosen]!;
    indexes[chosen] = moved;
  }
  return indexes.subarray(0, size);
}
