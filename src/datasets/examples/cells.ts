import { parsePrinted, type Printed } from './printed.js';

/** A row of a file, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const printed = new WeakMap<Row, Map<string, Printed | undefined>>();

/**
 * The value of a cell: a list or an object where its text is one as some program printed it. A
 * column is tried as several things, so each cell is parsed once for as long as its row is held.
 */
export function cellOf(row: Row, column: string): unknown {
  const value = row[column];
  if (typeof value !== 'string' || !/^\s*(?:[[{(]|array\()/.test(value)) return value;
  const known = printed.get(row) ?? new Map<string, Printed | undefined>();
  if (!known.has(column)) {
    known.set(column, parsePrinted(value));
    printed.set(row, known);
  }
  return known.get(column) ?? value;
}
