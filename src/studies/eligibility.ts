import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { findings } from '#datasets/findings/findings.js';
import type { StudySettings } from './settings.js';

/** Findings whose rows never stand in a comparison of two sources. */
export const comparisonFindings = ['in-both-sets', 'few-shot-copy'] as const;

/** How many examples of a dataset may be sampled, and why the others may not. */
export interface Eligibility {
  readonly examples: number;
  readonly eligible: number;
  /** Left out, by finding; an example with two findings is counted under both. */
  readonly leftOut: readonly {
    readonly finding: string;
    readonly title: string;
    readonly count: number;
  }[];
}

/**
 * The findings whose examples this study leaves out; `paired` where the dataset stands in a pair.
 */
export function excludedFindings(settings: StudySettings, paired: boolean): string[] {
  const chosen =
    settings.excludedFindings ??
    findings.filter((finding) => finding.excludes).map((finding) => finding.name);
  return [
    ...new Set([...chosen, ...(settings.leaveOutShared && paired ? comparisonFindings : [])]),
  ];
}

/** An example that may be sampled, with what sampling needs of it. */
export interface Candidate {
  readonly id: number;
  readonly label: number | null;
  readonly confidence: number | null;
}

/**
 * The findings of a dataset's examples as they stand now, by example; names in the order of the
 * alphabet.
 */
export async function findingsByExample(db: Db, datasetId: number): Promise<Map<number, string[]>> {
  const rows = await db
    .selectFrom('example_finding')
    .select(['example_id', 'finding'])
    .where('dataset_id', '=', datasetId)
    .orderBy('finding')
    .execute();
  const found = new Map<number, string[]>();
  for (const { example_id: example, finding } of rows)
    found.set(example, [...(found.get(example) ?? []), finding]);
  return found;
}

const eligible = (db: Db, datasetId: number, excluded: readonly string[]) =>
  db
    .selectFrom('example')
    .where('example.dataset_id', '=', datasetId)
    .$if(excluded.length > 0, (query) =>
      query.where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('example_finding')
              .select('example_finding.finding')
              .whereRef('example_finding.example_id', '=', 'example.id')
              .where('example_finding.finding', 'in', [...excluded]),
          ),
        ),
      ),
    );

/** Examples of a dataset without any of these findings, in file order. */
export async function eligibleExamples(
  db: Db,
  datasetId: number,
  excluded: readonly string[],
): Promise<Candidate[]> {
  const rows = await eligible(db, datasetId, excluded)
    .select(['example.id', 'example.label_choice', 'example.label_confidence'])
    .orderBy('example.line_number')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    label: row.label_choice,
    confidence: row.label_confidence,
  }));
}

/** How many examples without any of these findings carry a label and a confidence. */
export async function scoredCount(
  db: Db,
  datasetId: number,
  excluded: readonly string[],
): Promise<number> {
  const { count } = await eligible(db, datasetId, excluded)
    .where('example.label_choice', 'is not', null)
    .where('example.label_confidence', 'is not', null)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** How many examples that could be sampled have a known answer in this study: they are not drawn. */
export async function knownCount(
  db: Db,
  given: { datasetId: number; studyId: number; excluded: readonly string[]; scored: boolean },
): Promise<number> {
  const { count } = await eligible(db, given.datasetId, given.excluded)
    .innerJoin('known_answer', 'known_answer.example_id', 'example.id')
    .where('known_answer.study_id', '=', given.studyId)
    .$if(given.scored, (query) =>
      query
        .where('example.label_choice', 'is not', null)
        .where('example.label_confidence', 'is not', null),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** Which of these lines of a dataset’s file hold examples without any of these findings. */
export async function eligibleLines(
  db: Db,
  datasetId: number,
  { lines, excluded }: { readonly lines: readonly number[]; readonly excluded: readonly string[] },
): Promise<ReadonlySet<number>> {
  if (lines.length === 0) return new Set();
  const rows = await eligible(db, datasetId, excluded)
    .select('example.line_number')
    .where('example.line_number', 'in', [...lines])
    .execute();
  return new Set(rows.map((row) => row.line_number));
}

/** Counts what may be sampled from a dataset. */
export async function eligibilityOf(
  db: Db,
  datasetId: number,
  excluded: readonly string[],
): Promise<Eligibility> {
  const { examples } = await db
    .selectFrom('example')
    .select((eb) => eb.fn.countAll<number>().as('examples'))
    .where('dataset_id', '=', datasetId)
    .executeTakeFirstOrThrow();
  if (excluded.length === 0) return { examples, eligible: examples, leftOut: [] };
  const byFinding = await db
    .selectFrom('example_finding')
    .select((eb) => ['finding', eb.fn.countAll<number>().as('count')])
    .where('dataset_id', '=', datasetId)
    .where('finding', 'in', [...excluded])
    .groupBy('finding')
    .orderBy('finding')
    .execute();
  const { out } = await db
    .selectFrom('example_finding')
    .select((eb) => eb.fn.count<number>('example_id').distinct().as('out'))
    .where('dataset_id', '=', datasetId)
    .where('finding', 'in', [...excluded])
    .executeTakeFirstOrThrow();
  const title = (name: string): string =>
    findings.find((finding) => finding.name === name)?.title ?? name;
  return {
    examples,
    eligible: examples - out,
    leftOut: byFinding.map((row) => ({
      finding: row.finding,
      title: title(row.finding),
      count: row.count,
    })),
  };
}

/** How confident the discriminator is in the eligible examples that a study did not draw. */
export const Undrawn = z.object({ n: z.int(), mean: z.number(), deviation: z.number() });
export type Undrawn = z.output<typeof Undrawn>;

/**
 * Number, mean and deviation (n - 1 below) of the confidence of eligible examples that the study
 * did not draw; null under two of them.
 */
export async function undrawnConfidence(
  db: Db,
  options: { studyId: number; datasetId: number; excluded: readonly string[] },
): Promise<Undrawn | null> {
  const undrawn = eligible(db, options.datasetId, options.excluded)
    .where('example.label_confidence', 'is not', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('item')
            .select('item.id')
            .whereRef('item.example_id', '=', 'example.id')
            .where('item.study_id', '=', options.studyId)
            .where('item.role', '=', 'validation'),
        ),
      ),
    );
  const { n, mean } = await undrawn
    .select((eb) => [
      eb.fn.countAll<number>().as('n'),
      eb.fn.avg<number | null>('example.label_confidence').as('mean'),
    ])
    .executeTakeFirstOrThrow();
  if (n < 2 || mean === null) return null;
  const { squares } = await undrawn
    .select(
      sql<number>`sum((example.label_confidence - ${mean}) * (example.label_confidence - ${mean}))`.as(
        'squares',
      ),
    )
    .executeTakeFirstOrThrow();
  return { n, mean, deviation: Math.sqrt(squares / (n - 1)) };
}
