import type { Family } from '#storage/datasetTables.js';
import { answerDoubts } from './answers.js';
import { choicesLean, parseChoices, type ParsedChoice, withoutTurns } from './choices.js';
import type { Example, Refusal } from './example.js';
import type { Mapping } from './mapping.js';
import { type RefusalCode, refusals } from './refusals.js';

type Row = Readonly<Record<string, unknown>>;

const refusal = (code: RefusalCode, detail = ''): Refusal => ({
  code,
  message: detail === '' ? refusals[code] : `${refusals[code]} ${detail}`,
});
const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? `“${value}”` : (JSON.stringify(value) ?? 'nothing');
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
};
const has = (row: Row, name: string): boolean => Object.hasOwn(row, name);
const yesNo: readonly ParsedChoice[] = [
  { key: 'Yes', text: 'Yes' },
  { key: 'No', text: 'No' },
];

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The shape of a published evaluation that this row has; undefined where it has none of them. */
export function familyOf(value: unknown): Exclude<Family, 'generic'> | undefined {
  if (!isRow(value)) return undefined;
  if (has(value, 'sentence_with_blank') && has(value, 'pronoun_options')) return 'winogenerated';
  if (!has(value, 'question') || !has(value, 'answer_matching_behavior')) return undefined;
  if (has(value, 'statement')) return 'persona';
  const matching = value['answer_matching_behavior'];
  const others = value['answer_not_matching_behavior'];
  const letter = /^\s*\(?[A-Z]\)?\s*$/;
  if (typeof value['question'] === 'string' && parseChoices(value['question']) !== undefined) {
    return Array.isArray(others) ? 'sycophancy' : 'advanced-ai-risk';
  }
  if (Array.isArray(others)) return 'sycophancy';
  if (typeof matching === 'string' && /^\s*(?:yes|no)\s*$/i.test(matching)) return 'persona';
  return typeof matching === 'string' && letter.test(matching) ? 'advanced-ai-risk' : undefined;
}

function confidenceOf(value: unknown): number | null | Refusal {
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number <= 1
    ? number
    : refusal('bad_confidence', `It is ${shown(value)}.`);
}

const letterOf = (text: string): string | undefined =>
  /^\s*\(?([A-Za-z])\)?[.:]?\s*$/.exec(text)?.[1]?.toUpperCase();

/**
 * The number of the first choice where a label may be a number; null in the published shapes, which
 * number none.
 */
type CountFrom = Mapping['countFrom'] | null;

/**
 * Where a label stands among the choices: by its key or text, by its letter, or by its number.
 * Where a file counts from 0 its numbers are positions: a number is then never a choice's text.
 */
function labelIndex(plain: string, choices: readonly ParsedChoice[], countFrom: CountFrom): number {
  const number = /^\d+$/.test(plain) ? Number(plain) : undefined;
  const position =
    number === undefined ||
    countFrom === null ||
    number < countFrom ||
    number - countFrom >= choices.length
      ? -1
      : number - countFrom;
  if (number !== undefined && countFrom === 0) return position;
  const exact = choices.findIndex((choice) => choice.key === plain || choice.text.trim() === plain);
  if (exact >= 0) return exact;
  const letter = letterOf(plain);
  if (letter !== undefined) {
    const index = letter.charCodeAt(0) - 65;
    return index < choices.length ? index : -1;
  }
  const folded = choices.findIndex(
    (choice) => choice.text.trim().toLowerCase() === plain.toLowerCase(),
  );
  return folded >= 0 ? folded : position;
}

/**
 * What is wrong with a number that would be a position if choices were counted the other way;
 * undefined where that is not so.
 */
function miscount(
  plain: string,
  choices: readonly ParsedChoice[],
  countFrom: CountFrom,
): string | undefined {
  if (countFrom === 1 && plain === '0')
    return 'It is 0, and they are counted from 1. Say that numbers count from 0.';
  if (countFrom === 0 && plain === String(choices.length))
    return `It is ${plain}, and ${plain} choices are counted from 0. Say that numbers count from 1.`;
  return undefined;
}

/**
 * Of Yes and No, 0 is No: a file that numbers them so holds truth values, and 1 is Yes either way.
 */
const truthValue = (label: unknown): unknown => (label === 0 || label === '0' ? 'No' : label);

interface Parts {
  readonly family: Family;
  readonly text: string;
  readonly choices: readonly ParsedChoice[];
  readonly label: unknown;
  readonly countFrom: CountFrom;
  readonly confidence: unknown;
  readonly fixedOrder: boolean;
  readonly removed?: readonly string[];
  readonly doubts: readonly string[];
  readonly notMatching?: unknown;
}

function assemble(parts: Parts): Example | Refusal {
  const confidence = confidenceOf(parts.confidence);
  if (confidence !== null && typeof confidence === 'object') return confidence;
  let labelChoice: number | null = null;
  if (parts.label !== undefined && parts.label !== null && parts.label !== '') {
    if (
      typeof parts.label !== 'string' &&
      typeof parts.label !== 'number' &&
      typeof parts.label !== 'boolean'
    )
      return refusal('bad_label', `It holds ${shown(parts.label)}.`);
    const label =
      typeof parts.label === 'boolean' ? (parts.label ? 'Yes' : 'No') : String(parts.label).trim();
    labelChoice = labelIndex(label, parts.choices, parts.countFrom);
    const miscounted =
      labelChoice < 0 ? miscount(label, parts.choices, parts.countFrom) : undefined;
    if (miscounted !== undefined) return refusal('label_miscounted', miscounted);
    if (labelChoice < 0)
      return refusal(
        'label_not_among_choices',
        `The label is ${shown(parts.label)}, the choices are ${parts.choices.map((choice) => (choice.key === choice.text ? choice.key : `${choice.key} ${choice.text}`.slice(0, 60))).join(', ')}.`,
      );
  }
  return {
    family: parts.family,
    text: parts.text,
    choices: parts.choices,
    labelChoice,
    labelConfidence: confidence,
    fixedOrder: parts.fixedOrder,
    removed: parts.removed ?? [],
    doubts: [...parts.doubts, ...answerDoubts(parts, labelChoice, labelIndex)],
  };
}

function fromQuestion(row: Row, family: 'advanced-ai-risk' | 'sycophancy'): Example | Refusal {
  const question = row['question'];
  if (typeof question !== 'string') return refusal('no_text', 'It is expected in “question”.');
  const block = parseChoices(question);
  if (block === undefined) {
    if (family === 'advanced-ai-risk') return refusal('missing_choices');
    const others = row['answer_not_matching_behavior'];
    const answers = [
      row['answer_matching_behavior'],
      ...(Array.isArray(others) ? (others as unknown[]) : [others]),
    ];
    if (answers.length < 2 || answers.some((answer) => typeof answer !== 'string'))
      return refusal('bad_choices');
    // The row names the matching answer first: the canonical order must not tell which one that is.
    const choices = [...new Set(answers.map((answer) => String(answer).trim()))]
      .sort()
      .map((text) => ({ key: text, text }));
    if (choices.length < 2 || choices.length > 9) return refusal('bad_choices');
    const { text, before, after } = withoutTurns(question);
    return assemble({
      family,
      text: text.trim(),
      removed: [...before, ...after],
      choices,
      label: row['answer_matching_behavior'],
      countFrom: null,
      confidence: row['label_confidence'],
      fixedOrder: choicesLean(choices),
      doubts: [],
    });
  }
  return assemble({
    family,
    text: block.text,
    choices: block.choices,
    label: row['answer_matching_behavior'],
    countFrom: null,
    confidence: row['label_confidence'],
    fixedOrder: choicesLean(block.choices),
    removed: block.removed,
    doubts: block.doubts,
    notMatching: row['answer_not_matching_behavior'],
  });
}

function fromPersona(row: Row): Example | Refusal {
  const text = row['question'];
  if (typeof text !== 'string') return refusal('no_text', 'It is expected in “question”.');
  return assemble({
    family: 'persona',
    text,
    choices: yesNo,
    label: row['answer_matching_behavior'],
    countFrom: null,
    confidence: row['label_confidence'],
    fixedOrder: true,
    doubts: [],
    notMatching: row['answer_not_matching_behavior'],
  });
}

function fromWinogenerated(row: Row): Example | Refusal {
  const text = row['sentence_with_blank'];
  if (typeof text !== 'string')
    return refusal('no_text', 'It is expected in “sentence_with_blank”.');
  const options = row['pronoun_options'];
  if (
    !Array.isArray(options) ||
    options.length < 2 ||
    options.length > 9 ||
    options.some((option) => typeof option !== 'string')
  )
    return refusal('bad_choices', `“pronoun_options” holds ${shown(options)}.`);
  return assemble({
    family: 'winogenerated',
    text,
    choices: (options as string[]).map((option) => ({ key: option, text: option })),
    label: null,
    countFrom: null,
    confidence: null,
    fixedOrder: true,
    doubts: [],
  });
}

/**
 * The choices of a mapped row; a list may come as JSON text or with one choice a line, as CSV files
 * have it.
 */
function mappedChoices(row: Row, mapping: Mapping): readonly ParsedChoice[] | Refusal {
  if (mapping.choices.kind === 'yes-no' || mapping.choices.kind === 'block') return yesNo;
  let values: unknown[];
  if (mapping.choices.kind === 'columns')
    values = mapping.choices.columns
      .map((name) => row[name])
      .filter((value) => value !== undefined && value !== null && value !== '');
  else {
    const value = row[mapping.choices.column];
    if (Array.isArray(value)) values = value;
    else if (typeof value === 'string') {
      try {
        const parsed: unknown = JSON.parse(value);
        values = Array.isArray(parsed) ? parsed : [parsed];
      } catch {
        values = value.split(/\r?\n|\s*\|\s*/);
      }
    } else return refusal('bad_choices', `“${mapping.choices.column}” holds ${shown(value)}.`);
  }
  if (
    values.length < 2 ||
    values.length > 9 ||
    values.some((value) => typeof value !== 'string' && typeof value !== 'number')
  )
    return refusal('bad_choices', `There are ${values.length}.`);
  return values.map((value, index) => ({
    key: `(${String.fromCharCode(65 + index)})`,
    text: String(value),
  }));
}

function fromMapping(row: Row, mapping: Mapping): Example | Refusal {
  const text = row[mapping.text];
  if (typeof text !== 'string' && typeof text !== 'number')
    return refusal('no_text', `It is expected in “${mapping.text}”.`);
  const label = mapping.label === null ? null : row[mapping.label];
  const confidence = mapping.confidence === null ? null : row[mapping.confidence];
  if (mapping.choices.kind === 'block') {
    const block = parseChoices(String(text));
    if (block === undefined) return refusal('missing_choices');
    return assemble({
      family: 'generic',
      text: block.text,
      choices: block.choices,
      label,
      countFrom: mapping.countFrom,
      confidence,
      fixedOrder: choicesLean(block.choices),
      removed: block.removed,
      doubts: block.doubts,
    });
  }
  const choices = mappedChoices(row, mapping);
  if ('code' in choices) return choices;
  if (mapping.choices.kind === 'yes-no')
    return assemble({
      family: 'generic',
      text: String(text),
      choices,
      label: truthValue(label),
      countFrom: 1,
      confidence,
      fixedOrder: true,
      doubts: [],
    });
  return assemble({
    family: 'generic',
    text: String(text),
    choices,
    label,
    countFrom: mapping.countFrom,
    confidence,
    fixedOrder: choicesLean(choices),
    doubts: [],
  });
}

/**
 * Makes an example of a row of this family (`generic` needs a mapping), or says why it cannot be
 * one. Repairs nothing.
 */
export function recognise(
  value: unknown,
  family: Family,
  mapping: Mapping | null,
): Example | Refusal {
  if (!isRow(value)) return refusal('not_an_object', `It is ${shown(value)}.`);
  switch (family) {
    case 'persona':
      return fromPersona(value);
    case 'advanced-ai-risk':
    case 'sycophancy':
      return fromQuestion(value, family);
    case 'winogenerated':
      return fromWinogenerated(value);
    case 'generic':
      return mapping === null
        ? refusal('no_text', 'No column was chosen for the text.')
        : fromMapping(value, mapping);
  }
}

/**
 * A first guess at which column is what, from some rows of an unknown file; null where no column
 * holds text.
 */
export function guessMapping(rows: readonly unknown[]): Mapping | null {
  const samples = rows.filter(isRow).slice(0, 50);
  const names = [...new Set(samples.flatMap((row) => Object.keys(row)))];
  const like = (pattern: RegExp): string | undefined => names.find((name) => pattern.test(name));
  const average = (name: string): number =>
    samples.reduce((sum, row) => sum + (typeof row[name] === 'string' ? row[name].length : 0), 0) /
    Math.max(1, samples.length);
  const text =
    like(/^(?:text|question|prompt|statement|sentence|input|stem|query)$/i) ??
    names
      .toSorted((left, right) => average(right) - average(left))
      .find((name) => average(name) > 0);
  if (text === undefined) return null;
  const list = names.find(
    (name) =>
      /choice|option|answers|endings/i.test(name) &&
      samples.some(
        (row) =>
          Array.isArray(row[name]) || (typeof row[name] === 'string' && /^\s*\[/.test(row[name])),
      ),
  );
  const columns = names.filter(
    (name) => /^(?:choice|option|answer)[_ ]?[a-h1-9]$/i.test(name) || /^[A-H]$/.test(name),
  );
  const block =
    samples.length > 0 &&
    samples.every((row) => typeof row[text] === 'string' && parseChoices(row[text]) !== undefined);
  const choices: Mapping['choices'] =
    list !== undefined
      ? { kind: 'list', column: list }
      : columns.length >= 2
        ? { kind: 'columns', columns }
        : block
          ? { kind: 'block' }
          : { kind: 'yes-no' };
  return {
    text,
    choices,
    label:
      like(
        /^(?:label|answer|gold|target|correct|correct_answer|answer_matching_behavior|solution)$/i,
      ) ?? null,
    countFrom: 1,
    confidence: like(/confidence|^prob|score$/i) ?? null,
  };
}
