/** One column of a downloaded table. A `time` is UTC milliseconds; CSV writes it as ISO 8601. */
export interface Column<Row> {
  readonly name: string;
  readonly sentence: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'time';
  readonly value: (row: Row) => string | number | boolean | null;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Omit<Column<unknown>, 'value'>[];
  readonly rowCount: number;
  /** The value of a column in a row. */
  cell(row: number, column: number): string | number | boolean | null;
}

/** A table of rows in memory. */
export function tableOf<Row>(
  name: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Table {
  return {
    name,
    columns,
    rowCount: rows.length,
    cell: (row, column) => {
      const [source, definition] = [rows[row], columns[column]];
      return source === undefined || definition === undefined ? null : definition.value(source);
    },
  };
}
