/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { createRandom, type Seed } from '../random.js';
import { symmetricEigen } from './eigen.js';
import { addRow, rowCount, rowTimes, type SparseRows } from './sparse.js';

/** The largest singular values of a matrix with what the rows are along them. */
export interface TruncatedSvd {
  /** In descending order; at most as many as asked for, and none of (nearly) nothing. */
  readonly singularValues: Float64Array;
  /**
   * Row i's coordinates (left singular vectors times singular values), `singularValues.length`
   * each.
   */
  readonly scores: Float64Array;
  /** Share of the sum of squares of the matrix that they hold; 0 for a matrix of nothing. */
  readonly explained: number;
}

const spare = 10;
const powerSteps = 2;

/**
 * A truncated singular value decomposition by random projection with power steps (Halko, Martinsson
 * and Tropp 2011). Equal rows in equal order and equal seeds give equal numbers; the sign of a
 * component makes its words' weights sum to more than nothing.
 */
export function truncatedSvd(rows: SparseRows, dimensions: number, seed: Seed): TruncatedSvd {
  const n = rowCount(rows);
  const random = createRandom(seed);
  const width = Math.min(dimensions + spare, n, rows.columnCount);
  const times = (columns: readonly Float64Array[]): Float64Array[] =>
    columns.map((column) =>
      Float64Array.from({ length: n }, (_, row) => rowTimes(rows, row, column)),
    );
  const timesTurned = (columns: readonly Float64Array[]): Float64Array[] =>
    columns.map((column) => {
      const sums = new Float64Array(rows.columnCount);
      column.forEach((factor, row) => addRow(rows, row, factor, sums));
      return sums;
    });
  let range = orthonormal(
    times(
      Array.from({ length: width }, () =>
        Float64Array.from({ length: rows.columnCount }, () => random() - 0.5),
      ),
    ),
  );
  for (let step = 0; step < powerSteps; step++)
    range = orthonormal(times(orthonormal(timesTurned(range))));
  const projected = timesTurned(range);
  const { values, vectors } = symmetricEigen(gram(projected), range.length);
  const floor = 1e-12 * Math.max(values[0] ?? 0, 1e-300);
  const kept = Math.min(dimensions, values.filter((value) => value > floor).length);
  const scores = new Float64Array(n * kept);
  const singularValues = new Float64Array(kept);
  for (let component = 0; component < kept; component++) {
    const own = vectors.subarray(component * range.length, (component + 1) * range.length);
    singularValues[component] = Math.sqrt(values[component]!);
    let loadings = 0;
    projected.forEach((column, index) => {
      loadings += own[index]! * column.reduce((sum, value) => sum + value, 0);
    });
    const factor = (loadings < 0 ? -1 : 1) * singularValues[component]!;
    for (let row = 0; row < n; row++) {
      let sum = 0;
      for (let index = 0; index < range.length; index++) sum += own[index]! * range[index]![row]!;
      scores[row * kept + component] = factor * sum;
    }
  }
  const total = rows.values.reduce((sum, value) => sum + value * value, 0);
  return {
    singularValues,
    scores,
    explained:
      total > 0
        ? Math.min(1, singularValues.reduce((sum, value) => sum + value * value, 0) / total)
        : 0,
  };
}

/** The inner products of columns, row by row. */
function gram(columns: readonly Float64Array[]): Float64Array {
  const size = columns.length;
  const products = new Float64Array(size * size);
  for (let one = 0; one < size; one++) {
    for (let other = 0; other <= one; other++) {
      const product = dot(columns[one]!, columns[other]!);
      products[one * size + other] = product;
      products[other * size + one] = product;
    }
  }
  return products;
}

/**
 * Columns made orthonormal by Gram and Schmidt, twice over; columns of which nothing is left are
 * dropped.
 */
function orthonormal(columns: readonly Float64Array[]): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const column of columns) {
    const before = Math.sqrt(dot(column, column));
    for (let round = 0; round < 2; round++) {
      for (const other of kept) {
        const factor = dot(column, other);
        for (let row = 0; row < column.length; row++) column[row]! -= factor * other[row]!;
      }
    }
    const left = Math.sqrt(dot(column, column));
    if (!(left > 1e-10 * before)) continue;
    for (let row = 0; row < column.length; row++) column[row]! /= left;
    kept.push(column);
  }
  return kept;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += one[index]! * other[index]!;
  return sum;
}
