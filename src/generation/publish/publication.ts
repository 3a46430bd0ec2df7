import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Db, Trx } from '#storage/database.js';
import type { PublicationTable } from '#storage/generationTables.js';
import { readJson, writeJson } from '#storage/json.js';
import { notFound } from '#web/problem.js';
import type { Generation } from '../generation.js';

/** What a publication holds. A label is the right choice, as raters see it; null where there is none. */
export const PublicationCounts = z.strictObject({
  kept: z.array(z.strictObject({ label: z.string().nullable(), count: z.int() })),
  /** What went, by reason; `published` says whether it enters the dropped dataset. */
  dropped: z.array(
    z.strictObject({
      label: z.string().nullable(),
      reason: z.string(),
      published: z.boolean(),
      count: z.int(),
    }),
  ),
  /** Rows of both datasets, and candidates that make no row; null until it is published. */
  published: z
    .strictObject({ kept: z.int(), dropped: z.int(), leftOut: z.int() })
    .nullable()
    .default(null),
});
export type PublicationCounts = z.output<typeof PublicationCounts>;

/** Candidates of a finished generation on their way to a dataset. */
export interface Publication extends Omit<Selectable<PublicationTable>, 'counts'> {
  readonly counts: PublicationCounts;
}

export const publicationOf = (row: Selectable<PublicationTable>): Publication => ({
  ...row,
  counts: readJson(PublicationCounts, row.counts, 'publication.counts'),
});

export const writeCounts = (counts: z.input<typeof PublicationCounts>): string =>
  writeJson(PublicationCounts, counts);

const day = 24 * 3_600_000;

/** When dropped texts of a generation that is published now, or whose publication ends, are removed. */
export const removedAfter = ({ pipeline }: Pick<Generation, 'pipeline'>, now: number): number =>
  now + pipeline.publish.keepDroppedDays * day;

export const getPublication = async (db: Db | Trx, id: number): Promise<Publication> =>
  publicationOf(
    await db.selectFrom('publication').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );

/** The publication with this public id. Throws “not found”. */
export async function requirePublication(db: Db | Trx, publicId: string): Promise<Publication> {
  const row = await db
    .selectFrom('publication')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('publication');
  return publicationOf(row);
}

/** The publications of a generation, newest first. */
export const publicationsOf = async (db: Db, generationId: number): Promise<Publication[]> =>
  (
    await db
      .selectFrom('publication')
      .selectAll()
      .where('generation_id', '=', generationId)
      .orderBy('id', 'desc')
      .execute()
  ).map(publicationOf);

/** The dataset row in which a candidate was published, for links from candidate to example. */
export interface PublishedRow {
  readonly dataset_id: number;
  readonly line_number: number;
  readonly part: 'kept' | 'dropped';
}

/** Where a candidate stands among the datasets; undefined where it was not published. */
export async function publishedRowOf(
  db: Db,
  candidateId: number,
): Promise<PublishedRow | undefined> {
  const row = await db
    .selectFrom('publication_row')
    .innerJoin('publication', 'publication.id', 'publication_row.publication_id')
    .select(['part', 'line_number', 'kept_dataset_id', 'dropped_dataset_id'])
    .where('candidate_id', '=', candidateId)
    .orderBy('publication_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const dataset = row?.part === 'kept' ? row.kept_dataset_id : row?.dropped_dataset_id;
  return row === undefined || dataset === null || dataset === undefined
    ? undefined
    : { part: row.part, line_number: row.line_number, dataset_id: dataset };
}

/** The candidate that a row of a dataset was, for links from example to candidate. */
export const candidateOfRow = (
  db: Db,
  row: { readonly datasetId: number; readonly line: number },
): Promise<{ candidate: string; generation: string } | undefined> =>
  db
    .selectFrom('publication')
    .innerJoin('publication_row', 'publication_row.publication_id', 'publication.id')
    .innerJoin('candidate', 'candidate.id', 'publication_row.candidate_id')
    .innerJoin('generation', 'generation.id', 'publication.generation_id')
    .select(['candidate.public_id as candidate', 'generation.public_id as generation'])
    .where('publication_row.line_number', '=', row.line)
    .where((eb) =>
      eb.or([
        eb.and([
          eb('publication.kept_dataset_id', '=', row.datasetId),
          eb('publication_row.part', '=', 'kept'),
        ]),
        eb.and([
          eb('publication.dropped_dataset_id', '=', row.datasetId),
          eb('publication_row.part', '=', 'dropped'),
        ]),
      ]),
    )
    .executeTakeFirst();
