import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Table } from './columns.js';

const types = {
  text: 'STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
} as const;

/**
 * A table as Parquet, every column nullable; texts stand as they are, since no spreadsheet runs
 * them.
 */
export function parquetOf(table: Table): Uint8Array {
  const columnData = table.columns.map((column, index) => ({
    name: column.name,
    type: types[column.type],
    nullable: true,
    data: Array.from({ length: table.rowCount }, (_, row) => {
      const value = table.cell(row, index);
      if (value === null) return null;
      if (column.type === 'integer') return BigInt(value);
      return column.type === 'time' ? new Date(Number(value)) : value;
    }),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
