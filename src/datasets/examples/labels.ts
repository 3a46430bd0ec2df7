import type { ParsedChoice } from './choices.js';
import type { LabelAs } from './mapping.js';
import type { Option } from './options.js';

/** One way of reading the labels of a file. */
export interface Reading {
  readonly as: LabelAs;
  readonly countFrom: 0 | 1;
}

/** The choices of a question to be answered with Yes or No, and the same as options. */
export const yesNo: readonly ParsedChoice[] = [
  { key: 'Yes', text: 'Yes' },
  { key: 'No', text: 'No' },
];
export const yesNoOptions: readonly Option[] = yesNo.map(({ text }) => ({ text, key: null }));

/**
 * A label as text: of text, a number, a truth value, or a list of one of them. Null where the row
 * has none, undefined where it holds something else.
 */
export function labelText(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value))
    return value.length === 0 ? null : value.length === 1 ? labelText(value[0]) : undefined;
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const letterOf = (text: string): string | undefined =>
  /^\(?([A-Za-z])\)?[.:]?$/.exec(text)?.[1]?.toUpperCase();
const numberOf = (text: string): number | undefined =>
  /^\d{1,4}(?:\.0+)?$/.test(text) ? Number(text) : undefined;
/** What a word says of Yes and No; undefined for a letter, a number and any other word. */
function truthOf(text: string): boolean | undefined {
  const word = /^(yes|y|true|no|n|false)[.!]?$/i.exec(text.trim())?.[1]?.toLowerCase();
  return word === undefined ? undefined : ['yes', 'y', 'true'].includes(word);
}
const bare = (key: string): string => key.replace(/^\(|[).:]+$/g, '');

function byText(label: string, options: readonly Option[]): number {
  const exact = options.findIndex(({ text }) => text?.trim() === label);
  if (exact >= 0) return exact;
  const folded = label.toLowerCase();
  return options.findIndex(({ text }) => text?.trim().toLowerCase() === folded);
}

/** True where the options stand in the order of the file. */
const arePlaced = (options: readonly Option[]): boolean => options[0]?.unplaced === undefined;

function byLetter(label: string, options: readonly Option[]): number {
  if (!arePlaced(options)) return -1;
  const index = (letterOf(label)?.charCodeAt(0) ?? 0) - 65;
  return index < options.length ? Math.max(-1, index) : -1;
}

function byPosition(label: string, options: readonly Option[], countFrom: 0 | 1): number {
  if (!arePlaced(options)) return -1;
  const index = (numberOf(label) ?? -1) - countFrom;
  return index < options.length ? Math.max(-1, index) : -1;
}

function byTruth(truth: boolean | undefined, options: readonly Option[]): number {
  if (truth === undefined) return -1;
  const meant = options.flatMap(({ text }, index) =>
    text !== null && truthOf(text) === truth ? [index] : [],
  );
  return meant.length === 1 ? (meant[0] ?? -1) : -1;
}

/** How versions that read each label by itself read it: text, else letter, else number. */
function anyhow(label: string, options: readonly Option[], countFrom: 0 | 1): number {
  if (countFrom === 0 && /^\d+$/.test(label)) return byPosition(label, options, 0);
  const text = byText(label, options);
  if (text >= 0) return text;
  return letterOf(label) === undefined
    ? byPosition(label, options, countFrom)
    : byLetter(label, options);
}

/** Of Yes and No, 1 is Yes and 0 is No; letters and places mean neither. */
function ofYesAndNo(label: string, as: LabelAs): number {
  const number = numberOf(label);
  const truth =
    as === 'one-zero' || (as === 'any' && number !== undefined)
      ? number === 1 || (number === 0 ? false : undefined)
      : as === 'truth' || as === 'text' || as === 'any'
        ? truthOf(label)
        : undefined;
  return truth === undefined ? -1 : truth ? 0 : 1;
}

/**
 * Where a label stands among the options at their original places, in one way of reading; -1 where
 * it names none. The option may be empty: a letter or a number keeps its meaning whatever is empty.
 */
export function resolveLabel(label: string, options: readonly Option[], reading: Reading): number {
  if (options === yesNoOptions) return ofYesAndNo(label, reading.as);
  switch (reading.as) {
    case 'text':
      return byText(label, options);
    case 'letter':
      return byLetter(label, options);
    case 'key': {
      const key = bare(label).toUpperCase();
      return options.findIndex(
        (option) => option.key !== null && bare(option.key).toUpperCase() === key,
      );
    }
    case 'position':
      return byPosition(label, options, reading.countFrom);
    case 'truth':
      return byTruth(truthOf(label), options);
    case 'one-zero':
      return -1;
    case 'any':
      return anyhow(label, options, reading.countFrom);
  }
}

/**
 * What is wrong with a number that would be a position if choices were counted the other way;
 * undefined where that is not so.
 */
export function miscount(
  label: string,
  options: readonly Option[],
  reading: Reading,
): string | undefined {
  if (reading.as !== 'position' && reading.as !== 'any') return undefined;
  const number = numberOf(label);
  if (reading.countFrom === 1 && number === 0)
    return 'It is 0, and they are counted from 1. Say that numbers count from 0.';
  if (reading.countFrom === 0 && number === options.length)
    return `It is ${label}, and ${label} choices are counted from 0. Say that numbers count from 1.`;
  return undefined;
}

/**
 * The choices that a rater sees: the options that hold a text, each with its own label or the letter
 * of its original place.
 */
export const choicesFrom = (options: readonly Option[]): readonly ParsedChoice[] =>
  options === yesNoOptions
    ? yesNo
    : options.flatMap(({ text, key }, index) =>
        text === null ? [] : [{ key: `(${bare(key ?? String.fromCharCode(65 + index))})`, text }],
      );
