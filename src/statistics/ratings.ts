/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
/** What counts when one rater judged one item more than once. */
export const repeatPolicies = {
  last: 'the last judgment in the order given counts',
  first: 'the first judgment in the order given counts',
  all: 'every judgment counts, as if it came from different raters',
} as const;
export type RepeatPolicy = keyof typeof repeatPolicies;

/** Who answered what about which item, one entry per judgment, all as indexes from 0. */
export interface RatingRows {
  readonly items: Int32Array;
  readonly raters: Int32Array;
  /** The index of the answer among the declared categories, in their declared order. */
  readonly values: Int32Array;
  readonly itemCount: number;
  readonly raterCount: number;
  /** How many answers were possible, whether or not they were used. */
  readonly categoryCount: number;
}

/**
 * Ratings grouped by item, with the table of counts. Made by `buildRatings`, shared by all
 * coefficients.
 */
export interface Ratings extends RatingRows {
  /** Ratings of item i stand at itemStart[i] up to, not including, itemStart[i + 1]. */
  readonly itemStart: Int32Array;
  /** counts[i * categoryCount + c]: how many raters answered c about item i. */
  readonly counts: Int32Array;
  /** How many of the rows repeated an item and rater that was there already. */
  readonly repeated: number;
}

/**
 * Groups rows by item (stable) and counts them.
 * Items, raters and categories without any rating are allowed and cost only memory.
 * @param repeats what counts when a rater judged an item twice; by default the last one
 * @throws RangeError when the arrays differ in length or an index is outside its declared count
 */
export function buildRatings(rows: RatingRows, repeats: RepeatPolicy = 'last'): Ratings {
  check(rows);
  const { itemCount, raterCount, categoryCount } = rows;
  const grouped = groupByItem(rows);
  const keep = repeats === 'all' ? null : rowsThatCount(grouped, itemCount, raterCount, repeats);
  const kept = keep === null ? grouped.items.length : keep.count;
  const items = new Int32Array(kept);
  const raters = new Int32Array(kept);
  const values = new Int32Array(kept);
  const itemStart = new Int32Array(itemCount + 1);
  const counts = new Int32Array(itemCount * categoryCount);
  let index = 0;
  for (let row = 0; row < grouped.items.length; row++) {
    if (keep !== null && keep.keep[row] === 0) continue;
    const item = grouped.items[row]!;
    const value = grouped.values[row]!;
    items[index] = item;
    raters[index] = grouped.raters[row]!;
    values[index] = value;
    itemStart[item + 1]!++;
    counts[item * categoryCount + value]!++;
    index++;
  }
  for (let item = 0; item < itemCount; item++) itemStart[item + 1]! += itemStart[item]!;
  const repeated = keep === null ? countRepeats(grouped, raterCount) : grouped.items.length - kept;
  return {
    items,
    raters,
    values,
    itemCount,
    raterCount,
    categoryCount,
    itemStart,
    counts,
    repeated,
  };
}

/** How many ratings item i has. */
export function ratingsOf(ratings: Ratings, item: number): number {
  return ratings.itemStart[item + 1]! - ratings.itemStart[item]!;
}

/**
 * Calls back for every item, also for those without ratings, with a view of its counts and their
 * sum.
 */
export function forEachItem(
  ratings: Ratings,
  visit: (counts: Int32Array, total: number, item: number) => void,
): void {
  const size = ratings.categoryCount;
  for (let item = 0; item < ratings.itemCount; item++) {
    visit(
      ratings.counts.subarray(item * size, (item + 1) * size),
      ratings.itemStart[item + 1]! - ratings.itemStart[item]!,
      item,
    );
  }
}

/** Which categories were used at least once (1) or never (0). */
export function categoriesUsed(ratings: Ratings): Uint8Array {
  const used = new Uint8Array(ratings.categoryCount);
  for (const value of ratings.values) used[value] = 1;
  return used;
}

/**
 * The same ratings over the categories that were used only; the declared ones that nobody chose
 * fall away. `kept[new index]` is the old index.
 */
export function withUsedCategories(ratings: Ratings): { ratings: Ratings; kept: Int32Array } {
  const used = categoriesUsed(ratings);
  const kept = Int32Array.from([...used.keys()].filter((category) => used[category] === 1));
  const renamed = new Int32Array(ratings.categoryCount);
  for (const [index, category] of kept.entries()) renamed[category] = index;
  const values = ratings.values.map((value) => renamed[value]!);
  return { ratings: buildRatings({ ...ratings, values, categoryCount: kept.length }, 'all'), kept };
}

/**
 * Labels of any kind as indexes: for data that arrive as text. Labels are exact strings, in order
 * of first appearance.
 */
export function indexLabels(
  labels: readonly string[],
  declared: readonly string[] = [],
): { indexes: Int32Array; labels: string[] } {
  const known = new Map<string, number>();
  for (const label of declared) if (!known.has(label)) known.set(label, known.size);
  const indexes = new Int32Array(labels.length);
  for (const [row, label] of labels.entries()) {
    let index = known.get(label);
    if (index === undefined) {
      index = known.size;
      known.set(label, index);
    }
    indexes[row] = index;
  }
  return { indexes, labels: [...known.keys()] };
}

interface Rows {
  readonly items: Int32Array;
  readonly raters: Int32Array;
  readonly values: Int32Array;
}

function check(rows: RatingRows): void {
  if (rows.items.length !== rows.raters.length || rows.items.length !== rows.values.length) {
    throw new RangeError(
      `Ratings need arrays of one length; got ${rows.items.length} items, ${rows.raters.length} raters and ${rows.values.length} values.`,
    );
  }
  const columns = [
    ['item', rows.items, rows.itemCount],
    ['rater', rows.raters, rows.raterCount],
    ['category', rows.values, rows.categoryCount],
  ] as const;
  for (const [name, column, count] of columns) {
    for (let row = 0; row < column.length; row++) {
      if (column[row]! < 0 || column[row]! >= count) {
        throw new RangeError(
          `Rating ${row} names ${name} ${column[row]}, but ${name} indexes run from 0 to ${count - 1}.`,
        );
      }
    }
  }
}

function groupByItem(rows: RatingRows): Rows {
  const start = new Int32Array(rows.itemCount + 1);
  for (let row = 0; row < rows.items.length; row++) start[rows.items[row]! + 1]!++;
  for (let item = 0; item < rows.itemCount; item++) start[item + 1]! += start[item]!;
  const items = new Int32Array(rows.items.length);
  const raters = new Int32Array(rows.items.length);
  const values = new Int32Array(rows.items.length);
  for (let row = 0; row < rows.items.length; row++) {
    const item = rows.items[row]!;
    const index = start[item]!++;
    items[index] = item;
    raters[index] = rows.raters[row]!;
    values[index] = rows.values[row]!;
  }
  return { items, raters, values };
}

function rowsThatCount(
  rows: Rows,
  itemCount: number,
  raterCount: number,
  repeats: 'first' | 'last',
): { keep: Uint8Array; count: number } {
  const keep = new Uint8Array(rows.items.length);
  const seenAt = new Int32Array(raterCount).fill(-1);
  const seenFor = new Int32Array(raterCount).fill(itemCount);
  let count = 0;
  for (let row = 0; row < rows.items.length; row++) {
    const rater = rows.raters[row]!;
    const again = seenFor[rater] === rows.items[row]!;
    if (again && repeats === 'first') continue;
    if (again) keep[seenAt[rater]!] = 0;
    else count++;
    keep[row] = 1;
    seenAt[rater] = row;
    seenFor[rater] = rows.items[row]!;
  }
  return { keep, count };
}

function countRepeats(rows: Rows, raterCount: number): number {
  const seenFor = new Int32Array(raterCount).fill(-1);
  let repeated = 0;
  for (let row = 0; row < rows.items.length; row++) {
    const rater = rows.raters[row]!;
    if (seenFor[rater] === rows.items[row]!) repeated++;
    seenFor[rater] = rows.items[row]!;
  }
  return repeated;
}
