/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type TestResult, type Test } from '../hypothesis.js';
import { undefinedBecause, type Undefined } from '../estimate.js';
import type { Numbers } from '../summary.js';

/**
 * Whether two samples (lengths of texts, say) come from one distribution: the largest difference of
 * their distribution functions.
 */
export interface KolmogorovSmirnov {
  readonly kind: 'kolmogorov-smirnov';
  readonly statistic: number;
  /**
   * All orders of the values being equally likely; exact without ties, too large a p-value with
   * them.
   */
  readonly exact: TestResult;
  /** From the one-sample distribution at the harmonic sample size. */
  readonly asymptotic: Test;
}

const mostSteps = 2e7;

/** The two-sample Kolmogorov-Smirnov test, two-sided. */
export function kolmogorovSmirnov(first: Numbers, second: Numbers): KolmogorovSmirnov | Undefined {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return undefinedBecause('no-data');
  const x = Float64Array.from(first).sort();
  const y = Float64Array.from(second).sort();
  let [i, j] = [0, 0];
  // In units of 1 / (n m), so that the exact test compares whole numbers.
  let largest = 0;
  while (i < n && j < m) {
    const value = Math.min(x[i]!, y[j]!);
    while (i < n && x[i]! <= value) i++;
    while (j < m && y[j]! <= value) j++;
    largest = Math.max(largest, Math.abs(i * m - j * n));
  }
  const statistic = largest / (n * m);
  const asymptotic: Test = {
    kind: 'test',
    statistic,
    p: kolmogorovTail(Math.max(1, Math.round((n * m) / (n + m))), statistic),
    alternative: 'two-sided',
  };
  const exact: TestResult =
    n * m > mostSteps
      ? undefinedBecause('too-large')
      : {
          kind: 'test',
          statistic,
          p: largest === 0 ? 1 : exactTail(n, m, largest),
          alternative: 'two-sided',
        };
  return { kind: 'kolmogorov-smirnov', statistic, exact, asymptotic };
}

/** The chance that a random path from (0, 0) to (n, m) strays this far from the diagonal. */
function exactTail(n: number, m: number, distance: number): number {
  const strays = (i: number, j: number): boolean => Math.abs(i * m - j * n) >= distance;
  // chance[j]: that the path, which is at (i, j), has strayed.
  const strayed = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (strays(i, j)) strayed[j] = 1;
      else if (i + j === 0) strayed[j] = 0;
      else
        strayed[j] =
          ((i === 0 ? 0 : i * strayed[j]!) + (j === 0 ? 0 : j * strayed[j - 1]!)) / (i + j);
    }
  }
  return strayed[m]!;
}

/** P(D >= d) of the one-sample statistic (Marsaglia, Tsang and Wang 2003). */
function kolmogorovTail(n: number, d: number): number {
  const square = n * d * d;
  if (square > 18) return 2 * Math.exp(-2 * square);
  if (square < 1e-12 || d <= 1 / (2 * n)) return 1;
  const k = Math.floor(n * d) + 1;
  const size = 2 * k - 1;
  const h = k - n * d;
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      matrix[row * size + column] = row - column + 1 < 0 ? 0 : 1;
  for (let index = 0; index < size; index++) {
    matrix[index * size]! -= h ** (index + 1);
    matrix[(size - 1) * size + index]! -= h ** (size - index);
  }
  matrix[(size - 1) * size]! += 2 * h - 1 > 0 ? (2 * h - 1) ** size : 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      for (let divisor = 1; divisor <= row - column + 1; divisor++)
        matrix[row * size + column]! /= divisor;
    }
  }
  let power: Scaled = { matrix, exponent: 0 };
  let result: Scaled = {
    matrix: Float64Array.from({ length: size * size }, (_, cell) =>
      cell % (size + 1) === 0 ? 1 : 0,
    ),
    exponent: 0,
  };
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = product(result, power, size);
    if (left > 1) power = product(power, power, size);
  }
  let value = result.matrix[(k - 1) * size + k - 1]!;
  let exponent = result.exponent;
  for (let step = 1; step <= n; step++) {
    value *= step / n;
    if (value < 1e-140) {
      value *= 1e140;
      exponent -= 140;
    }
  }
  return Math.max(0, Math.min(1, 1 - value * 10 ** exponent));
}

/** A square matrix times ten to a power. */
interface Scaled {
  readonly matrix: Float64Array;
  readonly exponent: number;
}

function product(one: Scaled, other: Scaled, size: number): Scaled {
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = one.matrix[row * size + inner]!;
      for (let column = 0; column < size; column++)
        matrix[row * size + column]! += factor * other.matrix[inner * size + column]!;
    }
  }
  let exponent = one.exponent + other.exponent;
  if (matrix[(size >> 1) * size + (size >> 1)]! > 1e140) {
    for (let index = 0; index < matrix.length; index++) matrix[index]! *= 1e-140;
    exponent += 140;
  }
  return { matrix, exponent };
}
