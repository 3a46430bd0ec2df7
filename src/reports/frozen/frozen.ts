import type { Selectable } from 'kysely';
import type { Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import type { FrozenReportTable } from '#storage/tables.js';
import { notFound } from '#web/problem.js';

export type FrozenReport = Omit<Selectable<FrozenReportTable>, 'content'>;

const columns = ['id', 'public_id', 'study_id', 'sha256', 'frozen_at', 'frozen_by'] as const;

/** Keeps a report as it is for ever. `content` is the gzipped report file. */
export const storeFrozen = (db: Db, options: { studyId: number; content: Uint8Array; sha256: string; now: number; accountId: number | null }): Promise<FrozenReport> =>
  db
    .insertInto('frozen_report')
    .values({ public_id: newPublicId(), study_id: options.studyId, content: options.content, sha256: options.sha256, frozen_at: options.now, frozen_by: options.accountId })
    .returning(columns)
    .executeTakeFirstOrThrow();

export const frozenReportsOf = (db: Db, studyId: number): Promise<FrozenReport[]> => db.selectFrom('frozen_report').select(columns).where('study_id', '=', studyId).orderBy('id', 'desc').execute();

/** A frozen report by its permanent id. Throws "not found". */
export async function requireFrozen(db: Db, publicId: string): Promise<FrozenReport> {
  const report = await db.selectFrom('frozen_report').select(columns).where('public_id', '=', publicId).executeTakeFirst();
  if (report === undefined) throw notFound('frozen report');
  return report;
}

/** When a rater whose judgments a frozen report used withdrew after it was frozen; null where nobody did. */
export async function supersededAt(db: Db, report: Pick<FrozenReport, 'study_id' | 'frozen_at'>): Promise<number | null> {
  const row = await db
    .selectFrom('judgment')
    .innerJoin('rater', 'rater.id', 'judgment.rater_id')
    .select((eb) => eb.fn.min<number | null>('judgment.blanked_at').as('at'))
    .where('rater.study_id', '=', report.study_id)
    .where('judgment.blanked_at', '>', report.frozen_at)
    .executeTakeFirst();
  return row?.at ?? null;
}
