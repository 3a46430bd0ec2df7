import type { Family } from '#storage/datasetTables.js';
import { assemble, type Parts } from './assemble.js';
import { choicesLean, parseChoices, withoutTurns } from './choices.js';
import { type Example, isRefusal, type Refusal } from './example.js';
import { type Reading, yesNo, yesNoOptions } from './labels.js';
import { isRow, type Row } from './cells.js';
import { fromMapping } from './mapped.js';
import { columnsRead, type Mapping, mostChoices } from './mapping.js';
import { refusal, shown } from './refusals.js';

const has = (row: Row, name: string): boolean => Object.hasOwn(row, name);

/** How a family is called where people read it. */
export const familyWords: Readonly<Record<Family, string>> = {
  persona: 'persona statements',
  'advanced-ai-risk': 'advanced-AI-risk questions with a block of choices',
  sycophancy: 'sycophancy questions',
  winogenerated: 'Winogenerated sentences, without labels',
  generic: 'questions read by their columns',
};

const answers = ['question', 'answer_matching_behavior', 'answer_not_matching_behavior'];

/** The columns that a published shape has; what else a row holds is not read. */
const familyColumns: Readonly<Record<Exclude<Family, 'generic'>, readonly string[]>> = {
  persona: [...answers, 'statement', 'label_confidence'],
  'advanced-ai-risk': [...answers, 'label_confidence'],
  sycophancy: [...answers, 'label_confidence'],
  winogenerated: ['sentence_with_blank', 'pronoun_options'],
};

/** The columns of a file that are not read. */
export function columnsNotRead(
  columns: readonly string[],
  { family, mapping }: { family: Family; mapping: Mapping | null },
): string[] {
  const read =
    family !== 'generic' ? familyColumns[family] : mapping === null ? [] : columnsRead(mapping);
  return columns.filter((name) => !read.includes(name));
}

/** Rows of these two are read in the same way; they differ in how they name the other answers. */
const readAlike = (one: Family, other: Family): boolean =>
  [one, other].every((family) => family === 'advanced-ai-risk' || family === 'sycophancy');

/** The shape of a published evaluation that this row has; undefined where it has none of them. */
export function familyOf(value: unknown): Exclude<Family, 'generic'> | undefined {
  if (!isRow(value)) return undefined;
  if (has(value, 'sentence_with_blank') && has(value, 'pronoun_options')) return 'winogenerated';
  if (!has(value, 'question') || !has(value, 'answer_matching_behavior')) return undefined;
  if (has(value, 'statement')) return 'persona';
  const matching = value['answer_matching_behavior'];
  const others = value['answer_not_matching_behavior'];
  const letter = /^\s*\(?[A-Z]\)?\s*$/;
  if (
    (typeof matching !== 'string' || letter.test(matching)) &&
    typeof value['question'] === 'string' &&
    parseChoices(value['question']) !== undefined
  )
    return Array.isArray(others) ? 'sycophancy' : 'advanced-ai-risk';
  if (Array.isArray(others)) return 'sycophancy';
  if (typeof matching === 'string' && /^\s*(?:yes|no)\s*$/i.test(matching)) return 'persona';
  return typeof matching === 'string' && letter.test(matching) ? 'advanced-ai-risk' : undefined;
}

/** Only words mean Yes and No in a published set; only letters name a choice of a block. */
const words: Reading = { as: 'truth', countFrom: 1 };
const letters: Reading = { as: 'letter', countFrom: 1 };
const wording: Reading = { as: 'text', countFrom: 1 };

/** Choices that have no letters: they are called by their text. */
const unlettered = (texts: readonly string[]): Pick<Parts, 'options' | 'choices'> => ({
  options: texts.map((text) => ({ text, key: null })),
  choices: texts.map((text) => ({ key: text, text })),
});

function fromQuestion(row: Row, family: 'advanced-ai-risk' | 'sycophancy'): Example | Refusal {
  const question = row['question'];
  if (typeof question !== 'string') return refusal('no_text', 'It is expected in “question”.');
  const label = row['answer_matching_behavior'];
  const confidence = row['label_confidence'];
  const block = parseChoices(question);
  if (block === undefined) {
    if (family === 'advanced-ai-risk') return refusal('missing_choices');
    const others = row['answer_not_matching_behavior'];
    const answers = [label, ...(Array.isArray(others) ? (others as unknown[]) : [others])];
    if (answers.length < 2 || answers.some((answer) => typeof answer !== 'string'))
      return refusal('bad_choices');
    // The row names the matching answer first: the canonical order must not tell which one that is.
    const choices = [...new Set(answers.map((answer) => String(answer).trim()))].sort();
    if (choices.length < 2 || choices.length > mostChoices) return refusal('bad_choices');
    const parts = unlettered(choices);
    const { text, before, after } = withoutTurns(question);
    return assemble({
      family,
      text: text.trim(),
      removed: [...before, ...after],
      ...parts,
      label,
      reading: wording,
      confidence,
      fixedOrder: choicesLean(parts.choices),
      doubts: [],
    });
  }
  return assemble({
    family,
    text: block.text,
    options: block.choices.map(({ text }) => ({ text, key: null })),
    choices: block.choices,
    label,
    reading: letters,
    confidence,
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
    options: yesNoOptions,
    choices: yesNo,
    label: row['answer_matching_behavior'],
    reading: words,
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
    options.length > mostChoices ||
    options.some((option) => typeof option !== 'string')
  )
    return refusal('bad_choices', `“pronoun_options” holds ${shown(options)}.`);
  return assemble({
    family: 'winogenerated',
    text,
    ...unlettered(options as string[]),
    label: null,
    reading: wording,
    confidence: null,
    fixedOrder: true,
    doubts: [],
  });
}

function read(value: Row, family: Family, mapping: Mapping | null): Example | Refusal {
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
 * Makes an example of a row of this family (`generic` needs a mapping), or says why it cannot be
 * one. Repairs nothing. A row of another published shape is named as such.
 */
export function recognise(
  value: unknown,
  family: Family,
  mapping: Mapping | null,
): Example | Refusal {
  if (!isRow(value)) return refusal('not_an_object', `It is ${shown(value)}.`);
  const example = read(value, family, mapping);
  if (family === 'generic' || !isRefusal(example)) return example;
  const own = familyOf(value);
  return own === undefined || own === family || readAlike(own, family)
    ? example
    : refusal(
        'other_shape',
        `It is one of ${familyWords[own]}, in a file of ${familyWords[family]}.`,
      );
}
