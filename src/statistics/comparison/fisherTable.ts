/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { logFactorial } from './logFactorial.js';
import { type Table, margins, withoutEmpty } from './tables.js';

/** Partial tables beyond which no exact test of a larger table is made. */
const mostPartialTables = 1e7;

/**
 * Fisher's exact test of a table of any size: the chance of all tables with these margins that are
 * no likelier than it. The columns are cut in two halves, whose partial tables are listed and met
 * by their row sums.
 */
export function fisherExactTable(
  table: Table,
): { readonly kind: 'exact'; readonly p: number } | Undefined {
  const counts = withoutEmpty(table);
  if (counts.length === 0) return undefinedBecause('no-data');
  if (counts.length < 2 || counts[0]!.length < 2) return undefinedBecause('empty-margin');
  const tall =
    counts.length > counts[0]!.length
      ? counts[0]!.map((_, column) => counts.map((row) => row[column]!))
      : counts;
  const [rows, allColumns] = margins(tall);
  const columns = allColumns.toSorted((one, other) => other - one);
  const n = rows.reduce((sum, count) => sum + count, 0);
  const constant =
    [...rows, ...columns].reduce((sum, count) => sum + logFactorial(count), 0) - logFactorial(n);
  const own = constant - tall.flat().reduce((sum, count) => sum + logFactorial(count), 0);
  const left = columns.filter((_, index) => index % 2 === 0);
  const right = columns.filter((_, index) => index % 2 === 1);
  const budget = { left: mostPartialTables };
  const one = partialTables(rows, left, budget);
  const other = one === null ? null : partialTables(rows, right, budget);
  if (one === null || other === null) return undefinedBecause('too-large');
  const threshold = own + 1e-7;
  let p = 0;
  const full = rows.reduce((key, row, index) => key + row * radix(rows, index), 0);
  for (const [key, logs] of one) {
    const partners = other.get(full - key);
    if (partners !== undefined) p += sumBelow(logs, partners, threshold - constant, constant);
  }
  return { kind: 'exact', p: Math.min(1, p) };
}

/** What one more in a row adds to the number that stands for the row sums used up. */
function radix(rows: readonly number[], index: number): number {
  return rows.slice(0, index).reduce((product, row) => product * (row + 1), 1);
}

/**
 * Log weights (minus the log factorials of the cells) of all ways to fill the columns, by the row
 * sums that they use up.
 */
function partialTables(
  rows: readonly number[],
  columns: readonly number[],
  budget: { left: number },
): Map<number, number[]> | null {
  let found = new Map<number, number[]>([[0, [0]]]);
  let used = new Map<number, readonly number[]>([[0, rows.map(() => 0)]]);
  for (const column of columns) {
    const ways = fillings(rows, column, budget);
    if (ways === null) return null;
    const next = new Map<number, number[]>();
    const nextUsed = new Map<number, readonly number[]>();
    for (const [key, logs] of found) {
      const before = used.get(key)!;
      for (const way of ways) {
        if (way.cells.some((cell, index) => cell + before[index]! > rows[index]!)) continue;
        budget.left -= logs.length;
        if (budget.left < 0) return null;
        const sums = key + way.key;
        let list = next.get(sums);
        if (list === undefined) {
          next.set(sums, (list = []));
          nextUsed.set(
            sums,
            way.cells.map((cell, index) => cell + before[index]!),
          );
        }
        for (const log of logs) list.push(log + way.log);
      }
    }
    found = next;
    used = nextUsed;
  }
  return found;
}

interface Filling {
  readonly cells: readonly number[];
  readonly key: number;
  readonly log: number;
}

function fillings(
  rows: readonly number[],
  total: number,
  budget: { left: number },
): Filling[] | null {
  const found: Filling[] = [];
  const cells = rows.map(() => 0);
  const after = rows.map((_, index) => rows.slice(index + 1).reduce((sum, row) => sum + row, 0));
  const walk = (index: number, left: number, key: number, log: number): void => {
    if (budget.left < 0) return;
    if (index === rows.length) {
      budget.left--;
      found.push({ cells: [...cells], key, log });
      return;
    }
    const step = radix(rows, index);
    for (
      let cell = Math.max(0, left - after[index]!);
      cell <= Math.min(rows[index]!, left);
      cell++
    ) {
      cells[index] = cell;
      walk(index + 1, left - cell, key + cell * step, log - logFactorial(cell));
    }
  };
  walk(0, total, 0, 0);
  return budget.left < 0 ? null : found;
}

/** The sum of exp(constant + one + other) over all pairs with one + other at most the threshold. */
function sumBelow(
  ones: readonly number[],
  others: readonly number[],
  threshold: number,
  constant: number,
): number {
  const sorted = Float64Array.from(others).sort();
  const sums = new Float64Array(sorted.length + 1);
  const top = sorted.at(-1)!;
  for (const [index, log] of sorted.entries()) sums[index + 1] = sums[index]! + Math.exp(log - top);
  let whole = 0;
  for (const one of ones) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! + one <= threshold) low = middle + 1;
      else high = middle;
    }
    if (low > 0) whole += Math.exp(constant + one + top) * sums[low]!;
  }
  return whole;
}
