import type { Row } from './cells.js';
import { confidenceIn } from './assemble.js';
import { columnsNamed, documentedColumns } from './columns.js';
import { addLabels, type Doubts, type Draft, quoted } from './draft.js';
import { labelText } from './labels.js';
import { carriesLabel, columnsRead } from './mapping.js';
import { LabelReadings } from './readings.js';

/** Names that columns of labels have, beside the documented ones. */
export const likeLabel =
  /^cop$|label|answer|gold|target|correct|solution|key|winner|best|right|truth/i;

/**
 * The column of the label: one of a documented name, else one whose every value names a choice,
 * which is a doubt; null where there is none, or where the choices carry the label.
 */
export function labelColumn(
  rows: readonly Row[],
  names: readonly string[],
  draft: Omit<Draft, 'label' | 'confidence'>,
  doubts: Doubts,
): string | null {
  if (carriesLabel(draft.choices)) return null;
  const used = columnsRead({ ...draft, label: null, confidence: null });
  const free = names.filter((name) => !used.includes(name));
  const labels = columnsNamed(free, documentedColumns.label);
  const filled = labels.filter((name) => rows.some((row) => labelText(row[name]) !== null));
  const documented = filled.length > 0 ? filled : labels;
  const [first] = documented;
  if (first !== undefined) {
    const same = rows.every((row) =>
      documented.every((name) => labelText(row[name]) === labelText(row[first])),
    );
    if (!same) doubts.reasons.push(`The label could be in ${quoted(documented)}.`);
    return first;
  }
  const found = free
    .toSorted((one, other) => Number(likeLabel.test(other)) - Number(likeLabel.test(one)))
    .find((name) => {
      const readings = new LabelReadings(draft.choices, {});
      addLabels(readings, rows, { ...draft, label: name, confidence: null });
      const { reading, share } = readings.decide(true);
      const numbered = reading.as === 'position' || reading.as === 'one-zero';
      return readings.labels > 0 && share === 1 && (likeLabel.test(name) || !numbered);
    });
  if (found !== undefined)
    doubts.reasons.push(
      `No column has a name that says that it is the label; “${found}” could be.`,
    );
  return found ?? null;
}

/** A column of that name where most of what it holds is a confidence; other rows are rejected. */
export const confidenceColumn = (rows: readonly Row[], names: readonly string[]): string | null =>
  columnsNamed(names, documentedColumns.confidence).find((name) => {
    const filled = rows.map((row) => confidenceIn(row[name])).filter((value) => value !== null);
    return filled.filter((value) => value !== undefined).length >= filled.length / 2;
  }) ?? null;
