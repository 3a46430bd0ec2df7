import { labelText } from './labels.js';
import { isRow } from './cells.js';
import { readQuestion } from './mapped.js';
import type { Mapping } from './mapping.js';
import type { LabelReadings } from './readings.js';

/** The parts of a mapping that columns tell; how labels are read is found from all rows. */
export type Draft = Pick<Mapping, 'text' | 'textAs' | 'choices' | 'label' | 'confidence'>;

/** Reasons gathered on the way. */
export interface Doubts {
  readonly reasons: string[];
  refusal: string | null;
}

/** Names of columns in a sentence. */
export const quoted = (names: readonly string[]): string =>
  names.map((name) => `“${name}”`).join(', ');

/** Adds the labels of rows to readings, each with the options of its row. */
export function addLabels(readings: LabelReadings, rows: readonly unknown[], draft: Draft): void {
  if (draft.label === null) return;
  for (const row of rows) {
    if (!isRow(row)) continue;
    const label = labelText(row[draft.label]);
    if (label === null || label === undefined) continue;
    const question = readQuestion(row, draft);
    if (!('code' in question)) readings.add(label, question.options);
  }
}
