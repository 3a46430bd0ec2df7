/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { logFactorial } from '../comparison/logFactorial.js';
import { median } from '../summary.js';
import { groupedRows, type Ordered, rowsOf } from './judged.js';
import { fewestJudgments, type Signal, silent } from './signal.js';

/** Times by which the typical time of an item is drawn towards that of all items. */
const drawn = 3;

/**
 * By row: the logarithm of the time over the item's typical time. That is the median of the item's
 * logarithms, drawn towards the median of all by three times, so that an item with few times is not
 * judged by them alone; the rater's own time is left out. NaN where there is no time, or no time of
 * anybody else.
 */
export function logPaces(judged: Ordered): Float64Array {
  const times = judged.milliseconds;
  const paces = new Float64Array(judged.items.length).fill(NaN);
  if (times === undefined) return paces;
  const logs = times.map((time) => (time > 0 ? Math.log(time) : NaN));
  const all = median(logs.filter((log) => !Number.isNaN(log)));
  if (all === null) return paces;
  const { order, start } = groupedRows(judged.items, judged.itemCount);
  for (let item = 0; item < judged.itemCount; item++) {
    const rows = order
      .subarray(start[item], start[item + 1])
      .filter((row) => !Number.isNaN(logs[row]!))
      .sort((one, other) => logs[one]! - logs[other]! || one - other);
    const others = rows.length - 1;
    // Against nobody's time nothing can be said.
    if (others < 1) continue;
    for (let place = 0; place < rows.length; place++) {
      const at = (index: number): number => logs[rows[index < place ? index : index + 1]!]!;
      const middle = Math.floor(others / 2);
      const own = others % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
      const typical = (others * own + drawn * all) / (others + drawn);
      paces[rows[place]!] = logs[rows[place]!]! - typical;
    }
  }
  return paces;
}

/**
 * The time a rater takes as a multiple of what others take on the same items: the median over
 * their judgments, with limits from the sign test (order statistics; at five judgments the smallest
 * and the largest, which cover the median in 94 %). .5 is twice as fast as others.
 */
export function pace(judged: Ordered, rater: number, paces: Float64Array): Signal {
  if (judged.milliseconds === undefined) return silent('no-times');
  const rows = rowsOf(judged, rater).filter((row) => !Number.isNaN(paces[row]!));
  const n = rows.length;
  if (n < fewestJudgments) return silent(n === 0 ? 'no-times' : 'too-few', n);
  const sorted = Float64Array.from(rows, (row) => paces[row]!).sort();
  const outside = leftOutOfMedian(n);
  return {
    kind: 'measured',
    value: Math.exp(median(sorted) ?? 0),
    lower: Math.exp(sorted[outside]!),
    upper: Math.exp(sorted[n - 1 - outside]!),
    limits: 'confidence',
    n,
    rows,
    expected: 1,
  };
}

/** How many of n values a 95 % interval of the median leaves out at each end. */
function leftOutOfMedian(n: number): number {
  let below = 0;
  for (let count = 0; ; count++) {
    below += Math.exp(
      logFactorial(n) - logFactorial(count) - logFactorial(n - count) - n * Math.LN2,
    );
    if (below > 0.025) return count;
  }
}
