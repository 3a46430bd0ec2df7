import { sameAnswer } from './answers.js';
import type { GivenRating } from './readRatings.js';

/** What was left out of a file of ratings, and why. */
export interface Missing {
  /** What was looked for beside empty cells. */
  readonly markers: readonly string[];
  /** Rows without an item, and rows with an item and without a rater. */
  readonly items: number;
  readonly raters: number;
  /** Answers that were not given, in rows with item and rater: marker ('' for empty) → rows. */
  readonly answers: ReadonlyMap<string, number>;
}

/**
 * What R, pandas, databases and spreadsheets write for a cell that holds nothing: in any case of
 * letters, except for Python’s “None”, since “none” is an ordinary answer.
 */
export const usualMarkers = ['NA', 'N/A', '#N/A', '<NA>', 'NaN', 'null', 'None'] as const;

const folded = new Set<string>(
  usualMarkers.filter((marker) => marker !== 'None').map((marker) => marker.toLowerCase()),
);
const isUsual = (text: string): boolean => text === 'None' || folded.has(text.toLowerCase());

/** What to look for beside empty cells, and which of it is an answer all the same. */
export interface MissingOptions {
  /** All answers that were possible. */
  readonly categories?: readonly string[] | undefined;
  /** What stands for an answer that was not given, instead of the usual markers. */
  readonly markers?: readonly string[] | undefined;
}

/** Whether a cell holds no answer: it is empty, or a marker that is no category. */
export function missingAnswers(options: MissingOptions): (answer: string) => boolean {
  const categories = new Set(options.categories?.map(sameAnswer));
  const own = options.markers && new Set(options.markers.map(sameAnswer));
  return (answer) =>
    answer === '' ||
    (!categories.has(sameAnswer(answer)) && (own?.has(sameAnswer(answer)) ?? isUsual(answer)));
}

/**
 * The rows that hold an item, a rater and an answer, and a count of the others. A marker that is
 * named among the categories is an answer.
 */
export function withoutMissing(
  given: readonly GivenRating[],
  options: MissingOptions,
): { rows: GivenRating[]; missing: Missing } {
  const categories = new Set(options.categories?.map(sameAnswer));
  const isMissing = missingAnswers(options);
  const answers = new Map<string, number>();
  let items = 0;
  let raters = 0;
  const rows = given.filter(({ item, rater, answer }) => {
    if (item === '') items += 1;
    else if (rater === '') raters += 1;
    else if (isMissing(answer)) answers.set(answer, (answers.get(answer) ?? 0) + 1);
    else return true;
    return false;
  });
  return {
    rows,
    missing: {
      markers: (options.markers ?? usualMarkers).filter(
        (marker) => !categories.has(sameAnswer(marker)),
      ),
      items,
      raters,
      answers: new Map([...answers].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    },
  };
}
