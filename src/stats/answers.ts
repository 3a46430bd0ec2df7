import { fieldsOf } from '#datasets/formats/csvRecords.js';
import type { AlphaLevel } from '#statistics/agreement/alpha.js';
import { plural } from '#web/format.js';
import type { GivenRating } from './readRatings.js';
import { refused } from './refused.js';

/** Where the order of the answers comes from. */
export const orders = {
  declared: 'in the order of --categories',
  'by-value': 'numbers in the order of their values',
  alphabetical: 'in alphabetical order (at nominal level no order is used)',
} as const;

/** The answers that were possible. */
export interface Answers {
  readonly categories: readonly string[];
  readonly order: keyof typeof orders;
  /** The number that each category is; null where one of them is none. */
  readonly values: Float64Array | null;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const mostNamed = 12;

/** The number that a text is; null where it is none. */
function numberOf(text: string): number | null {
  if (!decimal.test(text)) return null;
  const value = Number(text);
  // Whole numbers of more digits than a number holds are identifiers, which must not run together.
  if (!Number.isFinite(value) || (/^[+-]?\d+$/.test(text) && !Number.isSafeInteger(value)))
    return null;
  return value + 0;
}

/** An answer in the spelling that all its spellings share: “1”, “1.0” and “01” are one answer. */
export function sameAnswer(text: string): string {
  const value = numberOf(text);
  return value === null ? text : String(value);
}

/** A list as the command line takes it: commas between, quotes around what holds one. */
export const asList = (entries: readonly string[], comma = ','): string =>
  entries
    .map((entry) => (/[",]/.test(entry) ? `"${entry.replaceAll('"', '""')}"` : entry))
    .join(comma);

/**
 * A list of answers on the command line, read like a row of a CSV file: commas between, and quotes
 * around an answer that holds one. Throws a `Problem` where it is not one.
 * @param option name of the option, for the sentence
 */
export function readList(list: string, option: string): string[] {
  const entries = fieldsOf(list, { delimiter: ',', quoted: true, spaced: true });
  if (!Array.isArray(entries))
    throw refused('invalid_input', `${option} is not a list: ${entries.fault}`);
  const trimmed = entries.map((entry) => entry.trim());
  if (trimmed.includes(''))
    throw refused('invalid_input', `${option} names an answer without any text.`);
  const known = new Set<string>();
  for (const entry of trimmed) {
    if (known.has(sameAnswer(entry)))
      throw refused('invalid_input', `${option} names “${entry}” twice.`);
    known.add(sameAnswer(entry));
  }
  return trimmed;
}

/**
 * The possible answers in their order: as declared; numbers by value; at nominal level, where the
 * order means nothing, other answers by the alphabet.
 * @throws Problem where the level needs an order or numbers that the answers do not give, or where
 *   an answer is not among the categories
 */
export function orderAnswers(
  rows: readonly Pick<GivenRating, 'line' | 'answer'>[],
  {
    level,
    categories,
  }: { readonly level: AlphaLevel; readonly categories?: readonly string[] | undefined },
): Answers {
  const firstLine = new Map<string, number>();
  for (const { line, answer } of rows) {
    const same = sameAnswer(answer);
    if (!firstLine.has(same)) firstLine.set(same, line);
  }
  const named = (answers: readonly string[]): string =>
    `${answers
      .slice(0, mostNamed)
      .map((answer) => {
        const line = firstLine.get(answer);
        return `“${answer}”${line === undefined ? '' : ` (line ${line})`}`;
      })
      .join(', ')}${answers.length > mostNamed ? ` and ${answers.length - mostNamed} more` : ''}`;
  const declared = categories?.map(sameAnswer);
  const found = (declared ?? [...firstLine.keys()]).map((text) => ({
    text,
    value: numberOf(text),
  }));
  const texts = found
    .filter(({ value }) => value === null)
    .map(({ text }) => text)
    .toSorted();
  const numbers = found.flatMap(({ value }) => (value === null ? [] : [value]));
  if (declared !== undefined) {
    const unknown = [...firstLine.keys()].filter((answer) => !declared.includes(answer));
    if (unknown.length > 0)
      throw refused(
        'unknown_category',
        `The file holds ${plural(unknown.length, 'answer')} that --categories does not name: ${named(unknown)}.`,
      );
  }
  if (texts.length > 0 && (level === 'interval' || level === 'ratio'))
    throw refused(
      'not_numeric',
      `The level ${level} needs answers that are numbers, which ${named(texts)} ${texts.length === 1 ? 'is' : 'are'} not.`,
      'Use --level ordinal with --categories in their order, or --level nominal.',
    );
  const negative = numbers.find((value) => value < 0);
  if (level === 'ratio' && negative !== undefined)
    throw refused(
      'negative',
      `The level ratio needs answers of 0 or more, and ${named([String(negative)])} is below.`,
      'Use --level interval.',
    );
  const ordered = declared ?? [
    ...numbers.toSorted((one, other) => one - other).map(String),
    ...texts,
  ];
  if (declared === undefined && texts.length > 0 && level === 'ordinal')
    throw refused(
      'no_order',
      `The level ordinal needs the order of the answers, since not all of them are numbers: ${named(texts)}.`,
      `Name every answer from the lowest to the highest${ordered.length > mostNamed ? ' with --categories' : `: --categories '${asList(ordered).replaceAll("'", String.raw`'\''`)}', put in order`}.`,
    );
  return {
    categories: ordered,
    order: declared !== undefined ? 'declared' : texts.length === 0 ? 'by-value' : 'alphabetical',
    values: texts.length === 0 ? Float64Array.from(ordered, Number) : null,
  };
}
