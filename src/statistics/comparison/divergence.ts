/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { type Estimate, type Undefined, undefinedBecause } from '../estimate.js';
import type { Numbers } from '../summary.js';

/** How far two distributions over the same answers lie apart. */
export interface Divergence {
  readonly kind: 'divergence';
  /** Jensen-Shannon divergence in bits, from 0 to 1, and its root, which is a distance. */
  readonly jensenShannon: number;
  readonly jensenShannonDistance: number;
  readonly totalVariation: number;
  readonly hellinger: number;
  /**
   * Kullback-Leibler divergence of the first from the second in bits; undefined where the second
   * lacks an answer of the first.
   */
  readonly kullbackLeibler: Estimate;
}

/** Shannon's entropy in bits of counts or shares; undefined where they are all 0. */
export function entropy(weights: Numbers): Estimate {
  const shares = normalised(weights);
  if (shares === null) return undefinedBecause('no-data');
  let bits = 0;
  for (const share of shares) if (share > 0) bits -= share * Math.log2(share);
  return { kind: 'estimate', value: Math.max(0, bits), n: sum(weights) };
}

/** Distances between two lists of counts (or shares) over the same answers. */
export function divergence(first: Numbers, second: Numbers): Divergence | Undefined {
  if (first.length !== second.length)
    throw new RangeError(
      `Distributions need the same answers; got ${first.length} and ${second.length}.`,
    );
  const [p, q] = [normalised(first), normalised(second)];
  if (p === null || q === null) return undefinedBecause('no-data');
  let shared = 0;
  let variation = 0;
  let roots = 0;
  let information = 0;
  for (let answer = 0; answer < p.length; answer++) {
    const middle = (p[answer]! + q[answer]!) / 2;
    if (p[answer]! > 0) shared += (p[answer]! / 2) * Math.log2(p[answer]! / middle);
    if (q[answer]! > 0) shared += (q[answer]! / 2) * Math.log2(q[answer]! / middle);
    variation += Math.abs(p[answer]! - q[answer]!) / 2;
    roots += (Math.sqrt(p[answer]!) - Math.sqrt(q[answer]!)) ** 2;
    if (p[answer]! > 0)
      information += q[answer]! > 0 ? p[answer]! * Math.log2(p[answer]! / q[answer]!) : Infinity;
  }
  const jensenShannon = Math.min(1, Math.max(0, shared));
  return {
    kind: 'divergence',
    jensenShannon,
    jensenShannonDistance: Math.sqrt(jensenShannon),
    totalVariation: Math.min(1, variation),
    hellinger: Math.min(1, Math.sqrt(roots / 2)),
    kullbackLeibler: Number.isFinite(information)
      ? { kind: 'estimate', value: Math.max(0, information), n: sum(first) }
      : undefinedBecause('infinite'),
  };
}

/** Shares of weights that sum to 1; null where they are all 0. */
export function normalised(weights: Numbers): Float64Array | null {
  const whole = sum(weights);
  return whole > 0 ? Float64Array.from(weights, (weight) => weight / whole) : null;
}

function sum(weights: Numbers): number {
  let whole = 0;
  for (let index = 0; index < weights.length; index++) whole += weights[index]!;
  return whole;
}
