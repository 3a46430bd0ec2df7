import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import { recordAudit } from '#accounts/audit.js';
import { placeOfPerson } from '#platforms/hear.js';
import { type Secrets, secretsOf } from '#platforms/secrets.js';
import type { PaymentFileTable } from '#storage/crowdTables.js';
import type { Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { lockStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { csvCell } from '#web/csvCell.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { plainAmount } from './money.js';

export type PaymentFile = Selectable<PaymentFileTable>;

/** The forms of payment files: how a line is written for somebody. */
export const fileFormats = {
  prolific: {
    title: 'Prolific: bulk bonus payments',
    platform: 'prolific',
    header: null,
    line: (person: string, amount: string, _currency: string): string => `${person},${amount}`,
  },
  plain: {
    title: 'A table: id, amount, currency',
    platform: null,
    header: 'participant_id,amount,currency',
    line: (person: string, amount: string, currency: string): string =>
      [person, amount, currency].map(csvCell).join(','),
  },
} as const;
export type FileFormat = keyof typeof fileFormats;

const noKey = new Problem(
  409,
  'no_secret_key',
  'The ids of people at their platform are stored encrypted, and ASSAY_SECRET_KEY is not set.',
  'Start Assay with the key under which they were stored.',
);

const secretsOfServer = ({ config }: Pick<Application, 'config'>): Secrets => {
  const { secretKey } = config.platforms;
  if (secretKey === null) throw noKey;
  return secretsOf(secretKey);
};

/** The submission by which somebody is known at a platform: their first one whose id is kept. */
const known = (db: Db, studyId: number, platform: string | null) =>
  db
    .selectFrom('platform_submission')
    .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
    .select((eb) => [
      'platform_submission.rater_id',
      eb.fn.min<number>('platform_submission.id').as('submission'),
    ])
    .where('platform_study.study_id', '=', studyId)
    .where('platform_submission.rater_id', 'is not', null)
    .where('platform_submission.external_person', 'is not', null)
    .$if(platform !== null, (query) => query.where('platform_study.platform', '=', platform ?? ''))
    .groupBy('platform_submission.rater_id');

/** Entries of a study that stand in no file, with the sum of each rater. */
const openSums = (db: Db, studyId: number) =>
  db
    .selectFrom('ledger_entry')
    .leftJoin('payment_file_entry', 'payment_file_entry.ledger_entry_id', 'ledger_entry.id')
    .select((eb) => ['ledger_entry.rater_id', eb.fn.sum<number>('amount_minor').as('sum')])
    .where('ledger_entry.study_id', '=', studyId)
    .where('payment_file_entry.ledger_entry_id', 'is', null)
    .groupBy('ledger_entry.rater_id');

/** Raters with something open who are known at no platform, so that no file can pay them. */
export async function unknownPeople(
  db: Db,
  studyId: number,
): Promise<{ pseudonym: string; publicId: string; sum: number }[]> {
  const people = new Set((await known(db, studyId, null).execute()).map((row) => row.rater_id));
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
  file: Pick<PaymentFile, 'id' | 'study_id' | 'format' | 'currency'>,
  secrets: Secrets,
): Promise<string> {
  const format = fileFormats[file.format as FileFormat];
  const sums = await db
    .selectFrom('payment_file_entry')
    .innerJoin('ledger_entry', 'ledger_entry.id', 'payment_file_entry.ledger_entry_id')
    .select((eb) => ['ledger_entry.rater_id', eb.fn.sum<number>('amount_minor').as('sum')])
    .where('payment_file_entry.payment_file_id', '=', file.id)
    .groupBy('ledger_entry.rater_id')
    .orderBy('ledger_entry.rater_id')
    .execute();
  const people = await known(db, file.study_id, format.platform).execute();
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

/**
 * Makes a payment file of everything that stands in the ledger of a study and in no file yet, for
 * people known at the platform of the format; file and entries are stored together. Throws a 409
 * `Problem` where there is nothing to pay, or ASSAY_SECRET_KEY is not set.
 */
export async function makePaymentFile(
  application: Pick<Application, 'db' | 'config'>,
  given: { study: Study; format: FileFormat; now: number; staff: Staff | null },
): Promise<PaymentFile> {
  const { study, format, now, staff } = given;
  const secrets = secretsOfServer(application);
  return inTransaction(application.db, async (trx) => {
    await lockStudy(trx, study.id);
    const { platform } = fileFormats[format];
    const people = new Set(
      (await known(trx, study.id, platform).execute()).map((row) => row.rater_id),
    );
    const payable = new Set(
      (await openSums(trx, study.id).execute())
        .filter(({ rater_id: id, sum }) => people.has(id) && Number(sum) > 0)
        .map((row) => row.rater_id),
    );
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
        'Nothing stands open in the ledger for people of this platform.',
        'No file was made. Enter what is owed first.',
      );
    const file = await trx
      .insertInto('payment_file')
      .values({
        public_id: newPublicId(),
        study_id: study.id,
        platform: platform ?? '',
        format,
        sha256: '',
        made_at: now,
        made_by: staff?.accountId ?? null,
        total_minor: entries.reduce((sum, entry) => sum + entry.amount_minor, 0),
        currency: first.currency,
        entries: entries.length,
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
      detail: { format, entries: entries.length, total: file.total_minor, sha256 },
    });
    return { ...file, sha256 };
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
