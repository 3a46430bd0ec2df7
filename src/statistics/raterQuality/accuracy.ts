/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { proportionDifference, wilsonInterval } from '../proportions.js';
import { type Ordered, rowsOf } from './judged.js';
import { fewestJudgments, type Signal, silent } from './signal.js';

/** On the calibration block an answer counts as known where so many others judged the item … */
export const fewestOthers = 5;
/** … and at least this share of them chose it. */
export const clearShare = 2 / 3;

/** By row: 1 right, 0 wrong, -1 where it cannot be told or must not count. */
export interface Rightness {
  readonly gold: Int8Array;
  /** Items of the block without gold, against a clear majority of the others. */
  readonly block: Int8Array;
  /** Gold and block together. */
  readonly known: Int8Array;
  /** Any item with a strict majority among the others. */
  readonly others: Int8Array;
}

/**
 * Whether each judgment is right, as far as gold, the calibration block and the other raters tell.
 * Only a rater's first judgment of an item counts, for and against; exempt items never do.
 */
export function rightness(judged: Ordered): Rightness {
  const { items, choices, first, counts, totals, choiceCount, exempt, gold, block } = judged;
  const size = items.length;
  const found = {
    gold: new Int8Array(size).fill(-1),
    block: new Int8Array(size).fill(-1),
    known: new Int8Array(size).fill(-1),
    others: new Int8Array(size).fill(-1),
  };
  for (let row = 0; row < size; row++) {
    const item = items[row]!;
    if (first[row] === 0 || exempt?.[item] === 1) continue;
    const others = totals[item]! - 1;
    let [leading, most] = [-1, 0];
    for (let choice = 0; choice < choiceCount; choice++) {
      const count = counts[item * choiceCount + choice]! - (choice === choices[row] ? 1 : 0);
      if (count > most) [leading, most] = [choice, count];
    }
    if (2 * most > others) found.others[row] = leading === choices[row] ? 1 : 0;
    const answer = gold?.[item] ?? -1;
    if (answer >= 0) found.known[row] = found.gold[row] = answer === choices[row] ? 1 : 0;
    else if (block?.[item] === 1 && others >= fewestOthers && most >= clearShare * others)
      found.known[row] = found.block[row] = leading === choices[row] ? 1 : 0;
  }
  return found;
}

/** The share of a rater's judgments that are right, with Wilson limits. */
export function shareRight(judged: Ordered, rater: number, right: Int8Array): Signal {
  const rows = rowsOf(judged, rater).filter((row) => right[row]! >= 0);
  return shareOfRows(rows, (row) => right[row] === 1);
}

/** The share of rows of which something holds, with Wilson limits. */
export function shareOfRows(
  rows: Int32Array,
  holds: (row: number) => boolean,
  expected?: number,
): Signal {
  const n = rows.length;
  if (n < fewestJudgments) return silent('too-few', n);
  let count = 0;
  for (const row of rows) if (holds(row)) count++;
  const { lower, upper } = wilsonInterval(count, n);
  return {
    kind: 'measured',
    value: count / n,
    lower,
    upper,
    limits: 'confidence',
    n,
    rows,
    ...(expected === undefined ? {} : { expected }),
  };
}

/**
 * The share right in the second half of a rater's work minus that in the first (Newcombe 1998,
 * method 10): known items and, elsewhere, items with a majority of the others.
 */
export function drift(judged: Ordered, rater: number, { known, others }: Rightness): Signal {
  const at = (row: number): number => (known[row]! >= 0 ? known[row]! : others[row]!);
  const rows = rowsOf(judged, rater).filter((row) => at(row) >= 0);
  const middle = Math.floor(rows.length / 2);
  if (middle < fewestJudgments) return silent('too-few-halves', rows.length);
  const part = (from: number, to: number): { successes: number; trials: number } => ({
    successes: rows.subarray(from, to).reduce((sum, row) => sum + at(row), 0),
    trials: to - from,
  });
  const found = proportionDifference(part(middle, rows.length), part(0, middle));
  if (found.kind === 'undefined' || found.interval === undefined)
    return silent('too-few-halves', rows.length);
  const { lower, upper } = found.interval;
  return {
    kind: 'measured',
    value: found.value,
    lower,
    upper,
    limits: 'confidence',
    n: rows.length,
    rows,
    expected: 0,
  };
}

/** How often a rater gives the same label again about an item met before; n counts pairs. */
export function selfAgreement(judged: Ordered, rater: number): Signal {
  const before = new Map<number, number>();
  const again: number[] = [];
  const same = new Set<number>();
  for (const row of rowsOf(judged, rater)) {
    const choice = judged.choices[row]!;
    if (choice < 0) continue;
    const item = judged.items[row]!;
    const earlier = before.get(item);
    before.set(item, choice);
    if (earlier === undefined) continue;
    again.push(row);
    if (earlier === choice) same.add(row);
  }
  return shareOfRows(Int32Array.from(again), (row) => same.has(row));
}
