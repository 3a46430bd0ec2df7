/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { chiSquareQuantile } from '../distributions.js';
import { clearShare, fewestOthers } from './accuracy.js';
import { type Ordered, rowsOf } from './judged.js';
import { fewestJudgments, type Signal, silent } from './signal.js';

/** Judgments by which a rater's accuracy is drawn towards that of all while others are judged. */
const drawn = 4;
const [least, most] = [0.02, 0.98];
const rounds = 15;

/**
 * By row, the probability that the choice is the true one given gold and what the other raters of
 * the item said, each weighed by an accuracy of their own (one-coin model of Dawid and Skene 1979,
 * with the own vote taken out); NaN where nothing counts: exempt items, repeated judgments, items
 * nobody else judged, and items on which five or more others have no clear majority.
 */
export function chancesRight(judged: Ordered): Float64Array {
  const { items, raters, choices, choiceCount: size, itemCount, raterCount } = judged;
  const counted = rowsThatCount(judged);
  const chance = new Float64Array(items.length).fill(NaN);
  for (let row = 0; row < items.length; row++) {
    if (counted[row] === 0) continue;
    const item = items[row]!;
    const gold = judged.gold?.[item] ?? -1;
    if (gold >= 0) chance[row] = gold === choices[row] ? 1 : 0;
    else
      chance[row] =
        (judged.counts[item * size + choices[row]!]! - 0.5) / (judged.totals[item]! - 1 + size / 2);
  }
  const logs = new Float64Array(itemCount * size);
  for (let round = 0; round < rounds; round++) {
    const { right, wrong } = logAccuracies(raters, chance, raterCount, size);
    logs.fill(0);
    for (let row = 0; row < items.length; row++) {
      if (counted[row] === 0) continue;
      // Only differences between answers matter: a wrong vote adds the same to all others.
      logs[items[row]! * size + choices[row]!]! += right[raters[row]!]! - wrong[raters[row]!]!;
    }
    for (let row = 0; row < items.length; row++) {
      const item = items[row]!;
      if (counted[row] === 0 || (judged.gold?.[item] ?? -1) >= 0) continue;
      const own = right[raters[row]!]! - wrong[raters[row]!]!;
      const mine = logs[item * size + choices[row]!]! - own;
      let sum = 0;
      for (let choice = 0; choice < size; choice++)
        sum += choice === choices[row] ? 1 : Math.exp(logs[item * size + choice]! - mine);
      chance[row] = 1 / sum;
    }
  }
  return chance;
}

function rowsThatCount(judged: Ordered): Uint8Array {
  const { items, first, counts, totals, choiceCount: size, exempt, gold } = judged;
  const counted = new Uint8Array(items.length);
  for (let row = 0; row < items.length; row++) {
    const item = items[row]!;
    if (first[row] === 0 || exempt?.[item] === 1) continue;
    if ((gold?.[item] ?? -1) >= 0) {
      counted[row] = 1;
      continue;
    }
    const others = totals[item]! - 1;
    let top = 0;
    for (let choice = 0; choice < size; choice++)
      top = Math.max(top, counts[item * size + choice]!);
    if (others > 0 && (others < fewestOthers || top >= clearShare * (others + 1))) counted[row] = 1;
  }
  return counted;
}

function logAccuracies(
  raters: Int32Array,
  chance: Float64Array,
  raterCount: number,
  size: number,
): { right: Float64Array; wrong: Float64Array } {
  const sums = new Float64Array(raterCount);
  const counts = new Float64Array(raterCount);
  for (let row = 0; row < raters.length; row++) {
    if (Number.isNaN(chance[row]!)) continue;
    sums[raters[row]!]! += chance[row]!;
    counts[raters[row]!]!++;
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  const pooled = all === 0 ? 0.5 : sums.reduce((sum, each) => sum + each, 0) / all;
  const right = new Float64Array(raterCount);
  const wrong = new Float64Array(raterCount);
  for (let rater = 0; rater < raterCount; rater++) {
    const mean = (sums[rater]! + drawn * pooled) / (counts[rater]! + drawn);
    const accuracy = Math.min(most, Math.max(least, mean));
    right[rater] = Math.log(accuracy);
    wrong[rater] = Math.log((1 - accuracy) / Math.max(1, size - 1));
  }
  return { right, wrong };
}

const reach = chiSquareQuantile(0.95, 1) / 2;

/**
 * How often a rater is right, from all their judgments together: the p that maximises the
 * likelihood Π (q p + (1 − q)(1 − p)/(K − 1)) over the rater's judgments, q being `chancesRight`,
 * with profile-likelihood limits. A known item counts whole, an item with few or divided others in
 * part. Where the judgments are together worth fewer than five known ones nothing is said.
 */
export function skill(judged: Ordered, rater: number, chance: Float64Array): Signal {
  const rows = rowsOf(judged, rater).filter((row) => !Number.isNaN(chance[row]!));
  const wrong = Math.max(1, judged.choiceCount - 1);
  const right = Float64Array.from(rows, (row) => chance[row]!);
  const other = right.map((q) => (1 - q) / wrong);
  const worth = right.reduce((sum, q, index) => sum + (q - other[index]!) ** 2, 0);
  if (worth < fewestJudgments) return silent('too-few', Math.floor(worth));
  const slope = (p: number): number => {
    let sum = 0;
    for (let index = 0; index < right.length; index++)
      sum += (right[index]! - other[index]!) / (right[index]! * p + other[index]! * (1 - p));
    return sum;
  };
  const log = (p: number): number => {
    let sum = 0;
    for (let index = 0; index < right.length; index++)
      sum += Math.log(right[index]! * p + other[index]! * (1 - p));
    return sum;
  };
  const value = crossing(slope, 0, 1);
  const bound = log(Math.min(1 - 1e-12, Math.max(1e-12, value))) - reach;
  const inside = (p: number): number => log(p) - bound;
  return {
    kind: 'measured',
    value,
    lower: value === 0 ? 0 : crossing((p) => -inside(p), 0, value),
    upper: value === 1 ? 1 : crossing(inside, value, 1),
    limits: 'confidence',
    n: rows.length,
    rows,
  };
}

/** Where a function that falls from above 0 to below crosses it; the end where it never does. */
function crossing(falling: (p: number) => number, from: number, to: number): number {
  const margin = 1e-12;
  if (falling(from + margin) <= 0) return from;
  if (falling(to - margin) >= 0) return to;
  let [low, high] = [from, to];
  for (let step = 0; step < 34; step++) {
    const middle = (low + high) / 2;
    if (falling(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
