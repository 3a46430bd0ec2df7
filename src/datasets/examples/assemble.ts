import type { Family } from '#storage/datasetTables.js';
import { answerDoubts } from './answers.js';
import type { ParsedChoice } from './choices.js';
import type { Example, Refusal } from './example.js';
import { labelText, miscount, type Reading, resolveLabel } from './labels.js';
import type { Option } from './options.js';
import { refusal, shown } from './refusals.js';

/** What a row was found to hold, before its label is looked for among its choices. */
export interface Parts {
  readonly family: Family;
  readonly text: string;
  /** The options at their original places. */
  readonly options: readonly Option[];
  /** Those of them that hold a text, as a rater sees them. */
  readonly choices: readonly ParsedChoice[];
  /** The option that the choices themselves mark as right; absent where they mark none. */
  readonly marked?: number | null;
  readonly label: unknown;
  readonly reading: Reading;
  readonly confidence: unknown;
  readonly fixedOrder: boolean;
  readonly removed?: readonly string[];
  readonly doubts: readonly string[];
  /** The answers that do not match the behaviour, where the row names them. */
  readonly notMatching?: unknown;
}

/** A number as people write it, with a point or a comma before its decimals. */
const decimal = /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?$/i;

/** A confidence as a row has it; undefined where it is no number between 0 and 1. */
export function confidenceIn(value: unknown): number | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  const number =
    typeof value === 'string' && decimal.test(value.trim())
      ? Number(value.replace(',', '.'))
      : value;
  return typeof number === 'number' && number >= 0 && number <= 1 ? number : undefined;
}

const named = (choices: readonly ParsedChoice[]): string =>
  choices.map(({ key, text }) => (key === text ? key : `${key} ${text}`.slice(0, 60))).join(', ');

/** The option that the label names; null where the row has no label. */
function labelled({ options, choices, label, reading, marked }: Parts): number | null | Refusal {
  if (marked !== undefined && marked !== null) return marked;
  const text = labelText(label);
  if (text === null) return null;
  if (text === undefined) return refusal('bad_label', `It holds ${shown(label)}.`);
  const option = resolveLabel(text, options, reading);
  if (option >= 0) return option;
  const miscounted = miscount(text, options, reading);
  return miscounted === undefined
    ? refusal(
        'label_not_among_choices',
        `The label is ${shown(label)}, the choices are ${named(choices)}.`,
      )
    : refusal('label_miscounted', miscounted);
}

/** Makes an example of what a row holds, or says why its label or confidence cannot be read. */
export function assemble(parts: Parts): Example | Refusal {
  const confidence = confidenceIn(parts.confidence);
  if (confidence === undefined)
    return refusal('bad_confidence', `It is ${shown(parts.confidence)}.`);
  const option = labelled(parts);
  if (option !== null && typeof option === 'object') return option;
  const { family, text, options, choices, fixedOrder, doubts } = parts;
  if (option !== null && options[option]?.text === null)
    return refusal('label_of_empty_choice', `The label is ${shown(parts.label)}.`);
  return {
    family,
    text,
    choices,
    labelChoice:
      option === null
        ? null
        : option - options.slice(0, option).filter((other) => other.text === null).length,
    labelConfidence: confidence,
    fixedOrder,
    removed: parts.removed ?? [],
    doubts: [
      ...doubts,
      ...answerDoubts(parts.notMatching, option, (answer) =>
        resolveLabel(answer, options, parts.reading),
      ),
    ],
  };
}
