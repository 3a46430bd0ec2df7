/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

/**
 * Replaces the lower triangle of a symmetric positive definite matrix (row after row) by its
 * Cholesky factor. False where the matrix is not positive definite.
 */
export function factorise(matrix: Float64Array, size: number): boolean {
  for (let row = 0; row < size; row++) {
    const own = row * size;
    for (let column = 0; column <= row; column++) {
      const other = column * size;
      let sum = matrix[own + column]!;
      for (let k = 0; k < column; k++) sum -= matrix[own + k]! * matrix[other + k]!;
      if (column < row) matrix[own + column] = sum / matrix[other + column]!;
      else if (sum > 0) matrix[own + row] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Replaces a right-hand side by the solution, given the factor. */
export function solveFactorised(factor: Float64Array, size: number, side: Float64Array): void {
  for (let row = 0; row < size; row++) {
    let sum = side[row]!;
    for (let k = 0; k < row; k++) sum -= factor[row * size + k]! * side[k]!;
    side[row] = sum / factor[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    const solved = side[row]! / factor[row * size + row]!;
    side[row] = solved;
    for (let k = 0; k < row; k++) side[k]! -= factor[row * size + k]! * solved;
  }
}

/** The inverse of the matrix whose factor is given, both triangles. */
export function invertFactorised(factor: Float64Array, size: number): Float64Array {
  // Row a holds column a of the inverse factor, so that every sum below runs along rows.
  const columns = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    const own = a * size;
    columns[own + a] = 1 / factor[own + a]!;
    for (let row = a + 1; row < size; row++) {
      const other = row * size;
      let sum = 0;
      for (let k = a; k < row; k++) sum -= factor[other + k]! * columns[own + k]!;
      columns[own + row] = sum / factor[other + row]!;
    }
  }
  const inverse = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let k = a; k < size; k++) sum += columns[a * size + k]! * columns[b * size + k]!;
      inverse[a * size + b] = sum;
      inverse[b * size + a] = sum;
    }
  }
  return inverse;
}
