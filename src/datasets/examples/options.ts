import { cellOf, isRow, type Row } from './cells.js';
import { type Choices, mostChoices } from './mapping.js';
import { shown } from './refusals.js';

/** One option of a row at its original place; `text` is null where the row leaves it empty. */
export interface Option {
  readonly text: string | null;
  /** The option's own label, such as “A” or “1”; null where the file gives it none. */
  readonly key: string | null;
  /**
   * True where the order of the file is lost, so that no letter and no number of a place names it:
   * JavaScript sorts the whole numbers among the keys of an object.
   */
  readonly unplaced?: true;
}

/** The options of a row in the file's order, and which one the choices themselves mark as right. */
export interface RowOptions {
  readonly options: readonly Option[];
  readonly marked: number | null;
}

/** Why the options of a row cannot be read. */
export interface NoOptions {
  readonly reason: string;
}

/** A text or a number as an option's text; undefined where it is neither. */
const textOf = (value: unknown): string | null | undefined =>
  value === null || value === undefined
    ? null
    : typeof value === 'string'
      ? value
      : typeof value === 'number'
        ? String(value)
        : undefined;

function optionsFrom(
  texts: readonly unknown[],
  keys: readonly unknown[] | null,
): RowOptions | NoOptions {
  const options: Option[] = [];
  for (const [index, entry] of texts.entries()) {
    const text = textOf(entry);
    const key = keys === null ? null : textOf(keys[index]);
    if (text === undefined) return { reason: `One of them is ${shown(entry)}.` };
    if (key === undefined) return { reason: `One is labelled ${shown(keys?.[index])}.` };
    options.push({ text, key: key === null ? null : key.trim() });
  }
  return { options, marked: null };
}

const isSeparated = (value: string): boolean => !/^\s*(?:[[{(]|array\()/.test(value);

/** A list of texts, or a cell whose texts are set apart. */
function fromList(list: unknown, form: 'texts' | 'lines' | 'bars' | 'any'): unknown[] | undefined {
  if (form !== 'lines' && form !== 'bars' && Array.isArray(list)) return list as unknown[];
  if (form === 'texts' || typeof list !== 'string' || !isSeparated(list)) return undefined;
  const between = form === 'lines' ? /\r?\n/ : form === 'bars' ? '|' : /\r?\n|\|/;
  // An empty first line is an option without a text, so that the others keep their places.
  return list
    .trimEnd()
    .split(between)
    .map((part) => part.trim());
}

/** The two lists of an object, where it has both and they are as long as each other. */
function twoLists(
  value: unknown,
  first: string,
  second: string | null,
): { first: unknown[]; second: unknown[] | null } | undefined {
  if (!isRow(value)) return undefined;
  const one = value[first];
  const other = second === null ? null : value[second];
  if (!Array.isArray(one) || (other !== null && !Array.isArray(other))) return undefined;
  if (other !== null && other.length !== one.length) return undefined;
  return { first: one as unknown[], second: other as unknown[] | null };
}

/** True for a number or text that marks a right choice, false for a wrong one. */
const markOf = (value: unknown): boolean | undefined =>
  value === 1 || value === true ? true : value === 0 || value === false ? false : undefined;

function withMark(
  options: RowOptions | NoOptions,
  marks: readonly unknown[],
): RowOptions | NoOptions {
  if ('reason' in options) return options;
  const read = marks.map(markOf);
  const right = read.filter((mark) => mark === true).length;
  if (read.includes(undefined) || right !== 1)
    return { reason: `${right} of them are marked as right, and one should be.` };
  return { ...options, marked: read.indexOf(true) };
}

/** The options of an object, own label → text. */
function fromObject(object: Row): RowOptions | NoOptions {
  const read = optionsFrom(Object.values(object), Object.keys(object));
  if ('reason' in read || !Object.keys(object).some((key) => /^\d+$/.test(key))) return read;
  return { ...read, options: read.options.map((option) => ({ ...option, unplaced: true })) };
}

/** The options that one column of a row holds, read as `choices` says. */
function fromColumn(
  row: Row,
  choices: Exclude<Choices, { kind: 'yes-no' | 'block' | 'columns' }>,
): RowOptions | NoOptions {
  const whole = cellOf(row, choices.column);
  const unread = { reason: `“${choices.column}” holds ${shown(row[choices.column])}.` };
  switch (choices.kind) {
    case 'list': {
      const list = fromList(whole, choices.form);
      return list === undefined ? unread : optionsFrom(list, null);
    }
    case 'lists': {
      const lists = twoLists(whole, choices.text, choices.label);
      return lists === undefined ? unread : optionsFrom(lists.first, lists.second);
    }
    case 'objects': {
      const { text, label } = choices;
      if (!Array.isArray(whole) || !whole.every(isRow)) return unread;
      return optionsFrom(
        whole.map((row) => row[text]),
        label === null ? null : whole.map((row) => row[label]),
      );
    }
    case 'object':
      return isRow(whole) ? fromObject(whole) : unread;
    case 'targets': {
      const lists = twoLists(whole, choices.text, choices.marks);
      return lists === undefined
        ? unread
        : withMark(optionsFrom(lists.first, null), lists.second ?? []);
    }
    case 'scores':
      return isRow(whole)
        ? withMark(optionsFrom(Object.keys(whole), null), Object.values(whole))
        : unread;
  }
}

/**
 * The own labels of columns: their letters, where each name is the same word and a letter of its
 * own (`option_a`, `option_b`; `A`, `B`); none otherwise.
 */
export function columnKeys(columns: readonly string[]): readonly string[] | null {
  const parts = columns.map((name) => /^(.*?)([A-Za-z])$/s.exec(name));
  const first = parts[0]?.[1];
  const keys = parts.flatMap((part) =>
    part !== null && part[1] === first ? [(part[2] ?? '').toUpperCase()] : [],
  );
  return keys.length === columns.length && new Set(keys).size === keys.length ? keys : null;
}

function fromColumns(row: Row, columns: readonly string[]): RowOptions | NoOptions {
  const texts = columns.map((name) => {
    const value = row[name];
    return typeof value === 'string' && value.trim() === '' ? null : value;
  });
  return optionsFrom(texts, columnKeys(columns));
}

/**
 * The options of a mapped row at their original places, an empty one included, so that a letter or a
 * number still means the same option. Yes/No and blocks inside a text are read elsewhere.
 */
export function readOptions(
  row: Row,
  choices: Exclude<Choices, { kind: 'yes-no' | 'block' }>,
): RowOptions | NoOptions {
  const read =
    choices.kind === 'columns' ? fromColumns(row, choices.columns) : fromColumn(row, choices);
  if ('reason' in read) return read;
  const present = read.options.filter((option) => option.text !== null);
  const { length } = present;
  if (length < 2)
    return { reason: `There is ${length === 1 ? 'only 1' : 'none'}; at least 2 are needed.` };
  if (read.options.length > mostChoices)
    return { reason: `There are ${read.options.length}; at most ${mostChoices} are possible.` };
  const keys = read.options.flatMap((option) => (option.key === null ? [] : [option.key]));
  if (new Set(keys).size !== keys.length)
    return { reason: `Two of them have the same label: ${keys.join(', ').slice(0, 80)}.` };
  return read;
}
