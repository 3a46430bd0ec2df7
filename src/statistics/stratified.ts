/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { tQuantile } from './distributions.js';
import {
  type Estimated,
  type IntervalMethod,
  type Undefined,
  undefinedBecause,
} from './estimate.js';
import { wilsonLimits } from './proportions.js';
import { createRandom, randomInteger, type Seed } from './random.js';
import type { Numbers } from './summary.js';

/** A stratum of a sample, beside its neighbours: those that are most alike stand together. */
export interface Stratum {
  /** How many units there are in it, drawn or not. */
  readonly size: number;
  /** Mean prediction of all its units. */
  readonly mean: number;
  /** Strata of different parts are never put together. */
  readonly part: number;
  /** Strata of one group are put together before others. */
  readonly group: number;
}

/** A sample drawn from strata, with what every unit stands for. */
export interface Stratified {
  readonly n: number;
  /** How many units a drawn one stands for: its stratum's size over what was drawn from it. */
  readonly weights: Float64Array;
  /** The stratum of each unit, after thin ones were put together. */
  readonly stratum: Int32Array;
  /** The part of each unit. */
  readonly part: Int32Array;
  /** Units that there are, and units drawn, by stratum. */
  readonly sizes: Float64Array;
  readonly drawn: Int32Array;
  /** Mean prediction of all units that there are, by stratum. */
  readonly means: Float64Array;
}

export interface WithinStrataOptions {
  readonly seed: Seed;
  readonly replicates?: number;
  readonly level?: number;
}

/** Under two units a stratum shows nothing of its spread. */
const thin = 2;

/**
 * Inclusion weights N/n by stratum. A stratum from which fewer than two units were judged is put
 * together with the nearest one of its group, else of its part. Undefined where a part that has
 * units was not judged at least twice: nothing stands for it, unless its one unit was judged, which
 * stands for itself.
 * @param stratum for each unit, an index into `strata`
 * @throws RangeError where more was drawn from a stratum than there is
 */
export function stratify(
  stratum: ArrayLike<number>,
  strata: readonly Stratum[],
): Stratified | Undefined {
  const n = stratum.length;
  if (n === 0) return undefinedBecause('no-data');
  const merged = strata.map((own, index) => ({ ...own, drawn: 0, from: [index] }));
  for (let unit = 0; unit < n; unit++) {
    const own = merged[stratum[unit]!];
    if (own === undefined) throw new RangeError(`There is no stratum ${stratum[unit]!}.`);
    own.drawn++;
  }
  for (const { drawn, size } of merged)
    if (drawn > size) throw new RangeError(`${drawn} units were drawn from a stratum of ${size}.`);
  const neighbour = (index: number): number => {
    const own = merged[index]!;
    const distance = (other: number): number =>
      Math.abs(other - index) + (merged[other]!.group === own.group ? 0 : merged.length);
    return merged
      .flatMap(({ part }, other) => (other !== index && part === own.part ? [other] : []))
      .reduce((best, other) => (best < 0 || distance(other) < distance(best) ? other : best), -1);
  };
  for (let index = 0; index < merged.length;) {
    const own = merged[index]!;
    if (own.drawn >= thin) index++;
    else if (own.size === 0) merged.splice(index, 1);
    else {
      const into = neighbour(index);
      if (into < 0) {
        if (own.drawn < own.size) return undefinedBecause('too-few-values');
        index++;
        continue;
      }
      merged[into]!.mean = weightedMean(
        [merged[into]!.mean, own.mean],
        [merged[into]!.size, own.size],
      );
      merged[into]!.size += own.size;
      merged[into]!.drawn += own.drawn;
      merged[into]!.from.push(...own.from);
      merged.splice(index, 1);
      index = 0;
    }
  }
  const now = new Int32Array(strata.length);
  for (const [index, { from }] of merged.entries()) for (const before of from) now[before] = index;
  const own = Int32Array.from({ length: n }, (_, unit) => now[stratum[unit]!]!);
  return {
    n,
    stratum: own,
    part: Int32Array.from(own, (index) => merged[index]!.part),
    weights: Float64Array.from(own, (index) => merged[index]!.size / merged[index]!.drawn),
    sizes: Float64Array.from(merged, ({ size }) => size),
    drawn: Int32Array.from(merged, ({ drawn }) => drawn),
    means: Float64Array.from(merged, ({ mean }) => mean),
  };
}

/** Statistics of weighted units, in a fixed order; NaN where one is undefined. */
export type Weighted = (weights: Float64Array) => readonly number[];

/**
 * Replicates of statistics by the rescaled bootstrap within strata (Rao and Wu 1988; Rao, Wu and
 * Yue 1992): of a stratum's n units n − 1 are drawn with replacement, and weights are scaled so that
 * they still add up to its size, which makes the variance unbiased for means in small strata. A
 * stratum of one unit keeps its weight: it was judged in full.
 * @returns for each statistic its defined replicates in ascending order
 */
export function resampleWithinStrata(
  sample: Stratified,
  statistics: Weighted,
  { seed, replicates = 1000 }: WithinStrataOptions,
): Float64Array[] {
  const random = createRandom(seed);
  const members = membersOf(sample);
  const weights = new Float64Array(sample.n);
  const found = statistics(sample.weights).map((): number[] => []);
  for (let replicate = 0; replicate < replicates; replicate++) {
    weights.fill(0);
    for (const units of members) {
      const draws = units.length - 1;
      if (draws === 0) weights[units[0]!] = sample.weights[units[0]!]!;
      const weight = (sample.weights[units[0]!]! * units.length) / draws;
      for (let draw = 0; draw < draws; draw++)
        weights[units[randomInteger(units.length, random)]!]! += weight;
    }
    for (const [index, value] of statistics(weights).entries())
      if (!Number.isNaN(value)) found[index]!.push(value);
  }
  return found.map((values) => Float64Array.from(values).sort());
}

/** The units of each stratum. */
export function membersOf(sample: Stratified): number[][] {
  const members: number[][] = Array.from(sample.sizes, () => []);
  for (let unit = 0; unit < sample.n; unit++) members[sample.stratum[unit]!]!.push(unit);
  return members;
}

/** As many equally weighted units as say the same (Kish 1965): (Σw)² / Σw². */
export function effectiveNumber(weights: Numbers): number {
  let [sum, squares] = [0, 0];
  for (let unit = 0; unit < weights.length; unit++) {
    sum += weights[unit]!;
    squares += weights[unit]! ** 2;
  }
  return squares > 0 ? (sum * sum) / squares : 0;
}

/** The sum of values times weights, over the sum of the weights; NaN where there are none. */
export function weightedMean(values: Numbers, weights: Numbers): number {
  let [sum, total] = [0, 0];
  for (let unit = 0; unit < weights.length; unit++) {
    sum += weights[unit]! * values[unit]!;
    total += weights[unit]!;
  }
  return total > 0 ? sum / total : Number.NaN;
}

/**
 * A share of the population with Wilson's limits at the number of units that a simple random sample
 * would need for the same standard error (Korn and Graubard 1998), by t.
 * @param most no more than this number, which also stands where there is no spread to read it from:
 *   where hardly any unit differs, the standard error is by chance too small
 */
export function effectiveShare(
  value: number,
  given: {
    readonly n: number;
    readonly standardError: number;
    readonly most: number;
    readonly degreesOfFreedom: number;
    readonly level: number;
    readonly method: IntervalMethod;
  },
): Estimated {
  const { n, standardError, most, level, method } = given;
  const spread = value * (1 - value);
  const trials =
    spread > 0 && standardError > 0 ? Math.min(most, spread / standardError ** 2) : most;
  const t = tQuantile(1 - (1 - level) / 2, Math.max(1, given.degreesOfFreedom));
  return {
    kind: 'estimate',
    value,
    n,
    standardError,
    interval: { ...wilsonLimits(value, trials, t * t), level, method },
  };
}
