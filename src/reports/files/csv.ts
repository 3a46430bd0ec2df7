import type { Table } from './columns.js';

/**
 * A text that a spreadsheet would run as a formula, or one that this defence has touched before.
 */
const runs = /^'*[=+\-@\t\r\n]/;

/**
 * Puts an apostrophe before a text that a spreadsheet would run as a formula. To undo it, take one
 * apostrophe away from every text that begins with apostrophes followed by one of = + - @, tab, CR
 * or LF.
 */
export const defused = (text: string): string => (runs.test(text) ? `'${text}` : text);

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

function cellText(
  value: string | number | boolean | null,
  type: Table['columns'][number]['type'],
): string {
  if (value === null) return '';
  if (type === 'time') return new Date(Number(value)).toISOString();
  return typeof value === 'string' ? quoted(defused(value)) : String(value);
}

/** A table as CSV (RFC 4180, UTF-8, LF), some rows at a time. */
export function* csvLines(table: Table): Generator<string> {
  yield `${table.columns.map((column) => column.name).join(',')}\n`;
  for (let row = 0; row < table.rowCount; row += 1) {
    yield `${table.columns.map((column, index) => cellText(table.cell(row, index), column.type)).join(',')}\n`;
  }
}
