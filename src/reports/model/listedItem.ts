import type { Arm } from './votes.js';
import type { ListedItem } from './schema/listedItem.js';

const longestText = 160;

/** Cuts at a character, not inside one. */
const shortened = (text: string): string => {
  const characters = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  return characters.length <= longestText
    ? characters.join('')
    : `${characters
        .slice(0, longestText - 1)
        .join('')
        .trimEnd()}…`;
};

/** The item at an index of the arm, for a list. */
export function listedItem(arm: Arm, at: number): ListedItem {
  const item = arm.items[at];
  if (item === undefined) throw new RangeError(`There is no item ${at}.`);
  const votes = item.choices.map(
    (choice, index) =>
      `${choice.key} ${(arm.ofItem[at] ?? []).filter((judgment) => judgment.label === index).length}`,
  );
  return {
    item: item.name,
    line: item.line,
    text: shortened(item.text),
    label: keyOf(arm, at, item.label),
    votes: votes.join(', '),
  };
}

/** The file's key of a choice; null where there is no choice. */
export const keyOf = (arm: Arm, at: number, choice: number | null): string | null =>
  choice === null ? null : (arm.items[at]?.choices[choice]?.key ?? null);

/**
 * Rows about items by a value, the highest first; values that differ by no more than rounding keep
 * the order of the file.
 */
export function highestFirst<Row>(
  arm: Arm,
  rows: readonly Row[],
  indexOf: (row: Row) => number,
  valueOf: (row: Row) => number,
): Row[] {
  const lineOf = (row: Row): number => arm.items[indexOf(row)]?.line ?? 0;
  const rounded = (row: Row): number => Math.round(valueOf(row) * 1e6);
  return rows.toSorted(
    (left, right) => rounded(right) - rounded(left) || lineOf(left) - lineOf(right),
  );
}
