import { csvCell } from '#web/csvCell.js';
import type { Table } from './columns.js';

function cellText(
  value: string | number | boolean | null,
  type: Table['columns'][number]['type'],
): string {
  if (value === null) return '';
  if (type === 'time') return new Date(Number(value)).toISOString();
  return typeof value === 'string' ? csvCell(value) : String(value);
}

/** A table as CSV (RFC 4180, UTF-8, LF), some rows at a time. */
export function* csvLines(table: Table): Generator<string> {
  yield `${table.columns.map((column) => column.name).join(',')}\n`;
  for (let row = 0; row < table.rowCount; row += 1) {
    yield `${table.columns.map((column, index) => cellText(table.cell(row, index), column.type)).join(',')}\n`;
  }
}
