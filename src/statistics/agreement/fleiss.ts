/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { normalCdf } from '../distributions.js';
import { type Estimate, undefinedBecause, type Undefined } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';

/** Fleiss' test that there is no agreement beyond chance. */
export interface FleissTest {
  readonly kind: 'test';
  readonly kappa: number;
  /** kappa over its standard error where there is no agreement; says nothing about precision. */
  readonly z: number;
  readonly p: number;
}

/**
 * The z test of Fleiss (1971, as corrected by Fleiss, Nee and Landis 1979) with the variance under
 * no agreement. Needs the same number of ratings for every item (items without any are left out).
 */
export function fleissTest(ratings: Ratings): FleissTest | Undefined {
  const table = completeTable(ratings);
  if (table.kind === 'undefined') return table;
  const { shares, observed, n, k } = table;
  let expected = 0;
  let spread = 0;
  let skew = 0;
  for (const share of shares) {
    expected += share * share;
    spread += share * (1 - share);
    skew += share * (1 - share) * (1 - 2 * share);
  }
  const kappa = (observed - expected) / (1 - expected);
  const z = kappa / (Math.sqrt((2 * (spread * spread - skew)) / (n * k * (k - 1))) / spread);
  return { kind: 'test', kappa, z, p: 2 * normalCdf(-Math.abs(z)) };
}

/**
 * Fleiss' kappa of each category against all others (Fleiss 1971); undefined for a category that
 * nobody used.
 */
export function fleissByCategory(ratings: Ratings): Estimate[] {
  const table = completeTable(ratings);
  if (table.kind === 'undefined') return Array.from({ length: ratings.categoryCount }, () => table);
  const { shares, n, k } = table;
  return Array.from(shares, (share, category) => {
    if (share === 0 || share === 1) return undefinedBecause('one-category');
    let mixed = 0;
    for (let item = 0; item < ratings.itemCount; item++) {
      const count = ratings.counts[item * ratings.categoryCount + category]!;
      if (ratingsOf(ratings, item) > 0) mixed += count * (k - count);
    }
    return { kind: 'estimate', value: 1 - mixed / (n * k * (k - 1) * share * (1 - share)), n };
  });
}

interface CompleteTable {
  readonly kind: 'complete';
  readonly shares: Float64Array;
  readonly observed: number;
  readonly n: number;
  readonly k: number;
}

function completeTable(ratings: Ratings): CompleteTable | Undefined {
  if (ratings.values.length === 0) return undefinedBecause('no-data');
  const shares = new Float64Array(ratings.categoryCount);
  for (const value of ratings.values) shares[value]! += 1 / ratings.values.length;
  let k = 0;
  let n = 0;
  let agreeing = 0;
  for (let item = 0; item < ratings.itemCount; item++) {
    const total = ratingsOf(ratings, item);
    if (total === 0) continue;
    if (k !== 0 && total !== k) return undefinedBecause('incomplete');
    k = total;
    n++;
    for (let category = 0; category < ratings.categoryCount; category++) {
      const count = ratings.counts[item * ratings.categoryCount + category]!;
      agreeing += count * (count - 1);
    }
  }
  if (k < 2) return undefinedBecause('no-pairs');
  if (shares.some((share) => share > 1 - 1e-12)) return undefinedBecause('one-category');
  return { kind: 'complete', shares, observed: agreeing / (n * k * (k - 1)), n, k };
}
