/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { noSpread, type ResamplingOptions, spread } from './bootstrap.js';
import { type Estimate, tInterval, undefinedBecause } from './estimate.js';
import { createRandom, randomInteger, type Random } from './random.js';
import { fewestRaters } from './twoWay.js';
import type { Votes } from './votes.js';

/**
 * The mean of item means with the pigeonhole bootstrap (Owen 2007): items and raters are drawn
 * together, and the standard error of the replicates serves with t and raters - 1 degrees of
 * freedom. Conservative: it triples the residual variance. Show it beside `twoWayMean`, not
 * instead.
 */
export function pigeonholeMean(votes: Votes, options: ResamplingOptions): Estimate {
  return pigeonhole([votes], ([mean = null]) => mean, options);
}

/**
 * The difference of two such means, items drawn in each arm and raters once for both. Rater indexes
 * mean the same people.
 */
export function pigeonholeDifference(
  first: Votes,
  second: Votes,
  options: ResamplingOptions,
): Estimate {
  return pigeonhole(
    [first, second],
    ([one = null, other = null]) => (one === null || other === null ? null : one - other),
    options,
  );
}

function pigeonhole(
  arms: readonly Votes[],
  combine: (means: readonly (number | null)[]) => number | null,
  options: ResamplingOptions,
): Estimate {
  const { seed, replicates = 1000, level = 0.95 } = options;
  const raterCount = arms.reduce(
    (most, { raters }) => raters.reduce((high, rater) => Math.max(high, rater + 1), most),
    0,
  );
  const active = Int32Array.from(new Set(arms.flatMap(({ raters }) => [...raters])));
  const grouped = arms.map(groupByItem);
  const ones = new Float64Array(raterCount).fill(1);
  const value = combine(grouped.map((arm) => weightedMean(arm, ones, null)));
  if (value === null) return undefinedBecause('no-data');
  const n = grouped.reduce((sum, { items }) => sum + items, 0);
  if (active.length < fewestRaters)
    return {
      kind: 'estimate',
      value,
      n,
      withoutInterval: undefinedBecause('too-few-raters').because,
    };
  const random = createRandom(seed);
  const found = new Float64Array(replicates);
  let defined = 0;
  const weights = new Float64Array(raterCount);
  for (let replicate = 0; replicate < replicates; replicate++) {
    weights.fill(0);
    for (let draw = 0; draw < active.length; draw++)
      weights[active[randomInteger(active.length, random)]!]!++;
    const result = combine(grouped.map((arm) => weightedMean(arm, weights, random)));
    if (result !== null) found[defined++] = result;
  }
  const sorted = found.slice(0, defined).sort();
  const shared = {
    kind: 'estimate',
    value,
    n,
    seed,
    replicates: defined,
    droppedReplicates: replicates - defined,
  } as const;
  const flat = noSpread(sorted);
  if (flat !== null) return { ...shared, withoutInterval: flat.because };
  const standardError = spread(sorted);
  return {
    ...shared,
    standardError,
    // Percentiles of few raters are too narrow; t with raters - 1 degrees of freedom is not.
    ...tInterval(value, standardError, active.length - 1, level, 'pigeonhole-t'),
  };
}

interface Grouped {
  readonly items: number;
  readonly start: Int32Array;
  readonly raters: Int32Array;
  readonly values: Float64Array;
}

function groupByItem(votes: Votes): Grouped {
  const order = Int32Array.from(votes.items.keys()).sort(
    (one, other) => votes.items[one]! - votes.items[other]!,
  );
  const start: number[] = [];
  for (let index = 0; index < order.length; index++) {
    if (index === 0 || votes.items[order[index]!] !== votes.items[order[index - 1]!])
      start.push(index);
  }
  start.push(order.length);
  return {
    items: start.length - 1,
    start: Int32Array.from(start),
    raters: Int32Array.from(order, (row) => votes.raters[row]!),
    values: Float64Array.from(order, (row) => votes.values[row]!),
  };
}

/**
 * The mean of weighted item means over drawn items (all of them, where nothing is drawn); items
 * that lost all raters fall out.
 */
function weightedMean(arm: Grouped, weights: Float64Array, random: Random | null): number | null {
  let sum = 0;
  let counted = 0;
  for (let draw = 0; draw < arm.items; draw++) {
    const item = random === null ? draw : randomInteger(arm.items, random);
    let total = 0;
    let weight = 0;
    for (let row = arm.start[item]!; row < arm.start[item + 1]!; row++) {
      const own = weights[arm.raters[row]!]!;
      total += own * arm.values[row]!;
      weight += own;
    }
    if (weight === 0) continue;
    sum += total / weight;
    counted++;
  }
  return counted === 0 ? null : sum / counted;
}
