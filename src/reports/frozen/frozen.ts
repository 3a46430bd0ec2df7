import type { Selectable } from 'kysely';
import type { Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import type { FrozenReportTable } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import { notFound } from '#web/problem.js';
import type { Subject } from '../thread/tasks.js';

export type FrozenReport = Omit<Selectable<FrozenReportTable>, 'content'>;

const columns = ['id', 'public_id', 'study_id', 'sha256', 'frozen_at', 'frozen_by'] as const;

/** Names in one `in`: engines take only so many parameters. */
const namesAtOnce = 1000;

/**
 * Keeps a report as it is for ever. `content` is the gzipped report file, `raters` the pseudonyms
 * of those whose answers it holds, `now` the moment before its data was read.
 */
export const storeFrozen = (
  db: Db,
  options: {
    studyId: number;
    content: Uint8Array;
    sha256: string;
    raters: readonly string[];
    now: number;
    accountId: number | null;
  },
): Promise<FrozenReport> =>
  inTransaction(db, async (trx) => {
    const report = await trx
      .insertInto('frozen_report')
      .values({
        public_id: newPublicId(),
        study_id: options.studyId,
        content: options.content,
        sha256: options.sha256,
        frozen_at: options.now,
        frozen_by: options.accountId,
      })
      .returning(columns)
      .executeTakeFirstOrThrow();
    for (let from = 0; from < options.raters.length; from += namesAtOnce) {
      await trx
        .insertInto('frozen_report_rater')
        .columns(['frozen_report_id', 'rater_id'])
        .expression((eb) =>
          eb
            .selectFrom('rater')
            .innerJoin('frozen_report', 'frozen_report.study_id', 'rater.study_id')
            .select(['frozen_report.id', 'rater.id as rater_id'])
            .where('frozen_report.id', '=', report.id)
            .where('rater.pseudonym', 'in', options.raters.slice(from, from + namesAtOnce)),
        )
        .execute();
    }
    return report;
  });

export const frozenReportsOf = (db: Db, studyId: number): Promise<FrozenReport[]> =>
  db
    .selectFrom('frozen_report')
    .select(columns)
    .where('study_id', '=', studyId)
    .orderBy('id', 'desc')
    .execute();

/** A frozen report by its permanent id. Throws "not found". */
export async function requireFrozen(db: Db, publicId: string): Promise<FrozenReport> {
  const report = await db
    .selectFrom('frozen_report')
    .select(columns)
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (report === undefined) throw notFound('frozen report');
  return report;
}

/**
 * When a rater whose answers a frozen report holds withdrew; null where nobody did. It asks who is
 * in the report and not when it was frozen, so that a withdrawal while it was being computed is
 * seen, and one of somebody else is not.
 */
export async function supersededAt(
  db: Db,
  report: Pick<FrozenReport, 'id'>,
): Promise<number | null> {
  const row = await db
    .selectFrom('frozen_report_rater')
    .innerJoin('rater_event', 'rater_event.rater_id', 'frozen_report_rater.rater_id')
    .select((eb) => eb.fn.min<number | null>('rater_event.at').as('at'))
    .where('frozen_report_rater.frozen_report_id', '=', report.id)
    .where('rater_event.action', '=', 'withdraw')
    .executeTakeFirst();
  return row?.at ?? null;
}

/** A frozen report as the computing thread is asked for it. */
export const subjectOf = async (
  db: Db,
  report: FrozenReport,
): Promise<Extract<Subject, { frozen: string }>> => ({
  frozen: report.public_id,
  superseded: await supersededAt(db, report),
});
