import { basename } from 'node:path';
import { z } from 'zod';
import type { AlphaLevel } from '#statistics/agreement/alpha.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';
import { count, plural } from '#web/format.js';
import { type Command, type CommandContext, inputFile } from '../command.js';
import { printable } from '../terminal.js';
import { type Answers, asList, orders, readList } from './answers.js';
import type { Missing, MissingOptions } from './missing.js';
import { type GivenRating, type RatingColumns, readRatings } from './readRatings.js';
import { type UnderstoodRatings, understandRatings } from './understandRatings.js';

/** The options that say how a file of ratings is read. */
export const readingOptions = {
  item: z.string().trim().min(1).default('item'),
  rater: z.string().trim().min(1).default('rater'),
  value: z.string().trim().min(1).default('value'),
  categories: z.string().optional(),
  missing: z.string().optional(),
} as const;

/** The same for the help of a command. */
export const columnOptions: NonNullable<Command['options']> = [
  ['--item <column>', 'column of the items (item)'],
  ['--rater <column>', 'column of the raters (rater)'],
  ['--value <column>', 'column of the answers (value)'],
];
export const answerOptions: NonNullable<Command['options']> = [
  [
    '--categories <list>',
    'all answers that were possible, in their order, with commas between and "quotes" around one that holds a comma',
  ],
  [
    '--missing <list>',
    'what stands for an answer that was not given, beside empty cells (NA, N/A, NaN, null, None and the like)',
  ],
];

/** Adds a complaint for each option that names the column of another one before it. */
export function eachColumnOnce(columns: RatingColumns, context: z.core.$RefinementCtx): void {
  const named = new Map<string, string>();
  for (const option of ['item', 'rater', 'value', 'gold'] as const) {
    const column = columns[option];
    const other = column === undefined ? undefined : named.get(column);
    if (other !== undefined)
      context.addIssue({
        code: 'custom',
        path: [option],
        message: `names the column of --${other}`,
      });
    else if (column !== undefined) named.set(column, option);
  }
}

/** An empty list: only an empty cell is missing. */
const missingMarkers = (list: string): string[] =>
  list.trim() === '' ? [] : readList(list, '--missing');

/** How answers are read, from the options of a command. */
export const answersRead = (options: {
  readonly categories?: string | undefined;
  readonly missing?: string | undefined;
}): MissingOptions => ({
  categories:
    options.categories === undefined ? undefined : readList(options.categories, '--categories'),
  markers: options.missing === undefined ? undefined : missingMarkers(options.missing),
});

export interface FileOfRatings {
  readonly file: string;
  readonly format: string;
  readonly given: readonly GivenRating[];
  readonly understood: UnderstoodRatings;
  readonly ratings: Ratings;
}

/**
 * Reads the ratings of a file. Throws a `Problem` where there is no such file, or where it cannot be
 * read to its end.
 */
export async function readFileOfRatings(
  path: string,
  columns: RatingColumns,
  reading: MissingOptions & { readonly level: AlphaLevel },
): Promise<FileOfRatings> {
  const file = await inputFile(path);
  const { format, rows } = await readRatings(file, columns);
  const understood = understandRatings(rows, reading);
  return { file, format, given: rows, understood, ratings: buildRatings(understood.rows) };
}

/** What was left out, and what was taken for missing. */
function missingWords({ markers, answers, items, raters }: Missing): string {
  const sum = [...answers.values()].reduce((total, rows) => total + rows, 0);
  const given = [...answers].map(
    ([marker, rows]) => `${count(rows)} ${marker === '' ? 'empty' : `“${marker}”`}`,
  );
  const left = [
    ...(sum === 0 ? [] : [`${plural(sum, 'answer')} (${given.join(', ')})`]),
    ...(items === 0 ? [] : [`${plural(items, 'row')} without an item`]),
    ...(raters === 0 ? [] : [`${plural(raters, 'row')} without a rater`]),
  ];
  return `missing: ${left.length === 0 ? 'nothing' : `${left.join(', ')}, left out`}; taken for missing answers: ${['empty cells', ...markers].join(', ')}`;
}

/** At most so many answers are named on one line. */
export const mostAnswers = 20;

/** The possible answers with the order that they are in. */
function answerWords({ categories, order }: Answers): string {
  const more = categories.length - mostAnswers;
  return `${plural(categories.length, 'category', 'categories')}, ${orders[order]}: ${asList(categories.slice(0, mostAnswers), ', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

/** Says what the file was taken for: columns, level, answers, what is missing. */
export function sayReading(
  context: CommandContext,
  { file, format, understood }: FileOfRatings,
  { columns, level }: { readonly columns: RatingColumns; readonly level: AlphaLevel },
): void {
  // What a file says may hold line ends, which must not look like lines of the answer.
  const say = (line: string): void => context.say(printable(line));
  const { item, rater, value, gold } = columns;
  say(
    `${basename(file)}, ${format}: items from “${item}”, raters from “${rater}”, answers from “${value}”${gold === undefined ? '' : `, right answers from “${gold}”`}`,
  );
  say(`level ${level}; ${answerWords(understood.answers)}`);
  say(missingWords(understood.missing));
}

/** How often a rater answered an item twice; begins with a blank, empty where nobody did. */
export const repeatedWords = (
  { repeated }: Pick<Ratings, 'repeated'>,
  { changed }: UnderstoodRatings,
): string =>
  repeated > 0
    ? ` ${plural(repeated, 'row repeats', 'rows repeat')} a rater and item, ${count(changed)} with another answer; the last one in the file counts.`
    : '';

/** What was read, for machines. */
export const readingAnswer = ({ file, format, understood, ratings }: FileOfRatings) => ({
  file,
  format,
  order: understood.answers.order,
  missing: {
    ...understood.missing,
    answers: Object.fromEntries(understood.missing.answers),
  },
  repeated: ratings.repeated,
  changed: understood.changed,
  categories: understood.answers.categories,
});
