/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { percentileBootstrap, type ResamplingOptions } from './bootstrap.js';
import { brunnerMunzel } from './comparison/ranks.js';
import { normalQuantile } from './distributions.js';
import {
  type Estimate,
  type Estimated,
  tInterval,
  type Undefined,
  undefinedBecause,
} from './estimate.js';
import { proportion } from './proportions.js';
import { createRandom } from './random.js';
import { mean, type Numbers, quantileOfSorted, standardDeviation } from './summary.js';

/** How items are put into bins by their confidence. */
export const binnings = {
  'equal-count': 'every bin has the same number of items; equal confidences stay together',
  'equal-width': 'every bin covers the same range of confidence',
} as const;
export type Binning = keyof typeof binnings;

export interface BinOptions {
  readonly binning?: Binning;
  readonly bins?: number;
  readonly level?: number;
}

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly items: number;
  readonly meanConfidence: number;
  /** The share that turned out right, with its Wilson interval. */
  readonly share: Estimate;
}

/** The bins of a reliability diagram, empty ones left out, in ascending order. */
export function reliabilityBins(
  confidence: Numbers,
  right: Numbers,
  options: BinOptions = {},
): ReliabilityBin[] {
  check(confidence, right);
  return binsOf(confidence, options).map((members) => {
    const own = members.map((item) => confidence[item]!);
    return {
      from: own[0]!,
      to: own.at(-1)!,
      items: members.length,
      meanConfidence: mean(own) ?? 0,
      share: proportion(
        members.filter((item) => right[item] === 1).length,
        members.length,
        options.level,
      ),
    };
  });
}

/**
 * The Brier score (mean squared distance of confidence and outcome) with a t interval over items,
 * and its parts (Murphy 1973) over bins.
 */
export interface BrierScore extends Estimated {
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
}

export function brierScore(
  confidence: Numbers,
  right: Numbers,
  options: BinOptions = {},
): BrierScore | Undefined {
  check(confidence, right);
  const n = confidence.length;
  if (n === 0) return undefinedBecause('no-data');
  const errors = Float64Array.from(confidence, (value, item) => (value - right[item]!) ** 2);
  const base = mean(right) ?? 0;
  let reliability = 0;
  let resolution = 0;
  for (const members of binsOf(confidence, options)) {
    const share = mean(members.map((item) => right[item]!)) ?? 0;
    const claimed = mean(members.map((item) => confidence[item]!)) ?? 0;
    reliability += (members.length / n) * (claimed - share) ** 2;
    resolution += (members.length / n) * (share - base) ** 2;
  }
  const value = mean(errors) ?? 0;
  const deviation = standardDeviation(errors);
  const shared = {
    kind: 'estimate',
    value,
    n,
    reliability,
    resolution,
    uncertainty: base * (1 - base),
  } as const;
  if (deviation === null)
    return { ...shared, withoutInterval: undefinedBecause('one-item').because };
  const standardError = deviation / Math.sqrt(n);
  return {
    ...shared,
    standardError,
    ...tInterval(value, standardError, n - 1, options.level ?? 0.95, 't', { lower: 0, upper: 1 }),
  };
}

/**
 * The expected calibration error, with what would be seen of it if the confidences were perfectly
 * calibrated.
 */
export interface CalibrationError extends Estimated {
  /**
   * Mean and upper limit (at the level) of the same number under perfect calibration, by simulation
   * (Bröcker and Smith 2007).
   */
  readonly byChance: number;
  readonly byChanceUpper: number;
}

/**
 * The expected calibration error: the mean over bins of the distance between confidence and share
 * right. It is never 0 in finite data, so read it against `byChance`; the interval is a bootstrap
 * over items. The order of the items changes nothing, since they are put in order before anything
 * is drawn.
 */
export function expectedCalibrationError(
  confidence: Numbers,
  right: Numbers,
  options: BinOptions & ResamplingOptions,
): CalibrationError | Undefined {
  check(confidence, right);
  const n = confidence.length;
  const order = Array.from({ length: n }, (_, item) => item).sort(
    (one, other) => confidence[one]! - confidence[other]! || right[one]! - right[other]!,
  );
  const claimed = Float64Array.from(order, (item) => confidence[item]!);
  const found = Float64Array.from(order, (item) => right[item]!);
  const [ownClaimed, ownFound] = [new Float64Array(n), new Float64Array(n)];
  const estimate = percentileBootstrap(
    n,
    (drawn) => {
      for (const [index, item] of drawn.toSorted().entries()) {
        ownClaimed[index] = claimed[item]!;
        ownFound[index] = found[item]!;
      }
      return errorInBins(endsOf(ownClaimed, options), ownClaimed, ownFound);
    },
    options,
  );
  if (estimate.kind === 'undefined') return estimate;
  const random = createRandom(`${options.seed} calibrated`);
  const replicates = options.replicates ?? 1000;
  const simulated = new Float64Array(replicates);
  const ends = endsOf(claimed, options);
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (let item = 0; item < n; item++) ownFound[item] = random() < claimed[item]! ? 1 : 0;
    simulated[replicate] = errorInBins(ends, claimed, ownFound);
  }
  simulated.sort();
  return {
    ...estimate,
    byChance: mean(simulated) ?? 0,
    byChanceUpper: quantileOfSorted(simulated, options.level ?? 0.95),
  };
}

/** The area under the ROC curve with the interval of DeLong et al. (1988). */
export function aurocDeLong(scores: Numbers, positive: ArrayLike<number>, level = 0.95): Estimate {
  check(scores, positive);
  if (scores.length === 0) return undefinedBecause('no-data');
  const of = (wanted: boolean): Float64Array =>
    Float64Array.from(scores).filter((_, item) => (positive[item] === 1) === wanted);
  const [negatives, positives] = [of(false), of(true)];
  if (negatives.length === 0 || positives.length === 0) return undefinedBecause('one-class');
  const area = brunnerMunzel(negatives, positives, level);
  if (area.kind === 'undefined') return area;
  const shared = { kind: 'estimate', value: area.value, n: scores.length } as const;
  if (area.standardError === undefined)
    return {
      ...shared,
      withoutInterval: area.withoutInterval ?? undefinedBecause('no-variation').because,
    };
  const reach = normalQuantile(1 - (1 - level) / 2) * area.standardError;
  return {
    ...shared,
    standardError: area.standardError,
    interval: {
      lower: Math.max(0, area.value - reach),
      upper: Math.min(1, area.value + reach),
      level,
      method: 'delong',
    },
  };
}

/** What would be kept, and how good it is, if only the most confident items were. */
export interface FilterPoint {
  /**
   * Share of items kept. Items of equal confidence go together, so that it can be more than was
   * asked.
   */
  readonly kept: number;
  readonly items: number;
  readonly leastConfidence: number;
  readonly share: Estimate;
  /** The mean of the measure given, such as relevance. */
  readonly measure: number | null;
}

/**
 * The filter curve: for each share to keep, from the most confident down, the share right and the
 * mean of a measure. It speaks of the items that were judged: where these were chosen by confidence
 * already, the curve is flatter than the truth.
 */
export function filterCurve(
  confidence: Numbers,
  right: Numbers,
  keep: Numbers,
  measure?: Numbers,
  level = 0.95,
): FilterPoint[] {
  check(confidence, right);
  const n = confidence.length;
  if (n === 0) return [];
  const order = Array.from({ length: n }, (_, item) => item).sort(
    (one, other) => confidence[other]! - confidence[one]!,
  );
  return Array.from(keep, (share) => {
    let items = Math.min(n, Math.max(1, Math.round(share * n)));
    while (items < n && confidence[order[items]!] === confidence[order[items - 1]!]) items++;
    const kept = order.slice(0, items);
    return {
      kept: items / n,
      items,
      leastConfidence: confidence[kept.at(-1)!]!,
      share: proportion(kept.filter((item) => right[item] === 1).length, items, level),
      measure: measure === undefined ? null : mean(kept.map((item) => measure[item]!)),
    };
  });
}

/**
 * The mean distance between confidence and share right over bins of items in ascending order of
 * confidence.
 */
function errorInBins(
  ends: readonly number[],
  confidence: Float64Array,
  right: Float64Array,
): number {
  let error = 0;
  let item = 0;
  for (const end of ends) {
    let difference = 0;
    for (; item < end; item++) difference += confidence[item]! - right[item]!;
    error += Math.abs(difference) / confidence.length;
  }
  return error;
}

/** The indexes of the items of every bin, both in ascending order of confidence. */
export function binsOf(confidence: Numbers, options: BinOptions): number[][] {
  const order = Array.from({ length: confidence.length }, (_, item) => item).sort(
    (one, other) => confidence[one]! - confidence[other]!,
  );
  const ends = endsOf(
    Float64Array.from(order, (item) => confidence[item]!),
    options,
  );
  return ends.map((end, bin) => order.slice(ends[bin - 1] ?? 0, end));
}

/** Where each bin that holds anything ends, for confidences in ascending order. */
function endsOf(
  sorted: Float64Array,
  { binning = 'equal-count', bins = 10 }: BinOptions,
): number[] {
  const n = sorted.length;
  const ends: number[] = [];
  const together =
    binning === 'equal-width'
      ? (item: number): boolean => binOf(sorted[item]!, bins) === binOf(sorted[item - 1]!, bins)
      : (item: number): boolean => sorted[item] === sorted[item - 1];
  for (let from = 0, bin = 1; from < n; bin++) {
    let to =
      binning === 'equal-width'
        ? from + 1
        : Math.min(n, Math.max(from + 1, Math.round((bin * n) / bins)));
    while (to < n && together(to)) to++;
    ends.push(to);
    from = to;
  }
  return ends;
}

const binOf = (value: number, bins: number): number => Math.min(bins - 1, Math.floor(value * bins));

function check(confidence: ArrayLike<unknown>, right: ArrayLike<unknown>): void {
  if (confidence.length !== right.length)
    throw new RangeError(
      `Every confidence needs an outcome; got ${confidence.length} and ${right.length}.`,
    );
}
