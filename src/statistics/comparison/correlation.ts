/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { normalCdf, normalQuantile } from '../distributions.js';
import { type Estimated, type Undefined, undefinedBecause } from '../estimate.js';
import { tTest } from '../hypothesis.js';
import { type Numbers, pearsonCoefficient, spearmanCoefficient } from '../summary.js';

/** A correlation with the p-value that there is none. `n` counts the pairs. */
export interface Correlation extends Estimated {
  readonly p: number;
}

/** Pearson's correlation with Fisher's z interval. */
export function pearson(x: Numbers, y: Numbers, level = 0.95): Correlation | Undefined {
  const value = pearsonCoefficient(x, y);
  return value === null ? whyNot(x) : withTest(value, x.length, level, 1);
}

/**
 * Spearman's rank correlation with an interval on Fisher's z scale (variance of Bonett and Wright
 * 2000).
 */
export function spearmanRank(x: Numbers, y: Numbers, level = 0.95): Correlation | Undefined {
  const value = spearmanCoefficient(x, y);
  return value === null ? whyNot(x) : withTest(value, x.length, level, 1 + value ** 2 / 2);
}

/**
 * Kendall's tau-b. The p-value is exact for up to 33 pairs without ties unless asked otherwise;
 * normal with the variance for ties in all other cases.
 */
export function kendallTau(
  x: Numbers,
  y: Numbers,
  method: 'exact' | 'normal' = 'exact',
): Correlation | Undefined {
  const n = x.length;
  if (n !== y.length)
    throw new RangeError(`Pairs need two lists of one length; got ${n} and ${y.length}.`);
  if (n < 2) return whyNot(x);
  let score = 0;
  let discordant = 0;
  for (let one = 0; one < n; one++) {
    for (let other = one + 1; other < n; other++) {
      const sign = Math.sign(x[one]! - x[other]!) * Math.sign(y[one]! - y[other]!);
      score += sign;
      if (sign < 0) discordant++;
    }
  }
  const pairs = (n * (n - 1)) / 2;
  const [tiesX, tiesY] = [tieSums(x), tieSums(y)];
  const scale = Math.sqrt(pairs - tiesX.pairs) * Math.sqrt(pairs - tiesY.pairs);
  if (!(scale > 0)) return undefinedBecause('no-variance');
  const value = Math.max(-1, Math.min(1, score / scale));
  if (method === 'exact' && tiesX.pairs === 0 && tiesY.pairs === 0 && n <= 33)
    return { kind: 'estimate', value, n, p: exactKendall(n, discordant) };
  const ordered = n * (n - 1);
  const variance =
    (ordered * (2 * n + 5) - tiesX.spread - tiesY.spread) / 18 +
    (2 * tiesX.pairs * tiesY.pairs) / ordered +
    (n > 2 ? (tiesX.triples * tiesY.triples) / (9 * ordered * (n - 2)) : 0);
  return {
    kind: 'estimate',
    value,
    n,
    p: variance > 0 ? Math.min(1, 2 * normalCdf(-Math.abs(score) / Math.sqrt(variance))) : 1,
  };
}

function withTest(value: number, n: number, level: number, variance: number): Correlation {
  if (n < 3)
    return {
      kind: 'estimate',
      value,
      n,
      p: 1,
      withoutInterval: undefinedBecause('too-few-values').because,
    };
  const rest = 1 - value * value;
  const p = rest > 0 ? tTest(value * Math.sqrt((n - 2) / rest), n - 2).p : 0;
  if (n < 4)
    return {
      kind: 'estimate',
      value,
      n,
      p,
      withoutInterval: undefinedBecause('too-few-values').because,
    };
  if (!(rest > 1e-15))
    return {
      kind: 'estimate',
      value,
      n,
      p,
      withoutInterval: undefinedBecause('no-variation').because,
    };
  const reach = normalQuantile(1 - (1 - level) / 2) * Math.sqrt(variance / (n - 3));
  const z = Math.atanh(value);
  return {
    kind: 'estimate',
    value,
    n,
    p,
    interval: {
      lower: Math.tanh(z - reach),
      upper: Math.tanh(z + reach),
      level,
      method: 'fisher-z',
    },
  };
}

function whyNot(x: Numbers): Undefined {
  return undefinedBecause(
    x.length === 0 ? 'no-data' : x.length < 2 ? 'too-few-values' : 'no-variance',
  );
}

/** The share of permutations with as few (or as many) discordant pairs. */
function exactKendall(n: number, discordant: number): number {
  const pairs = (n * (n - 1)) / 2;
  const rarer = Math.min(discordant, pairs - discordant);
  if (2 * rarer === pairs) return 1;
  let chances = new Float64Array(pairs + 1);
  chances[0] = 1;
  for (let size = 2; size <= n; size++) {
    const next = new Float64Array(pairs + 1);
    let window = 0;
    for (let inversions = 0; inversions <= pairs; inversions++) {
      window += chances[inversions]! - (inversions >= size ? chances[inversions - size]! : 0);
      next[inversions] = window / size;
    }
    chances = next;
  }
  return Math.min(1, 2 * chances.subarray(0, rarer + 1).reduce((sum, chance) => sum + chance, 0));
}

function tieSums(values: Numbers): { pairs: number; triples: number; spread: number } {
  const groups = new Map<number, number>();
  for (let index = 0; index < values.length; index++)
    groups.set(values[index]!, (groups.get(values[index]!) ?? 0) + 1);
  let pairs = 0;
  let triples = 0;
  let spread = 0;
  for (const size of groups.values()) {
    pairs += (size * (size - 1)) / 2;
    triples += size * (size - 1) * (size - 2);
    spread += size * (size - 1) * (2 * size + 5);
  }
  return { pairs, triples, spread };
}
