import type { Db } from '#storage/database.js';
import { blockOf } from './removed.js';
import { type Choice, choicesOf, type Example } from './storedExample.js';

/** An example as staff see it: parsed, with the label and what was found. */
export interface Sample {
  readonly line: number;
  readonly text: string;
  readonly choices: readonly (Choice & { readonly isLabel: boolean })[];
  /** What the row's text has before, between and behind what is shown. */
  readonly removed: readonly string[];
  readonly labelKey: string | null;
  readonly confidence: number | null;
  readonly detail: string | null;
}

/** The example as staff see it. */
export function sampleOf(
  example: Pick<
    Example,
    'line_number' | 'text' | 'choices' | 'label_choice' | 'label_confidence' | 'raw'
  >,
  detail: string | null = null,
): Sample {
  const choices = choicesOf(example);
  return {
    line: example.line_number,
    text: example.text,
    choices: choices.map((choice, index) => ({
      ...choice,
      isLabel: index === example.label_choice,
    })),
    removed: blockOf(example).removed,
    labelKey: example.label_choice === null ? null : (choices[example.label_choice]?.key ?? null),
    confidence: example.label_confidence,
    detail,
  };
}

const columns = [
  'example.id',
  'line_number',
  'text',
  'choices',
  'label_choice',
  'label_confidence',
  'example.raw',
] as const;

/** The first examples of a dataset on which a finding stands. */
export async function samplesWithFinding(
  db: Db,
  datasetId: number,
  finding: string,
  limit: number,
): Promise<Sample[]> {
  const rows = await db
    .selectFrom('example_finding')
    .innerJoin('example', 'example.id', 'example_finding.example_id')
    .select([...columns, 'example_finding.detail'])
    .where('example_finding.dataset_id', '=', datasetId)
    .where('example_finding.finding', '=', finding)
    .orderBy('example_finding.example_id')
    .limit(limit)
    .execute();
  return rows.map((row) => sampleOf(row, row.detail));
}

/** The first examples of a dataset from a line on. */
export async function samplesFrom(
  db: Db,
  datasetId: number,
  fromLine: number,
  limit: number,
): Promise<Sample[]> {
  const rows = await db
    .selectFrom('example')
    .select(columns)
    .where('dataset_id', '=', datasetId)
    .where('line_number', '>=', fromLine)
    .orderBy('line_number')
    .limit(limit)
    .execute();
  return rows.map((row) => sampleOf(row));
}

/**
 * The example on a line with its raw row and its findings; undefined where no example stands there.
 */
export async function findExampleAt(
  db: Db,
  datasetId: number,
  line: number,
): Promise<
  { example: Example; findings: { finding: string; detail: string | null }[] } | undefined
> {
  const example = await db
    .selectFrom('example')
    .selectAll()
    .where('dataset_id', '=', datasetId)
    .where('line_number', '=', line)
    .executeTakeFirst();
  if (example === undefined) return undefined;
  const findings = await db
    .selectFrom('example_finding')
    .select(['finding', 'detail'])
    .where('example_id', '=', example.id)
    .orderBy('finding')
    .execute();
  return { example, findings };
}
