import { mostChoices } from './mapping.js';
import type { Refusal } from './example.js';

/**
 * Why a row that could be read cannot be an example. Each is a line of the list of rejected rows.
 */
export const refusals = {
  not_an_object: 'The row is not an object with named fields.',
  no_text: 'The row has no text to show: the field that should hold it is missing or is not text.',
  missing_choices: 'The question holds no block of lettered choices such as “(A) … (B) …”.',
  bad_choices:
    `The field that should hold the choices holds fewer than two, more than ${mostChoices}, ` +
    'or something that is not text.',
  other_shape: 'The row is of another shape than the other rows of its file.',
  label_not_among_choices: 'The dataset’s own label is none of the choices.',
  label_of_empty_choice: 'The label names a choice that the row leaves empty.',
  label_miscounted:
    'The label is a number that does not fit how the choices are counted, so that no label ' +
    'of the file can be trusted.',
  bad_label: 'The field that should hold the label does not hold text or a number.',
  bad_confidence: 'The confidence is not a number between 0 and 1.',
} as const;
export type RefusalCode = keyof typeof refusals;

/** A refusal with what was found in this row. */
export const refusal = (code: RefusalCode, detail = ''): Refusal => ({
  code,
  message: detail === '' ? refusals[code] : `${refusals[code]} ${detail}`,
});

/** A value as it is quoted in a message, cut to a line. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? `“${value}”` : (JSON.stringify(value) ?? 'nothing');
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
};

/**
 * Whether a row refused with this code says that the other rows would be misread, so that none of
 * its file may come in.
 */
export const refusesFile = (code: string): boolean =>
  code === ('label_miscounted' satisfies RefusalCode);
