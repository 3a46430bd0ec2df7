import { twoWayMean, type TwoWayEstimate } from './twoWay.js';
import type { Votes } from './votes.js';

/** Groups of fewer people than this are not shown. */
export const fewestInCell = 5;

/**
 * Which cells of a table with a printed total are hidden: those of one to four people and, where the
 * total would give them away, more: the smallest others, until at least two cells are hidden that
 * hold five people together. Empty cells are shown and hide nothing.
 * @param sizes people in each cell
 */
export function hiddenCells(sizes: readonly number[], fewest = fewestInCell): boolean[] {
  const hidden = sizes.map((size) => size > 0 && size < fewest);
  const inside = (): number[] => sizes.filter((_, cell) => hidden[cell]);
  if (inside().length === 0) return hidden;
  const others = [...sizes.keys()]
    .filter((cell) => hidden[cell] === false && (sizes[cell] ?? 0) > 0)
    .toSorted((one, other) => (sizes[one] ?? 0) - (sizes[other] ?? 0) || one - other);
  for (const cell of others) {
    const sum = inside().reduce((total, size) => total + size, 0);
    if (inside().length >= 2 && sum >= fewest) break;
    hidden[cell] = true;
  }
  return hidden;
}

/** One group of a questionnaire's answers. */
export type GroupCell =
  | { readonly kind: 'hidden'; readonly group: number }
  | {
      readonly kind: 'shown';
      readonly group: number;
      readonly raters: number;
      readonly votes: number;
      readonly agreement: TwoWayEstimate;
    };

export interface GroupedAgreement {
  /** All people in the groups; null where that would give a hidden cell away. */
  readonly raters: number | null;
  readonly cells: readonly GroupCell[];
}

/**
 * Agreement with the label by groups of raters, cells hidden as `hiddenCells` says.
 * @param votes 1 where a vote upholds the label, else 0
 * @param groupOf by rater, the index of the answer; -1 where it was not asked or not answered
 * @param groupCount how many answers there are
 */
export function agreementByGroup(
  votes: Votes,
  groupOf: Int32Array,
  groupCount: number,
): GroupedAgreement {
  const people = Array.from({ length: groupCount }, () => new Set<number>());
  const rows = Array.from({ length: groupCount }, (): number[] => []);
  for (const [row, rater] of votes.raters.entries()) {
    const group = groupOf[rater] ?? -1;
    people[group]?.add(rater);
    rows[group]?.push(row);
  }
  const sizes = people.map((set) => set.size);
  const hidden = hiddenCells(sizes);
  const covered = sizes.filter((_, group) => hidden[group]);
  const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);
  const told = covered.length === 1 || (covered.length > 1 && sum(covered) < fewestInCell);
  return {
    raters: told ? null : sum(sizes),
    cells: people.map((set, group): GroupCell => {
      if (hidden[group] === true) return { kind: 'hidden', group };
      const own = Int32Array.from(rows[group] ?? []);
      const pick = (column: Int32Array): Int32Array => own.map((row) => column[row] ?? 0);
      return {
        kind: 'shown',
        group,
        raters: set.size,
        votes: own.length,
        agreement: twoWayMean({
          items: pick(votes.items),
          raters: pick(votes.raters),
          values: Float64Array.from(own, (row) => votes.values[row] ?? 0),
        }),
      };
    }),
  };
}
