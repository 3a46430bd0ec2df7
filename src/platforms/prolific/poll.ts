import { inTransaction } from '#storage/transaction.js';
import { clientOf, type Platforms } from '../accounts.js';
import type { RecruitmentRow } from '../actions.js';
import type { ProlificClient, SubmissionAtProlific } from './client.js';
import { ProlificFailure } from './client.js';
import { hearStudy, hearSubmission } from './heard.js';

/** A recruitment with the client of its account; null where it has none. */
async function withClient(
  application: Platforms,
  recruitment: RecruitmentRow,
): Promise<ProlificClient | null> {
  if (recruitment.platform_account_id === null) return null;
  if (application.config.platforms.secretKey === null) return null;
  const account = await application.db
    .selectFrom('platform_account')
    .selectAll()
    .where('id', '=', recruitment.platform_account_id)
    .executeTakeFirstOrThrow();
  return clientOf(application, account);
}

/** Stores what a poll says of a submission, unless it holds already or the last poll said it. */
const hearPolled = (
  application: Platforms,
  recruitment: RecruitmentRow,
  polled: { submission: SubmissionAtProlific; askedAt: number },
): Promise<boolean> =>
  inTransaction(application.db, async (trx) => {
    const { submission, askedAt } = polled;
    const known = await trx
      .selectFrom('platform_submission')
      .select(['id', 'reported', 'code', 'external_person'])
      .where('platform_study_id', '=', recruitment.id)
      .where('external_id', '=', submission.id)
      .executeTakeFirst();
    if (known !== undefined) {
      const before = await trx
        .selectFrom('platform_event')
        .select(['state', 'payload'])
        .where('platform_submission_id', '=', known.id)
        .where('source', '=', 'poll')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      const entered = submission.study_code ?? null;
      const same = known.reported === submission.status || before?.state === submission.status;
      const said = before === undefined ? null : codeIn(before.payload);
      if (same && (said === entered || entered === null)) return false;
    }
    const { isNew } = await hearSubmission(trx, application, recruitment, {
      id: submission.id,
      person: submission.participant_id,
      status: submission.status,
      source: 'poll',
      deliveryId: null,
      at: askedAt,
      now: application.now(),
      payload: { status: submission.status, code: submission.study_code ?? null },
    });
    return isNew;
  });

/** The code that a stored poll saw. */
export function codeIn(payload: string): string | null {
  const read: unknown = JSON.parse(payload);
  return typeof read === 'object' &&
    read !== null &&
    'code' in read &&
    typeof read.code === 'string'
    ? read.code
    : null;
}

/**
 * Asks Prolific for a recruitment’s study and all its submissions, and stores what is new. Gives
 * the number of submissions of which something new was heard. Throws `ProlificFailure`.
 */
export async function pollRecruitment(
  application: Platforms,
  recruitment: RecruitmentRow,
): Promise<number> {
  const client = await withClient(application, recruitment);
  const { external_id: id } = recruitment;
  if (client === null || id === null) return 0;
  const askedAt = application.now();
  const study = await client.study(id);
  await inTransaction(application.db, (trx) =>
    hearStudy(trx, recruitment.id, {
      study,
      source: 'poll',
      at: askedAt,
      now: application.now(),
    }),
  );
  let heard = 0;
  for (const submission of await client.submissions(id))
    heard += Number(await hearPolled(application, recruitment, { submission, askedAt }));
  return heard;
}

/** Asks for all open recruitments; what fails is logged and asked again with the next sweep. */
export async function sweepSubmissions(application: Platforms): Promise<void> {
  const open = await application.db
    .selectFrom('platform_study')
    .selectAll()
    .where('platform', '=', 'prolific')
    .where('retired_at', 'is', null)
    .where('external_id', 'is not', null)
    .execute();
  for (const recruitment of open)
    try {
      await pollRecruitment(application, recruitment);
    } catch (error) {
      if (!(error instanceof ProlificFailure)) throw error;
      application.log.warn({ recruitment: recruitment.public_id }, error.message);
    }
}

/**
 * Asks Prolific about one submission, when its person arrives. It may be called without waiting: it
 * never throws, and what fails is logged and left to the next sweep.
 */
export async function askAbout(application: Platforms, submissionId: number): Promise<void> {
  try {
    const found = await application.db
      .selectFrom('platform_submission')
      .select(['platform_study_id', 'external_id'])
      .where('id', '=', submissionId)
      .executeTakeFirstOrThrow();
    const recruitment = await application.db
      .selectFrom('platform_study')
      .selectAll()
      .where('id', '=', found.platform_study_id)
      .executeTakeFirstOrThrow();
    if (recruitment.platform !== 'prolific') return;
    const client = await withClient(application, recruitment);
    if (client === null) return;
    const askedAt = application.now();
    const submission = await client.submission(found.external_id);
    await hearPolled(application, recruitment, { submission, askedAt });
  } catch (error) {
    application.log.warn(
      { err: error, submission: submissionId },
      'a submission was not asked for',
    );
  }
}
