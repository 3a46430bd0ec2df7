import type { Selectable } from 'kysely';
import type { Db, Trx } from '#storage/database.js';
import { recordAudit } from '#accounts/audit.js';
import type { FrozenReportTable } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import type { Study } from '#studies/study.js';
import type { Staff } from '#web/identity.js';
import { notFound, Problem } from '#web/problem.js';
import type { FrozenContent } from '../thread/tasks.js';
import { storeFiles } from './stored.js';

export type FrozenReport = Omit<Selectable<FrozenReportTable>, 'content'>;

const columns = [
  'id',
  'public_id',
  'study_id',
  'sha256',
  'frozen_at',
  'frozen_by',
  'format',
  'software',
] as const;

/** Names in one `in`: engines take only so many parameters. */
const namesAtOnce = 1000;

async function storeHolders(
  trx: Trx,
  reportId: number,
  pseudonyms: readonly string[],
): Promise<void> {
  for (let from = 0; from < pseudonyms.length; from += namesAtOnce) {
    await trx
      .insertInto('frozen_report_rater')
      .columns(['frozen_report_id', 'rater_id'])
      .expression((eb) =>
        eb
          .selectFrom('rater')
          .innerJoin('frozen_report', 'frozen_report.study_id', 'rater.study_id')
          .select(['frozen_report.id', 'rater.id as rater_id'])
          .where('frozen_report.id', '=', reportId)
          .where('rater.pseudonym', 'in', pseudonyms.slice(from, from + namesAtOnce)),
      )
      .execute();
  }
}

const findFrozen = (db: Db, publicId: string): Promise<FrozenReport | undefined> =>
  db
    .selectFrom('frozen_report')
    .select(columns)
    .where('public_id', '=', publicId)
    .executeTakeFirst();

/**
 * Keeps a report permanently: its numbers with their data, every file that it offers, whose answers
 * it holds, and a line in the audit log. `publicId` is its address, which its pages hold already;
 * `now` the moment before its data was read. Done twice it stores one.
 */
export const storeFrozen = (
  db: Db,
  frozen: FrozenContent,
  options: {
    publicId: string;
    study: Pick<Study, 'id' | 'public_id'>;
    now: number;
    staff: Staff | null;
  },
): Promise<FrozenReport> =>
  inTransaction(
    db,
    async (trx) => {
      const known = await findFrozen(trx, options.publicId);
      if (known !== undefined) return known;
      const report = await trx
        .insertInto('frozen_report')
        .values({
          public_id: options.publicId,
          study_id: options.study.id,
          content: frozen.content,
          sha256: frozen.sha256,
          format: frozen.format,
          software: frozen.software,
          frozen_at: options.now,
          frozen_by: options.staff?.accountId ?? null,
        })
        .returning(columns)
        .executeTakeFirstOrThrow();
      await storeHolders(trx, report.id, frozen.raters);
      await storeFiles(trx, report.id, frozen.files);
      await recordAudit(trx, {
        at: options.now,
        staff: options.staff,
        action: 'report.freeze',
        subject: `study ${options.study.public_id}`,
        detail: { report: report.public_id, sha256: report.sha256 },
      });
      return report;
    },
    { repeatable: true },
  );

/** A frozen report in a list. */
export interface ListedReport extends FrozenReport {
  /** Address of who froze it; null for the command line. */
  readonly email: string | null;
  /**
   * What its verdicts still waited for; empty where nothing was to come, null where its pages, which
   * say it, are made when it is first opened.
   */
  readonly stamp: string | null;
}

/** The frozen reports of a study, newest first. */
export const frozenReportsOf = (db: Db, studyId: number): Promise<ListedReport[]> =>
  db
    .selectFrom('frozen_report')
    .leftJoin('account', 'account.id', 'frozen_report.frozen_by')
    .select(columns.map((column) => `frozen_report.${column}` as const))
    .select('account.email')
    .select((eb) =>
      eb
        .selectFrom('frozen_file')
        .select((of) => of.fn.min<string | null>('frozen_file.sentence').as('stamp'))
        .whereRef('frozen_file.frozen_report_id', '=', 'frozen_report.id')
        .where('frozen_file.kind', '=', 'page')
        .where('frozen_file.name', '=', '')
        .as('stamp'),
    )
    .where('study_id', '=', studyId)
    .orderBy('frozen_report.id', 'desc')
    .execute();

/**
 * A report that was frozen before its files were kept with it, in a format that this version does
 * not read.
 */
export const otherFormat = (report: Pick<FrozenReport, 'format' | 'software'>): Problem =>
  new Problem(
    409,
    'other_format',
    `This report was frozen by version ${report.software} of Assay, before its pages and files were kept with it, and this version cannot read its format, ${report.format}.`,
    `Its file can be downloaded at this address with /file.json behind it, and verified by version ${report.software}.`,
  );

/** A frozen report by its permanent id. Throws "not found". */
export async function requireFrozen(db: Db, publicId: string): Promise<FrozenReport> {
  const report = await findFrozen(db, publicId);
  if (report === undefined) throw notFound('frozen report');
  return report;
}

/** The gzipped file of a frozen report, with its data. */
export async function contentOf(db: Db, report: Pick<FrozenReport, 'id'>): Promise<Uint8Array> {
  const { content } = await db
    .selectFrom('frozen_report')
    .select('content')
    .where('id', '=', report.id)
    .executeTakeFirstOrThrow();
  return content;
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
