import type { Onward } from '#raters/arrival.js';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { placeOfPerson, type Submission } from './hear.js';
import type { Outcome } from './platform.js';
import { type Recruitment, recruitmentOf } from './recruitment.js';
import { secretsOf, WrongKey } from './secrets.js';

export const findSubmission = (db: Db, publicId: string): Promise<Submission | undefined> =>
  db
    .selectFrom('platform_submission')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();

/** The recruitment by which a submission came. */
export const recruitmentOfSubmission = async (
  db: Db,
  submission: Pick<Submission, 'platform_study_id'>,
): Promise<Recruitment> =>
  recruitmentOf(
    await db
      .selectFrom('platform_study')
      .selectAll()
      .where('id', '=', submission.platform_study_id)
      .executeTakeFirstOrThrow(),
  );

/**
 * Stores how a submission ended and its code, once: what was given before stays. Gives the
 * submission as it is then; without a code where the recruitment has none for this outcome.
 */
export const storeCode = (
  db: Db,
  submission: Submission,
  options: {
    outcome: Outcome;
    code: string | null;
    now: number;
    /** Asked in the same transaction: where it gives false, nothing is stored. */
    still?: (trx: Trx) => Promise<boolean>;
  },
): Promise<Submission | null> =>
  inTransaction(
    db,
    async (trx) => {
      const { outcome, code, now } = options;
      if ((await options.still?.(trx)) === false) return null;
      await trx
        .updateTable('platform_submission')
        .set({ outcome, code, code_given_at: code === null ? null : now })
        .where('id', '=', submission.id)
        .where('code', 'is', null)
        .execute();
      return trx
        .selectFrom('platform_submission')
        .selectAll()
        .where('id', '=', submission.id)
        .executeTakeFirstOrThrow();
    },
    { repeatable: true },
  );

/** Claims stand in the log of what was heard, one for each submission. */
const claimOf = (submission: Pick<Submission, 'public_id'>): string =>
  `claim ${submission.public_id}`;

/** Notes that a person was owed a code that they did not get; it waits for an admin. */
const storeClaim = (
  db: Db,
  submission: Submission,
  options: { outcome: Outcome; now: number },
): Promise<unknown> =>
  db
    .insertInto('platform_event')
    .values({
      platform_study_id: submission.platform_study_id,
      platform_submission_id: submission.id,
      delivery_id: claimOf(submission),
      source: 'own',
      state: null,
      received_at: options.now,
      occurred_at: options.now,
      payload: JSON.stringify({ claim: options.outcome }),
    })
    .onConflict((conflict) => conflict.column('delivery_id').doNothing())
    .execute();

/** Submissions of a study that wait for their code. */
export const openClaims = (db: Db, studyId: number) =>
  db
    .selectFrom('platform_event')
    .innerJoin(
      'platform_submission',
      'platform_submission.id',
      'platform_event.platform_submission_id',
    )
    .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
    .leftJoin('rater', 'rater.id', 'platform_submission.rater_id')
    .selectAll('platform_submission')
    .select([
      'platform_event.occurred_at',
      'platform_event.payload',
      'platform_study.settings',
      'rater.pseudonym',
    ])
    .where('platform_study.study_id', '=', studyId)
    .where('platform_event.delivery_id', 'like', 'claim %')
    .where('platform_submission.code', 'is', null)
    .where('platform_submission.settled_at', 'is', null)
    .orderBy('platform_event.id')
    .execute();

/**
 * The address with its placeholders filled in; null where there is none, or where something that it
 * asks for is not known any more.
 */
function addressFor(
  { row, settings }: Recruitment,
  submission: Submission,
  options: { address: string | null; code: string; secretKey: string | null },
): URL | null {
  const { person, study, submission: session } = settings.parameters;
  const valueOf = (name: string): string | null => {
    if (name === 'code') return options.code;
    if (name === study) return row.external_id;
    if (name === session) return submission.external_id;
    if (name !== person || submission.external_person === null || options.secretKey === null)
      return null;
    try {
      const secrets = secretsOf(options.secretKey);
      return secrets.open(placeOfPerson(submission.id), submission.external_person);
    } catch (error) {
      // The code is owed whatever became of the key.
      if (error instanceof WrongKey) return null;
      throw error;
    }
  };
  let known = true;
  const filled = (options.address ?? '').replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = valueOf(name);
    if (value === null) known = false;
    return encodeURIComponent(value ?? '');
  });
  return known && URL.canParse(filled) ? new URL(filled) : null;
}

/**
 * How a person goes back to their platform whose visit ended like this: with the code of that
 * outcome, which is stored before it leaves and stays the same from then on. Where there is no code
 * or it cannot be stored, their claim is, and they read its number.
 * @param options.still whether the visit still ends like this, asked in the transaction that stores
 *   the code; undefined comes back where it does not
 */
export async function wayBack(
  application: Application,
  options: {
    recruitment: Recruitment;
    submission: Submission;
    outcome: Outcome;
    still?: (trx: Trx) => Promise<boolean>;
  },
): Promise<Onward | undefined> {
  const { db, log, config } = application;
  const { recruitment, outcome } = options;
  const label = `Back to ${recruitment.platform.name === 'template' ? 'where you came from' : recruitment.platform.title}`;
  const now = application.now();
  let submission: Submission | undefined;
  try {
    const code = recruitment.settings.endings[outcome]?.code ?? null;
    const { still } = options;
    const stored = await storeCode(db, options.submission, {
      outcome,
      code,
      now,
      ...(still === undefined ? {} : { still }),
    });
    if (stored === null) return undefined;
    submission = stored;
  } catch (error) {
    log.error({ err: error, claim: options.submission.public_id }, 'a code could not be stored');
  }
  if (submission?.code == null) {
    const claim = options.submission.public_id;
    try {
      await storeClaim(db, options.submission, { outcome, now });
    } catch (error) {
      log.error({ err: error, claim, outcome }, 'a claim could not be stored');
    }
    return {
      label,
      href: null,
      claim,
      sentence:
        'Your code cannot be given now. Nothing of your work is lost. Send the claim number to the people who run the study, in a message on the platform.',
    };
  }
  // What was stored first holds, also where this visit would have ended in another way.
  const stored = submission.outcome as Outcome;
  const address = recruitment.settings.endings[stored]?.address ?? null;
  const { code } = submission;
  const { secretKey } = config.platforms;
  const href = addressFor(recruitment, submission, { address, code, secretKey });
  return {
    label,
    href,
    code,
    ...(href === null ? { sentence: 'Enter this code where you came from.' } : {}),
  };
}
