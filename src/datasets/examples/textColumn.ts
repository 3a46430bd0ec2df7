import type { Row } from './cells.js';
import { columnGroups, columnsNamed, documentedColumns } from './columns.js';
import { type Doubts, quoted } from './draft.js';
import { holdsMessages, holdsText } from './holds.js';

/**
 * The column that holds the text: one of a documented name, else the longest, which is a doubt;
 * undefined where no column can be it.
 */
export function textColumn(
  rows: readonly Row[],
  names: readonly string[],
  doubts: Doubts,
): string | undefined {
  const holds = (name: string): boolean => holdsText(rows, name) || holdsMessages(rows, name);
  const documented = columnsNamed(names, documentedColumns.text).filter(holds);
  if (documented.length > 1) doubts.reasons.push(`The text could be in ${quoted(documented)}.`);
  if (documented.length > 0) return documented[0];
  const length = (name: string): number =>
    rows.reduce((sum, row) => sum + (typeof row[name] === 'string' ? row[name].length : 0), 0);
  const others = columnsNamed(names, [...documentedColumns.list, ...documentedColumns.label]);
  const grouped = columnGroups(names).flatMap(({ columns }) => columns);
  const longest = names
    .filter((name) => holds(name) && !others.includes(name))
    .filter((name) => !grouped.includes(name))
    .toSorted((one, other) => length(other) - length(one))[0];
  if (longest !== undefined)
    doubts.reasons.push(
      `No column has a name that says that it is the text; “${longest}” is the longest.`,
    );
  return longest;
}

const beside = /^(?:passage|context|article|premise|paragraph|background|story|document)s?$/i;

/** Texts that are not read although what is asked may rest on them: one reason each. */
export const textsBeside = (
  rows: readonly Row[],
  names: readonly string[],
  read: readonly string[],
): string[] =>
  names
    .filter((name) => beside.test(name) && !read.includes(name) && holdsText(rows, name))
    .map((name) => `“${name}” is not read, and the text may need it.`);

/** What of a file as a whole says that its columns are not what their names say. */
export function oddFile(rows: readonly Row[], names: readonly string[], text: string): string[] {
  const odd: string[] = [];
  if (names.some((name) => name.length > 80 || /\n|^\s*[\d.]+\s*$/.test(name)))
    odd.push('The names of the columns look like a row of data: the file may have no header line.');
  if (rows.length >= 5 && new Set(rows.map((row) => row[text])).size < rows.length / 2)
    odd.push(`Most rows repeat the text of “${text}”, so that it may not be the question.`);
  return odd;
}
