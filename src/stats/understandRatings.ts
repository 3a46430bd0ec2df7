import type { AlphaLevel } from '#statistics/agreement/alpha.js';
import { indexLabels, type RatingRows } from '#statistics/ratings.js';
import { type Answers, orderAnswers, sameAnswer } from './answers.js';
import { type Missing, type MissingOptions, withoutMissing } from './missing.js';
import type { GivenRating } from './readRatings.js';
import { refused } from './refused.js';

/** What a file of ratings is taken for: everything that is printed before its figures. */
export interface UnderstoodRatings {
  readonly answers: Answers;
  readonly missing: Missing;
  /** Rows that repeat a rater and item with another answer; the last one in the file counts. */
  readonly changed: number;
  /** The names of the items, in the order of their indexes. */
  readonly items: readonly string[];
  readonly rows: RatingRows;
}

/**
 * Answers are counted for every item and every possible answer, and weighed for every two answers:
 * both take memory.
 */
const mostCounts = 100_000_000;

/**
 * What the rows of a file mean, whatever their order: which answers are missing, which are one
 * answer and in which order they are. Items and raters are numbered by their names and rows sorted
 * by both, so that no figure and no resampling depends on the order of the rows; only of rows that
 * repeat a rater and item the later one stays behind the earlier one.
 * @throws Problem where the answers do not suit the level or the categories, or where no rating is
 *   left
 */
export function understandRatings(
  given: readonly GivenRating[],
  options: MissingOptions & { readonly level: AlphaLevel },
): UnderstoodRatings {
  const { rows, missing } = withoutMissing(given, options);
  if (rows.length === 0)
    throw refused('no_ratings', 'The file holds no rating: every row lacks something.');
  const answers = orderAnswers(rows, options);
  const [items, raters] = [inOrder(rows, 'item'), inOrder(rows, 'rater')];
  const { length: size } = answers.categories;
  if (Math.max(items.names.length, size) * size > mostCounts)
    throw refused(
      'too_many_answers',
      `The file holds ${size} different answers about ${items.names.length} items, which are too many to count.`,
      'Round the answers, or put them into classes.',
    );
  const order = rows
    .map((_, index) => index)
    .toSorted(
      (one, other) =>
        (items.indexes[one] ?? 0) - (items.indexes[other] ?? 0) ||
        (raters.indexes[one] ?? 0) - (raters.indexes[other] ?? 0),
    );
  const pick = (indexes: Int32Array): Int32Array =>
    Int32Array.from(order, (index) => indexes[index] ?? 0);
  const values = indexLabels(
    rows.map(({ answer }) => sameAnswer(answer)),
    answers.categories,
  ).indexes;
  const sorted = { items: pick(items.indexes), raters: pick(raters.indexes), values: pick(values) };
  return {
    answers,
    missing,
    changed: sorted.values.filter(
      (value, row) =>
        row > 0 &&
        sorted.items[row] === sorted.items[row - 1] &&
        sorted.raters[row] === sorted.raters[row - 1] &&
        value !== sorted.values[row - 1],
    ).length,
    items: items.names,
    rows: {
      ...sorted,
      itemCount: items.names.length,
      raterCount: raters.names.length,
      categoryCount: answers.categories.length,
    },
  };
}

/** The names of one column in an order that is the same for every order of the rows. */
function inOrder(
  rows: readonly GivenRating[],
  column: 'item' | 'rater',
): { names: string[]; indexes: Int32Array } {
  const all = rows.map((row) => row[column]);
  const { indexes, labels } = indexLabels(all, [...new Set(all)].toSorted());
  return { indexes, names: labels };
}
