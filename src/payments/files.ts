import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import { recordAudit } from '#accounts/audit.js';
import { placeOfPerson } from '#platforms/hear.js';
import { type Secrets, secretsOf } from '#platforms/secrets.js';
import type { PaymentFileTable, PlatformStudyTable } from '#storage/crowdTables.js';
import type { Db, Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { lockStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { csvCell } from '#web/csvCell.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { plainAmount } from './money.js';

export type PaymentFile = Selectable<PaymentFileTable>;

/** How a line of a payment file is written, by the platform of its people. */
const formats = {
  prolific: {
    title: 'Prolific: bulk bonus payments',
    header: null,
    line: (person: string, amount: string, _currency: string): string => `${person},${amount}`,
  },
  template: {
    title: 'A table: id, amount, currency',
    header: 'participant_id,amount,currency',
    line: (person: string, amount: string, currency: string): string =>
      [person, amount, currency].map(csvCell).join(','),
  },
} as const;

/** The form of files for people of a platform. */
export const formatOf = (platform: string): (typeof formats)[keyof typeof formats] =>
  platform === 'prolific' ? formats.prolific : formats.template;

const noKey = new Problem(
  409,
  'no_secret_key',
  'The ids of people at their platform are stored encrypted, and ASSAY_SECRET_KEY is not set.',
  'Start Assay with the key under which they were stored.',
);

export const secretsOfServer = ({ config }: Pick<Application, 'config'>): Secrets => {
  const { secretKey } = config.platforms;
  if (secretKey === null) throw noKey;
  return secretsOf(secretKey);
};

/** The submission by which somebody is known: their first one whose id is kept. */
const known = (db: Db, by: { studyId: number } | { recruitmentId: number }) =>
  db
    .selectFrom('platform_submission')
    .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
    .select((eb) => [
      'platform_submission.rater_id',
      eb.fn.min<number>('platform_submission.id').as('submission'),
    ])
    .where((eb) =>
      'studyId' in by
        ? eb('platform_study.study_id', '=', by.studyId)
        : eb('platform_study.id', '=', by.recruitmentId),
    )
    .where('platform_submission.rater_id', 'is not', null)
    .where('platform_submission.external_person', 'is not', null)
    .groupBy('platform_submission.rater_id');

/**
 * Entries of a study that stand in no file, or in one that its platform refused to pay, with the sum
 * of each rater.
 */
const openSums = (db: Db, studyId: number) =>
  db
    .selectFrom('ledger_entry')
    .leftJoin('payment_file_entry', 'payment_file_entry.ledger_entry_id', 'ledger_entry.id')
    .leftJoin('payment_file', 'payment_file.id', 'payment_file_entry.payment_file_id')
    .leftJoin('platform_action', 'platform_action.id', 'payment_file.platform_action_id')
    .select((eb) => [
      'ledger_entry.rater_id',
      eb.fn.sum<number>('ledger_entry.amount_minor').as('sum'),
    ])
    .where('ledger_entry.study_id', '=', studyId)
    .where((eb) =>
      eb.or([
        eb('payment_file_entry.ledger_entry_id', 'is', null),
        eb('platform_action.state', '=', 'refused'),
      ]),
    )
    .groupBy('ledger_entry.rater_id');

/** Raters with something open who are known at no platform, so that no file can pay them. */
export async function unknownPeople(
  db: Db,
  studyId: number,
): Promise<{ pseudonym: string; publicId: string; sum: number }[]> {
  const people = new Set((await known(db, { studyId }).execute()).map((row) => row.rater_id));
  const open = await openSums(db, studyId).execute();
  const raters = await db
    .selectFrom('rater')
    .select(['id', 'pseudonym', 'public_id'])
    .where('study_id', '=', studyId)
    .orderBy('id')
    .execute();
  return raters.flatMap(({ id, pseudonym, public_id: publicId }) => {
    const sum = Number(open.find((row) => row.rater_id === id)?.sum ?? 0);
    return sum > 0 && !people.has(id) ? [{ pseudonym, publicId, sum }] : [];
  });
}

/**
 * The bytes of a file: a line for each rater, in the order in which they joined. The same every
 * time, as long as the ids are kept.
 */
async function contentOf(
  db: Db,
  file: Pick<PaymentFile, 'id' | 'platform_study_id' | 'platform' | 'currency'>,
  secrets: Secrets,
): Promise<string> {
  const format = formatOf(file.platform);
  const sums = await db
    .selectFrom('payment_file_entry')
    .innerJoin('ledger_entry', 'ledger_entry.id', 'payment_file_entry.ledger_entry_id')
    .select((eb) => ['ledger_entry.rater_id', eb.fn.sum<number>('amount_minor').as('sum')])
    .where('payment_file_entry.payment_file_id', '=', file.id)
    .groupBy('ledger_entry.rater_id')
    .orderBy('ledger_entry.rater_id')
    .execute();
  const people = await known(db, { recruitmentId: file.platform_study_id }).execute();
  const lines: string[] = format.header === null ? [] : [format.header];
  for (const { rater_id: raterId, sum } of sums) {
    const submission = people.find((row) => row.rater_id === raterId)?.submission;
    const row =
      submission === undefined
        ? undefined
        : await db
            .selectFrom('platform_submission')
            .select('external_person')
            .where('id', '=', submission)
            .executeTakeFirst();
    if (submission === undefined || row === undefined || row.external_person === null)
      throw new Problem(
        409,
        'ids_erased',
        'The ids of people of this file were erased, so it cannot be made again.',
        'What was paid stands in the ledger.',
      );
    const person = secrets.open(placeOfPerson(submission), row.external_person);
    lines.push(format.line(person, plainAmount(Number(sum), file.currency), file.currency));
  }
  return `${lines.join('\n')}\n`;
}

const checksum = (content: string): string => createHash('sha256').update(content).digest('hex');

/** A recruitment whose people are paid. */
export type PaidRecruitment = Pick<Selectable<PlatformStudyTable>, 'id' | 'platform'>;

/** What stands open for the people of a recruitment. */
interface Payable {
  readonly raterId: number;
  readonly submissionId: number;
  readonly sum: number;
}

/** Who of a recruitment can be paid now, and what; those alone to whom something is owed. */
export async function payableTo(
  db: Db,
  studyId: number,
  { id: recruitmentId }: PaidRecruitment,
): Promise<Payable[]> {
  const people = new Map(
    (await known(db, { recruitmentId }).execute()).map((row) => [row.rater_id, row.submission]),
  );
  return (await openSums(db, studyId).orderBy('ledger_entry.rater_id').execute()).flatMap(
    ({ rater_id: raterId, sum }) => {
      const submissionId = people.get(raterId);
      return submissionId !== undefined && Number(sum) > 0
        ? [{ raterId, submissionId, sum: Number(sum) }]
        : [];
    },
  );
}

/** Releases the entries of files that their platform refused to pay: they were paid to nobody. */
export async function releaseRefused(trx: Trx, study: Study, now: number): Promise<void> {
  const refused = await trx
    .selectFrom('payment_file')
    .innerJoin('platform_action', 'platform_action.id', 'payment_file.platform_action_id')
    .select(['payment_file.id', 'payment_file.public_id', 'payment_file.total_minor'])
    .where('payment_file.study_id', '=', study.id)
    .where('payment_file.released_at', 'is', null)
    .where('platform_action.state', '=', 'refused')
    .execute();
  for (const { id, public_id: publicId, total_minor: total } of refused) {
    await trx.deleteFrom('payment_file_entry').where('payment_file_id', '=', id).execute();
    await trx.updateTable('payment_file').set({ released_at: now }).where('id', '=', id).execute();
    await recordAudit(trx, {
      at: now,
      staff: null,
      action: 'pay.release',
      subject: `payment file ${publicId}`,
      detail: { total },
    });
  }
}

/**
 * Puts what stands open for these people into a new file, under the study's lock; file and entries
 * are stored together. Throws a 409 `Problem` where there is nothing to pay.
 */
export async function fileIn(
  trx: Trx,
  given: {
    study: Study;
    recruitment: PaidRecruitment;
    payable: readonly Payable[];
    secrets: Secrets;
    now: number;
    staff: Staff | null;
  },
): Promise<PaymentFile> {
  const { study, recruitment, secrets, now, staff } = given;
  const payable = new Set(given.payable.map(({ raterId }) => raterId));
  const entries = (
    await trx
      .selectFrom('ledger_entry')
      .leftJoin('payment_file_entry', 'payment_file_entry.ledger_entry_id', 'ledger_entry.id')
      .select(['ledger_entry.id', 'ledger_entry.rater_id', 'amount_minor', 'currency'])
      .where('ledger_entry.study_id', '=', study.id)
      .where('payment_file_entry.ledger_entry_id', 'is', null)
      .orderBy('ledger_entry.id')
      .execute()
  ).filter((entry) => payable.has(entry.rater_id));
  const [first] = entries;
  if (first === undefined)
    throw new Problem(
      409,
      'nothing_to_pay',
      'Nothing stands open in the ledger for people of this recruitment.',
      'No file was made. Enter what is owed first.',
    );
  const file = await trx
    .insertInto('payment_file')
    .values({
      public_id: newPublicId(),
      study_id: study.id,
      platform: recruitment.platform,
      format: recruitment.platform === 'prolific' ? 'prolific' : 'plain',
      sha256: '',
      made_at: now,
      made_by: staff?.accountId ?? null,
      total_minor: entries.reduce((sum, entry) => sum + entry.amount_minor, 0),
      currency: first.currency,
      entries: entries.length,
      platform_study_id: recruitment.id,
      platform_action_id: null,
      released_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  for (const { id } of entries)
    await trx
      .insertInto('payment_file_entry')
      .values({ ledger_entry_id: id, payment_file_id: file.id })
      .execute();
  const sha256 = checksum(await contentOf(trx, file, secrets));
  await trx.updateTable('payment_file').set({ sha256 }).where('id', '=', file.id).execute();
  await recordAudit(trx, {
    at: now,
    staff,
    action: 'pay.file',
    subject: `payment file ${file.public_id}`,
    detail: {
      platform: recruitment.platform,
      entries: entries.length,
      total: file.total_minor,
      sha256,
    },
  });
  return { ...file, sha256 };
}

/**
 * Makes a payment file of everything that stands in the ledger and in no file yet, for the people of
 * one recruitment. Throws a 409 `Problem` where there is nothing to pay, or ASSAY_SECRET_KEY is not
 * set.
 */
export async function makePaymentFile(
  application: Pick<Application, 'db' | 'config'>,
  given: { study: Study; recruitment: PaidRecruitment; now: number; staff: Staff | null },
): Promise<PaymentFile> {
  const { study, recruitment, now } = given;
  const secrets = secretsOfServer(application);
  return inTransaction(application.db, async (trx) => {
    await lockStudy(trx, study.id);
    await releaseRefused(trx, study, now);
    const payable = await payableTo(trx, study.id, recruitment);
    return fileIn(trx, { ...given, payable, secrets });
  });
}

/** The bytes of a file as it was made. Throws a 409 `Problem` where they cannot be made again. */
export async function paymentFileContent(
  application: Pick<Application, 'db' | 'config'>,
  file: PaymentFile,
): Promise<string> {
  const content = await contentOf(application.db, file, secretsOfServer(application));
  if (checksum(content) === file.sha256) return content;
  throw new Problem(
    409,
    'file_changed',
    'This file would not be what it was when it was made.',
    'Look into the ledger for what was paid.',
  );
}
