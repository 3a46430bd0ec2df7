/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

/** Judgments, one entry per row, all as indexes from 0. */
export interface Judged {
  readonly raters: Int32Array;
  readonly items: Int32Array;
  /** The label chosen, in the original order of choices; -1 where none was given. */
  readonly choices: Int32Array;
  readonly raterCount: number;
  readonly itemCount: number;
  readonly choiceCount: number;
  /** The level of relevance from 0; -1 where none was given. */
  readonly relevance?: Int32Array;
  readonly relevanceCount?: number;
  /** The place on the screen, from 0, of the choice taken; -1 where the order was not shuffled. */
  readonly positions?: Int32Array;
  /** Active time; NaN where it was not recorded. */
  readonly milliseconds?: Float64Array;
  /** When it was sent, in any unit; rows of one rater are in this order, or as given without it. */
  readonly at?: Float64Array;
  /** By item: the answer of gold, -1 elsewhere. */
  readonly gold?: Int32Array;
  /** By item: 1 in the calibration block. */
  readonly block?: Uint8Array;
  /** By item: 1 where people and models differ; such items never count against a rater. */
  readonly exempt?: Uint8Array;
}

/** Judgments in the orders in which the signals read them. */
export interface Ordered extends Judged {
  /** Rows in the order of raters and, within them, of time. */
  readonly byRater: Int32Array;
  /** Rows of rater r are at raterStart[r] up to, not including, raterStart[r + 1] of `byRater`. */
  readonly raterStart: Int32Array;
  /** By row: 1 for a rater's first judgment of an item. */
  readonly first: Uint8Array;
  /** counts[item * choiceCount + choice], first judgments alone. */
  readonly counts: Int32Array;
  /** First judgments with a choice, by item. */
  readonly totals: Int32Array;
}

/**
 * Puts judgments in order once, for all signals.
 * @throws RangeError where columns differ in length or an index is outside its count
 */
export function inOrder(judged: Judged): Ordered {
  check(judged);
  const { raters, items, choices, raterCount, itemCount, choiceCount, at } = judged;
  const { order: byRater, start: raterStart } = groupedRows(raters, raterCount);
  if (at !== undefined)
    for (let rater = 0; rater < raterCount; rater++)
      byRater
        .subarray(raterStart[rater], raterStart[rater + 1])
        .sort((one, other) => at[one]! - at[other]! || one - other);
  const first = new Uint8Array(raters.length);
  const counts = new Int32Array(itemCount * choiceCount);
  const totals = new Int32Array(itemCount);
  const seenBy = new Int32Array(itemCount).fill(-1);
  for (const row of byRater) {
    const item = items[row]!;
    if (choices[row]! < 0 || seenBy[item] === raters[row]) continue;
    seenBy[item] = raters[row]!;
    first[row] = 1;
    counts[item * choiceCount + choices[row]!]!++;
    totals[item]!++;
  }
  return { ...judged, byRater, raterStart, first, counts, totals };
}

/** The rows of one rater, in the order of time. */
export const rowsOf = ({ byRater, raterStart }: Ordered, rater: number): Int32Array =>
  byRater.subarray(raterStart[rater], raterStart[rater + 1]);

/** Row indexes grouped by a column, stable. */
export function groupedRows(
  column: Int32Array,
  count: number,
): { readonly order: Int32Array; readonly start: Int32Array } {
  const start = new Int32Array(count + 1);
  for (const value of column) start[value + 1]!++;
  for (let index = 0; index < count; index++) start[index + 1]! += start[index]!;
  const next = start.slice();
  const order = new Int32Array(column.length);
  for (let row = 0; row < column.length; row++) order[next[column[row]!]!++] = row;
  return { order, start };
}

function check(judged: Judged): void {
  const rows = judged.raters.length;
  const columns = [
    ['items', judged.items, judged.itemCount, 0],
    ['raters', judged.raters, judged.raterCount, 0],
    ['choices', judged.choices, judged.choiceCount, -1],
    ['relevance', judged.relevance, judged.relevanceCount ?? 0, -1],
    ['positions', judged.positions, judged.choiceCount, -1],
  ] as const;
  for (const [name, column, count, least] of columns) {
    if (column === undefined) continue;
    if (column.length !== rows)
      throw new RangeError(`There are ${rows} raters but ${column.length} ${name}.`);
    for (const value of column)
      if (value < least || value >= count)
        throw new RangeError(`${name} must be from ${least} to ${count - 1}; got ${value}.`);
  }
  for (const [name, column] of [
    ['milliseconds', judged.milliseconds],
    ['at', judged.at],
  ] as const)
    if (column !== undefined && column.length !== rows)
      throw new RangeError(`There are ${rows} raters but ${column.length} ${name}.`);
  for (const [name, column] of [
    ['gold', judged.gold],
    ['block', judged.block],
    ['exempt', judged.exempt],
  ] as const)
    if (column !== undefined && column.length !== judged.itemCount)
      throw new RangeError(`There are ${judged.itemCount} items but ${column.length} ${name}.`);
}
