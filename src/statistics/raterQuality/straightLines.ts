/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { shareOfRows } from './accuracy.js';
import { type Ordered, rowsOf } from './judged.js';
import { fewestJudgments, type Signal, silent } from './signal.js';

/** Answers of one kind, with how often each is given about each item. */
export interface Answers {
  /** By row; -1 where none was given. */
  readonly values: Int32Array;
  readonly count: number;
  /** counts[item * count + value] over all rows. */
  readonly counts: Int32Array;
  readonly totals: Int32Array;
  readonly shares: Float64Array;
}

/** Votes by which the answers about an item are drawn towards those about all items. */
const drawn = 2;

/** Counts the answers about each item. */
export function answersOf(judged: Ordered, values: Int32Array, count: number): Answers {
  const counts = new Int32Array(judged.itemCount * count);
  const totals = new Int32Array(judged.itemCount);
  const shares = new Float64Array(count);
  let all = 0;
  for (let row = 0; row < values.length; row++) {
    if (values[row]! < 0) continue;
    counts[judged.items[row]! * count + values[row]!]!++;
    totals[judged.items[row]!]!++;
    shares[values[row]!]!++;
    all++;
  }
  return { values, count, counts, totals, shares: shares.map((sum) => sum / Math.max(1, all)) };
}

/**
 * How likely each answer is from another rater, by the rater's rows: chances[row * count + answer].
 * The rater's own answer is left out; items with few others are drawn towards all items.
 */
function chancesOf(judged: Ordered, answers: Answers, rows: Int32Array): Float64Array {
  const { count, values, counts, totals, shares } = answers;
  const chances = new Float64Array(rows.length * count);
  for (const [index, row] of rows.entries()) {
    const item = judged.items[row]!;
    for (let answer = 0; answer < count; answer++) {
      const others = counts[item * count + answer]! - (values[row] === answer ? 1 : 0);
      chances[index * count + answer] =
        (others + drawn * shares[answer]!) / (totals[item]! - 1 + drawn);
    }
  }
  return chances;
}

/**
 * The longest run of one answer in a rater's work. The limits are what is expected of raters who
 * answer each item as the others did, in the same order (exact): a longer run is unusual, and where
 * most items have the same answer a long one is not.
 */
export function longestRun(judged: Ordered, rater: number, answers: Answers): Signal {
  const rows = rowsOf(judged, rater).filter((row) => answers.values[row]! >= 0);
  const n = rows.length;
  if (n < fewestJudgments) return silent('too-few', n);
  let [longest, end, length] = [0, 0, 0];
  for (let place = 0; place < n; place++) {
    const same = place > 0 && answers.values[rows[place]!] === answers.values[rows[place - 1]!];
    length = same ? length + 1 : 1;
    if (length > longest) [longest, end] = [length, place];
  }
  const chances = chancesOf(judged, answers, rows);
  /** The shortest length of which a longest run is at most as long with this probability. */
  const quantile = (p: number): number => {
    let [low, high] = [1, 1];
    while (high < n && chanceOfNoRun(chances, answers.count, high + 1) < p)
      [low, high] = [high + 1, Math.min(n, 2 * high)];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (chanceOfNoRun(chances, answers.count, middle + 1) >= p) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    kind: 'measured',
    value: longest,
    lower: quantile(0.025),
    upper: quantile(0.975),
    limits: 'expected',
    n,
    rows: rows.slice(end - longest + 1, end + 1),
    expected: quantile(0.5),
  };
}

/** A run less likely than this adds nothing to a sum of probabilities. */
const negligible = 1e-16;

/**
 * The probability that independent answers have no run of one answer as long as `length`.
 * @param chances by place and answer
 */
export function chanceOfNoRun(chances: Float64Array, count: number, length: number): number {
  const n = chances.length / count;
  if (length > n) return 1;
  if (length < 2) return 0;
  // free[i]: no such run among the first i; ending[i]: that, and answer a is the i-th.
  const free = new Float64Array(n + 1);
  free[0] = 1;
  const ending = Array.from({ length: count }, () => new Float64Array(n + 1));
  const chanceOf = (place: number, answer: number): number =>
    chances[(place - 1) * count + answer]!;
  for (let place = 1; place <= n; place++) {
    for (let answer = 0; answer < count; answer++) {
      let value = chanceOf(place, answer) * free[place - 1]!;
      const before = place - length;
      if (before >= 0) {
        let whole = 1;
        for (let at = place; at > before && whole > negligible; at--) whole *= chanceOf(at, answer);
        value -= whole * (free[before]! - ending[answer]![before]!);
      }
      ending[answer]![place] = Math.max(0, value);
      free[place]! += Math.max(0, value);
    }
  }
  return Math.min(1, free[n]!);
}

/** The share of a rater's most frequent answer, beside the share others give it on these items. */
export function shareOfOneAnswer(judged: Ordered, rater: number, answers: Answers): Signal {
  const rows = rowsOf(judged, rater).filter((row) => answers.values[row]! >= 0);
  if (rows.length < fewestJudgments) return silent('too-few', rows.length);
  const given = new Int32Array(answers.count);
  for (const row of rows) given[answers.values[row]!]!++;
  const top = given.indexOf(given.reduce((most, each) => Math.max(most, each), 0));
  const chances = chancesOf(judged, answers, rows);
  let expected = 0;
  for (let index = 0; index < rows.length; index++)
    expected += chances[index * answers.count + top]! / rows.length;
  return shareOfRows(rows, (row) => answers.values[row] === top, expected);
}

/**
 * The share of judgments in which a rater took the choice shown first, where the order of choices
 * was shuffled: one in K is expected whatever the right answers are.
 */
export function firstChoicePreference(judged: Ordered, rater: number): Signal {
  const { positions, choiceCount } = judged;
  if (positions === undefined) return silent('no-positions');
  const rows = rowsOf(judged, rater).filter((row) => positions[row]! >= 0);
  if (rows.length === 0) return silent('no-positions');
  return shareOfRows(rows, (row) => positions[row] === 0, 1 / choiceCount);
}
