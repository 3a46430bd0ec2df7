import type { Db } from '#storage/database.js';
import { comparisonFindings, excludesByDefault } from '../findingWords.js';
import type { Duplicates } from './duplicates.js';
import { markExamples } from './marks.js';
import type { Pace } from './pace.js';

/** Puts the findings about rows that repeat one another on the rows of a version. */
export async function markRepeats(
  db: Db,
  pace: Pace,
  datasetId: number,
  duplicates: Duplicates,
): Promise<void> {
  await markExamples(db, pace, {
    datasetId,
    finding: comparisonFindings.duplicate,
    excludes: excludesByDefault(comparisonFindings.duplicate),
    marks: duplicates.same.map(([line, first]) => ({ line, detail: `the same as line ${first}` })),
  });
  const contrary = comparisonFindings.contraryLabel;
  const both = [
    duplicates.contrary.map(([line, first]) => ({
      line,
      detail: `the same as line ${first}, which has another label`,
    })),
    duplicates.contrary.map(([line, first]) => ({
      line: first,
      detail: `the same as line ${line}, which has another label`,
    })),
  ];
  for (const marks of both)
    await markExamples(db, pace, {
      datasetId,
      finding: contrary,
      excludes: excludesByDefault(contrary),
      marks,
    });
}
