import { logGamma } from './distributions.js';

/**
 * A source of numbers in [0, 1). Everything random in this folder takes one, or the seed of one.
 */
export type Random = () => number;

/**
 * What a generator starts from. Equal seeds give equal sequences on every machine; 7 and "7" are
 * the same seed.
 */
export type Seed = string | number;

/**
 * A seeded generator (sfc32, with the seed spread over its state by the xmur3 hash).
 * Good for sampling and resampling, not for secrets.
 */
export function createRandom(seed: Seed): Random {
  const hash = spread(String(seed));
  let a = hash();
  let b = hash();
  let c = hash();
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let warmUp = 0; warmUp < 15; warmUp++) next();
  return next;
}

function spread(text: string): () => number {
  let state = 1779033703 ^ text.length;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 3432918353);
    state = (state << 13) | (state >>> 19);
  }
  return () => {
    state = Math.imul(state ^ (state >>> 16), 2246822507);
    state = Math.imul(state ^ (state >>> 13), 3266489909);
    state ^= state >>> 16;
    return state | 0;
  };
}

/** A whole number from 0 to bound - 1. */
export function randomInteger(bound: number, random: Random): number {
  return Math.floor(random() * bound);
}

/** A number from the normal distribution with mean 0 and standard deviation 1 (Box and Muller). */
export function randomNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * How many of n trials with chance p succeed (inversion where few are expected, else the exact
 * rejection of Hörmann 1993, BTRS).
 */
export function randomBinomial(n: number, p: number, random: Random): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - randomBinomial(n, 1 - p, random);
  if (n * p < 10) {
    // Geometric gaps between successes.
    const scale = Math.log1p(-p);
    let successes = -1;
    for (let trials = 0; trials <= n; successes++)
      trials += 1 + Math.floor(Math.log(1 - random()) / scale);
    return Math.max(0, successes);
  }
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const limit = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const mode = Math.floor((n + 1) * p);
  const odds = Math.log(p / (1 - p));
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= limit) return k;
    if (k < 0 || k > n) continue;
    const bound =
      logGamma(mode + 1) +
      logGamma(n - mode + 1) -
      logGamma(k + 1) -
      logGamma(n - k + 1) +
      (k - mode) * odds;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

/** The values in random order (Fisher and Yates); the input is left as it was. */
export function shuffle<T>(values: readonly T[], random: Random): T[] {
  return sampleWithoutReplacement(values, values.length, random);
}

/**
 * `count` of the values, each at most once, in random order; the input is left as it was.
 * @throws RangeError when more are asked for than there are.
 */
export function sampleWithoutReplacement<T>(
  values: readonly T[],
  count: number,
  random: Random,
): T[] {
  if (!Number.isInteger(count) || count < 0 || count > values.length) {
    throw new RangeError(
      `Cannot draw ${count} of ${values.length} values without replacement; ask for 0 to ${values.length}.`,
    );
  }
  const pool = [...values];
  for (let index = 0; index < count; index++) {
    const chosen = index + randomInteger(pool.length - index, random);
    const moved = pool[index] as T;
    pool[index] = pool[chosen] as T;
    pool[chosen] = moved;
  }
  return pool.slice(0, count);
}

/** How a sample is shared out between strata. */
export const allocations = {
  proportional: 'each stratum gives the share of the sample that it has of the whole',
  equal: 'every stratum gives the same number, as far as it has them',
} as const;
export type Allocation = keyof typeof allocations;

/**
 * How many to draw from each stratum so that the whole sample has `total` members (or everything,
 * if there are fewer). Fractions go to the strata with the largest remainders, equal remainders to
 * the earlier stratum; what a stratum cannot give is shared out again between the others.
 * @param sizes members in each stratum
 */
export function allocateToStrata(
  sizes: readonly number[],
  total: number,
  allocation: Allocation = 'proportional',
): number[] {
  const drawn = sizes.map(() => 0);
  let left = Math.min(
    total,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  while (left > 0) {
    const open = sizes
      .map((size, index) => ({
        index,
        room: size - (drawn[index] ?? 0),
        weight: allocation === 'equal' ? 1 : size,
      }))
      .filter((stratum) => stratum.room > 0);
    const weight = open.reduce((sum, stratum) => sum + stratum.weight, 0);
    const shares = open.map((stratum) => ({ ...stratum, exact: (left * stratum.weight) / weight }));
    let given = 0;
    for (const share of shares) {
      const whole = Math.min(share.room, Math.floor(share.exact));
      drawn[share.index] = (drawn[share.index] ?? 0) + whole;
      given += whole;
    }
    if (shares.some((share) => share.exact >= share.room + 1)) {
      left -= given;
      continue;
    }
    const byRemainder = shares.toSorted(
      (one, other) => (other.exact % 1) - (one.exact % 1) || one.index - other.index,
    );
    for (const share of byRemainder) {
      if (given === left) break;
      if ((drawn[share.index] ?? 0) >= (sizes[share.index] ?? 0)) continue;
      drawn[share.index] = (drawn[share.index] ?? 0) + 1;
      given += 1;
    }
    left -= given;
  }
  return drawn;
}

/**
 * A sample of `total` members over all strata, by `allocateToStrata`, in stratum order and random
 * order inside each.
 */
export function sampleStrata<T>(
  strata: readonly (readonly T[])[],
  total: number,
  random: Random,
  allocation: Allocation = 'proportional',
): T[][] {
  const counts = allocateToStrata(
    strata.map((stratum) => stratum.length),
    total,
    allocation,
  );
  return strata.map((stratum, index) =>
    sampleWithoutReplacement(stratum, counts[index] ?? 0, random),
  );
}
