/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

/**
 * A matrix by rows, zeros left out: row i is `columns` and `values` from `starts[i]` up to
 * `starts[i + 1]`.
 */
export interface SparseRows {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  readonly columnCount: number;
}

/** How many rows a matrix has. */
export function rowCount(rows: SparseRows): number {
  return rows.starts.length - 1;
}

/** A row times a vector. */
export function rowTimes(rows: SparseRows, row: number, vector: Float64Array): number {
  let sum = 0;
  const end = rows.starts[row + 1]!;
  for (let entry = rows.starts[row]!; entry < end; entry++)
    sum += rows.values[entry]! * vector[rows.columns[entry]!]!;
  return sum;
}

/** Adds a multiple of a row to a vector. */
export function addRow(rows: SparseRows, row: number, factor: number, vector: Float64Array): void {
  const end = rows.starts[row + 1]!;
  for (let entry = rows.starts[row]!; entry < end; entry++)
    vector[rows.columns[entry]!]! += factor * rows.values[entry]!;
}

/** The rows with these numbers, in their order, with repeats where there are repeats. */
export function selectRows(rows: SparseRows, chosen: Int32Array): SparseRows {
  const starts = new Int32Array(chosen.length + 1);
  chosen.forEach((row, index) => {
    starts[index + 1] = starts[index]! + rows.starts[row + 1]! - rows.starts[row]!;
  });
  const columns = new Int32Array(starts.at(-1)!);
  const values = new Float64Array(columns.length);
  chosen.forEach((row, index) => {
    columns.set(rows.columns.subarray(rows.starts[row], rows.starts[row + 1]), starts[index]);
    values.set(rows.values.subarray(rows.starts[row], rows.starts[row + 1]), starts[index]);
  });
  return { starts, columns, values, columnCount: rows.columnCount };
}
