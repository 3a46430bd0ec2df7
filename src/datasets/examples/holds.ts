import { cellOf, isRow, type Row } from './cells.js';
import { lastUserMessage } from './mapped.js';
import type { Choices } from './mapping.js';
import { readOptions } from './options.js';
import { shown } from './refusals.js';

const most = (rows: readonly Row[], fits: (row: Row) => boolean): boolean =>
  rows.length > 0 && rows.filter(fits).length > rows.length / 2;
const filled = (rows: readonly Row[], name: string): Row[] =>
  rows.filter((row) => row[name] !== undefined && row[name] !== null && row[name] !== '');

/** Whether a column mostly holds text. */
export const holdsText = (rows: readonly Row[], name: string): boolean =>
  most(filled(rows, name), (row) => typeof row[name] === 'string');

/** Whether a column mostly holds lists of messages with one by the user. */
export const holdsMessages = (rows: readonly Row[], name: string): boolean =>
  most(filled(rows, name), (row) => lastUserMessage(row, name) !== undefined);

/** Whether a column mostly holds lists or objects, printed ones included. */
export const holdsNested = (rows: readonly Row[], name: string): boolean =>
  most(filled(rows, name), (row) => typeof cellOf(row, name) === 'object');

type ColumnChoices = Exclude<Choices, { kind: 'yes-no' | 'block' }>;

const texts = /^(?:text|texts|choice|choices|option|options|content|value|answer)$/i;
const keys = /^(?:label|labels|key|keys|letter|letters|id|ids|option_id)$/i;
const marks = /^(?:labels?|marks?|scores?|correct|is_correct)$/i;
const isMark = (value: unknown): boolean =>
  value === 0 || value === 1 || value === true || value === false;

/** The ways in which one cell could hold choices, the surest first. */
function shapesOf(row: Row, column: string): ColumnChoices[] {
  const whole = cellOf(row, column);
  if (Array.isArray(whole)) {
    const first: unknown = whole[0];
    if (!isRow(first)) return [{ kind: 'list', column, form: 'texts' }];
    const names = Object.keys(first);
    const text = names.find((name) => texts.test(name));
    const label = names.find((name) => keys.test(name)) ?? null;
    return text === undefined ? [] : [{ kind: 'objects', column, text, label }];
  }
  if (isRow(whole)) {
    const names = Object.keys(whole);
    const lists = names.filter((name) => Array.isArray(whole[name]));
    const text = lists.find((name) => texts.test(name));
    const other = lists.find((name) => name !== text);
    if (text !== undefined) {
      const marked = other !== undefined && (whole[other] as unknown[]).every(isMark);
      if (marked && marks.test(other)) return [{ kind: 'targets', column, text, marks: other }];
      return [
        { kind: 'lists', column, text, label: lists.find((name) => keys.test(name)) ?? null },
      ];
    }
    if (lists.length > 0) return [];
    return Object.values(whole).every(isMark)
      ? [{ kind: 'scores', column }]
      : [{ kind: 'object', column }];
  }
  return typeof whole === 'string'
    ? [
        { kind: 'list', column, form: 'lines' },
        { kind: 'list', column, form: 'bars' },
      ]
    : [];
}

/**
 * How a column holds choices: the one way in which most of its rows can be read; undefined where
 * there is none.
 */
export function choicesIn(rows: readonly Row[], column: string): Choices | undefined {
  const having = filled(rows, column);
  if (holdsMessages(rows, column)) return undefined;
  const shapes = new Map<string, { choices: Choices; count: number }>();
  for (const row of having)
    for (const choices of shapesOf(row, column)) {
      if ('reason' in readOptions(row, choices)) continue;
      const key = JSON.stringify(choices);
      const found = shapes.get(key) ?? { choices, count: 0 };
      shapes.set(key, { choices, count: found.count + 1 });
    }
  return [...shapes.values()]
    .toSorted((one, other) => other.count - one.count)
    .find(({ count }) => count > having.length / 2)?.choices;
}

/** Why a column does not hold choices: what stands in a row that cannot be read, and what is wrong. */
export function whyNoChoices(rows: readonly Row[], column: string): string {
  const reasonsOf = (row: Row): string[] =>
    shapesOf(row, column).flatMap((choices) => {
      const read = readOptions(row, choices);
      return 'reason' in read ? [read.reason] : [];
    });
  const row =
    filled(rows, column).find((one) => reasonsOf(one).length === shapesOf(one, column).length) ??
    rows[0];
  if (row === undefined) return 'It holds nothing.';
  return [`It holds ${shown(row[column])}.`, ...reasonsOf(row).slice(0, 1)].join(' ');
}

/** True where the choices of a cell are parts of one text, so that a cut could be in a wrong place. */
export const isCut = (choices: Choices): boolean =>
  choices.kind === 'list' && choices.form !== 'texts';
