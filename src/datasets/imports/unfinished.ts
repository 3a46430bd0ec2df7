import type { FieldFault } from '#web/problem.js';
import { Problem } from '#web/problem.js';
import type { InspectedFile } from './import.js';
import { type FilePlan, isGuess, type Understood } from './plan.js';

/** A file as it was understood, with what is planned for it. */
export interface PlannedFile {
  readonly path: string;
  readonly plan: FilePlan;
  readonly understood: Understood;
}

/**
 * What must be said or corrected before a file can be imported as it is planned; none where nothing
 * is. The fields are those of a plan.
 */
export function unfinishedIn({ path, plan, understood }: PlannedFile): FieldFault[] {
  const faults: FieldFault[] = [];
  if (plan.source === null)
    faults.push({ field: 'source', message: `${path}: say whether a model or people wrote it.` });
  if (plan.family === 'generic' && plan.mapping === null)
    faults.push({ field: 'text', message: `${path}: say which column is the text.` });
  const { samples, reading, guess } = understood;
  for (const { field, sentence } of reading.questions)
    faults.push({ field, message: `${path}: ${sentence}` });
  if (isGuess(plan))
    faults.push({
      field: 'confirmed',
      message: [
        `${path}: which column is what is a guess.`,
        ...(guess === null ? [] : [guess]),
        'Look at the first rows, correct the mapping, and confirm that it is right.',
      ].join(' '),
    });
  if (faults.length === 0 && samples.length === 0)
    faults.push({
      field: 'leaveOut',
      message:
        `${path}: none of the first rows can be read like this. Correct the mapping, or leave ` +
        'the file out.',
    });
  return faults;
}

/** Refuses mappings with columns that a file does not have. Throws a 422 `Problem` that names both. */
export function refuseUnknownColumns(files: readonly InspectedFile[]): void {
  const wrong = files.filter(
    ({ plan, unknownColumns }) => !plan.leaveOut && unknownColumns.length > 0,
  );
  if (wrong.length === 0) return;
  const named = (names: readonly string[]): string => names.map((name) => `“${name}”`).join(', ');
  const faults = wrong.map(({ path, understood, unknownColumns }) => ({
    field: path,
    message: `There is no column ${named(unknownColumns)}; the columns are ${named(understood.columns.slice(0, 50))}.`,
  }));
  throw new Problem(
    422,
    'unknown_column',
    'The mapping names columns that are not there.',
    'Nothing was imported. Correct the mapping, give each file its own, or leave the file out.',
    faults,
  );
}
