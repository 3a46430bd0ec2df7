import { cellOf, isRow, type Row } from './cells.js';
import { choicesLean, parseChoices } from './choices.js';
import { assemble } from './assemble.js';
import type { Example, Refusal } from './example.js';
import { choicesFrom, yesNoOptions } from './labels.js';
import type { Mapping } from './mapping.js';
import { type Option, readOptions } from './options.js';
import { refusal } from './refusals.js';

/** The text of one message: text, or a list of parts of which some are text. */
function contentOf(message: Row): string | undefined {
  const content = message['content'] ?? message['value'];
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = content.flatMap((part: unknown) =>
    isRow(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  );
  return parts.length === 0 ? undefined : parts.join('\n');
}

/**
 * The last message of the user in a cell with a list of messages (`role` and `content`, or `from` and
 * `value`); undefined where it holds no such list.
 */
export function lastUserMessage(row: Row, column: string): string | undefined {
  const list = cellOf(row, column);
  if (!Array.isArray(list)) return undefined;
  const last = (list as unknown[]).findLast(
    (message): message is Row =>
      isRow(message) && /^(?:user|human)$/i.test(String(message['role'] ?? message['from'])),
  );
  return last === undefined ? undefined : contentOf(last);
}

/** What a row asks: its text, its options at their original places, and what is doubtful. */
export interface MappedQuestion {
  readonly text: string;
  readonly options: readonly Option[];
  readonly marked: number | null;
  readonly removed?: readonly string[];
  readonly doubts: readonly string[];
}

type QuestionMapping = Pick<Mapping, 'text' | 'textAs' | 'choices'>;

/** The text of a row in its column; undefined where the column holds none. */
export function mappedText(row: Row, { text, textAs }: QuestionMapping): string | undefined {
  if (textAs === 'messages') return lastUserMessage(row, text);
  const value = row[text];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Reads text and options of a mapped row, without its label. */
export function readQuestion(row: Row, mapping: QuestionMapping): MappedQuestion | Refusal {
  const text = mappedText(row, mapping);
  if (text === undefined) return refusal('no_text', `It is expected in “${mapping.text}”.`);
  const { choices } = mapping;
  if (choices.kind === 'yes-no') return { text, options: yesNoOptions, marked: null, doubts: [] };
  if (choices.kind === 'block') {
    const block = parseChoices(text, choices.style);
    if (block === undefined) return refusal('missing_choices');
    const options = block.choices.map((choice) => ({ text: choice.text, key: null }));
    const { removed, doubts } = block;
    return { text: block.text, options, marked: null, removed, doubts };
  }
  const read = readOptions(row, choices);
  return 'reason' in read ? refusal('bad_choices', read.reason) : { text, ...read, doubts: [] };
}

/** Makes an example of a row as a mapping says, or says why it cannot be one. */
export function fromMapping(row: Row, mapping: Mapping): Example | Refusal {
  const question = readQuestion(row, mapping);
  if ('code' in question) return question;
  const { label, labelAs, countFrom, confidence, choices } = mapping;
  const shown = choicesFrom(question.options);
  return assemble({
    family: 'generic',
    ...question,
    choices: shown,
    label: label === null ? null : row[label],
    reading: { as: labelAs, countFrom },
    confidence: confidence === null ? null : row[confidence],
    fixedOrder: choices.kind === 'yes-no' || choicesLean(shown),
  });
}
