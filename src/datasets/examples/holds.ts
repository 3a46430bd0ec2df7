import { lastUserMessage, isRow } from './mapped.js';
import type { Choices } from './mapping.js';
import { readOptions } from './options.js';
import { parsePrinted } from './printed.js';

type Row = Readonly<Record<string, unknown>>;

const most = (rows: readonly Row[], fits: (row: Row) => boolean): boolean =>
  rows.length > 0 && rows.filter(fits).length > rows.length / 2;
const filled = (rows: readonly Row[], name: string): Row[] =>
  rows.filter((row) => row[name] !== undefined && row[name] !== null && row[name] !== '');

/** Whether a column mostly holds text. */
export const holdsText = (rows: readonly Row[], name: string): boolean =>
  most(filled(rows, name), (row) => typeof row[name] === 'string');

/** Whether a column mostly holds lists of messages with one by the user. */
export const holdsMessages = (rows: readonly Row[], name: string): boolean =>
  most(filled(rows, name), (row) => lastUserMessage(row[name]) !== undefined);

/** Whether a column mostly holds lists or objects, printed ones included. */
export const holdsNested = (rows: readonly Row[], name: string): boolean =>
  most(filled(rows, name), (row) => {
    const value = row[name];
    return typeof value === 'string'
      ? parsePrinted(value) !== undefined
      : typeof value === 'object';
  });

const texts = /^(?:text|texts|choice|choices|option|options|content|value|answer)$/i;
const keys = /^(?:label|labels|key|keys|letter|letters|id|ids|option_id)$/i;
const marks = /^(?:labels?|marks?|scores?|correct|is_correct)$/i;
const isMark = (value: unknown): boolean =>
  value === 0 || value === 1 || value === true || value === false;

/** The ways in which one value could hold choices, the surest first. */
function shapesOf(value: unknown, column: string): Choices[] {
  const whole = typeof value === 'string' ? (parsePrinted(value) ?? value) : value;
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
    for (const choices of shapesOf(row[column], column)) {
      const reads = choices.kind !== 'yes-no' && choices.kind !== 'block';
      if (!reads || 'reason' in readOptions(row, choices)) continue;
      const key = JSON.stringify(choices);
      const found = shapes.get(key) ?? { choices, count: 0 };
      shapes.set(key, { choices, count: found.count + 1 });
    }
  return [...shapes.values()]
    .toSorted((one, other) => other.count - one.count)
    .find(({ count }) => count > having.length / 2)?.choices;
}

/** True where the choices of a cell are parts of one text, so that a cut could be in a wrong place. */
export const isCut = (choices: Choices): boolean =>
  choices.kind === 'list' && choices.form !== 'texts';
