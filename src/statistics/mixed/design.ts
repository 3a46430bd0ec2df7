/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { checkLengths, type Votes } from '../votes.js';

/**
 * The votes of both sources, item after item, with levels and raters counted from 0 without gaps.
 */
export interface MixedDesign {
  readonly kind: 'design';
  /**
   * Votes of item i stand from itemStarts[i] to itemStarts[i + 1] - 1; items of the first source
   * come first.
   */
  readonly itemStarts: Int32Array;
  /**
   * The source of each item: 1/2 for the first, -1/2 for the second, so that neither is the base of
   * the other.
   */
  readonly sources: Float64Array;
  readonly raters: Int32Array;
  readonly levels: Int32Array;
  readonly raterCount: number;
  /** The used values in rising order. */
  readonly values: readonly number[];
}

/** One item of a design: its source and its votes. */
export interface DesignItem {
  /** 1/2 for the first source, -1/2 for the second. */
  readonly source: number;
  /** Of each vote. */
  readonly raters: Int32Array;
  readonly levels: Int32Array;
}

/** The items of a design, as views of its arrays. */
export function itemsOf({ itemStarts, sources, raters, levels }: MixedDesign): DesignItem[] {
  return Array.from(sources, (source, item) => ({
    source,
    raters: raters.subarray(itemStarts[item], itemStarts[item + 1]),
    levels: levels.subarray(itemStarts[item], itemStarts[item + 1]),
  }));
}

/** The time of a fit grows with the third power of the raters. */
const mostRaters = 500;

/**
 * Both arms as one design, or why no mixed model can be fitted to them.
 * Rater indexes mean the same people in both arms; item indexes are each arm's own.
 * @throws RangeError where a value is not a finite number or the arrays of an arm differ in length
 */
export function mixedDesign(first: Votes, second: Votes): MixedDesign | Undefined {
  checkLengths(first);
  checkLengths(second);
  const votes = first.items.length + second.items.length;
  if (votes === 0) return undefinedBecause('no-data');
  if (first.items.length === 0 || second.items.length === 0) return undefinedBecause('one-source');
  for (const value of [...first.values, ...second.values])
    if (!Number.isFinite(value))
      throw new RangeError(`A vote of a mixed model is a finite number; got ${value}.`);
  const values = [...new Set([...first.values, ...second.values])].toSorted(
    (one, other) => one - other,
  );
  if (values.length < 2) return undefinedBecause('one-answer');
  if (separated(first.values, second.values) || separated(second.values, first.values))
    return undefinedBecause('separated');
  const levelOf = new Map(values.map((value, level) => [value, level]));
  const raterOf = new Map<number, number>();
  const itemStarts: number[] = [0];
  const sources: number[] = [];
  const raters = new Int32Array(votes);
  const levels = new Int32Array(votes);
  let index = 0;
  for (const [arm, source] of [
    [first, 0.5],
    [second, -0.5],
  ] as const) {
    const order = Int32Array.from(arm.items.keys()).sort(
      (one, other) => arm.items[one]! - arm.items[other]!,
    );
    for (const [rank, vote] of order.entries()) {
      if (rank > 0 && arm.items[vote] !== arm.items[order[rank - 1]!]) itemStarts.push(index);
      if (rank === 0 || itemStarts.at(-1) === index) sources.push(source);
      const rater = raterOf.get(arm.raters[vote]!) ?? raterOf.size;
      raterOf.set(arm.raters[vote]!, rater);
      raters[index] = rater;
      levels[index] = levelOf.get(arm.values[vote]!)!;
      index++;
    }
    itemStarts.push(index);
  }
  if (raterOf.size > mostRaters) return undefinedBecause('too-many-raters');
  return {
    kind: 'design',
    itemStarts: Int32Array.from(itemStarts),
    sources: Float64Array.from(sources),
    raters,
    levels,
    raterCount: raterOf.size,
    values,
  };
}

/**
 * True where no value of the one is above any of the other: the effect then has no finite estimate.
 */
function separated(lower: Float64Array, higher: Float64Array): boolean {
  return (
    lower.reduce((top, value) => Math.max(top, value), -Infinity) <=
    higher.reduce((bottom, value) => Math.min(bottom, value), Infinity)
  );
}
