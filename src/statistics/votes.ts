/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

/** One vote per entry: who said which number about which item, as indexes from 0. */
export interface Votes {
  readonly items: Int32Array;
  readonly raters: Int32Array;
  readonly values: Float64Array;
}

/** The votes of each item index: their sum and number. */
export function votesByItem(votes: Votes): { sums: Float64Array; counts: Int32Array } {
  checkLengths(votes);
  const size = highest(votes.items) + 1;
  const [sums, counts] = [new Float64Array(size), new Int32Array(size)];
  for (let vote = 0; vote < votes.items.length; vote++) {
    const item = votes.items[vote]!;
    sums[item]! += votes.values[vote]!;
    counts[item]!++;
  }
  return { sums, counts };
}

/** The mean of the votes of each item that has one, items in rising order. */
export function itemMeans(votes: Votes): Float64Array {
  const { sums, counts } = votesByItem(votes);
  return sums.map((sum, item) => sum / counts[item]!).filter((_, item) => counts[item]! > 0);
}

/** Votes about different items put together, so that every item keeps an index of its own. */
export function joinedVotes(parts: readonly Votes[]): Votes {
  const [items, raters, values]: number[][] = [[], [], []];
  let before = 0;
  for (const part of parts) {
    checkLengths(part);
    for (const item of part.items) items!.push(before + item);
    for (const rater of part.raters) raters!.push(rater);
    for (const value of part.values) values!.push(value);
    before += highest(part.items) + 1;
  }
  return {
    items: Int32Array.from(items!),
    raters: Int32Array.from(raters!),
    values: Float64Array.from(values!),
  };
}

/** The highest index; -1 where there is none. */
export function highest(indexes: Int32Array): number {
  let top = -1;
  for (const index of indexes) if (index > top) top = index;
  return top;
}

/** @throws RangeError where the arrays differ in length */
export function checkLengths(votes: Votes): void {
  if (votes.items.length !== votes.raters.length || votes.items.length !== votes.values.length) {
    throw new RangeError(
      `Votes need arrays of one length; got ${votes.items.length} items, ${votes.raters.length} raters and ${votes.values.length} values.`,
    );
  }
}
