import { type Arrival, registerArrival } from '#raters/arrival.js';
import type { Rater } from '#raters/rater.js';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { getStudy, settingsOf } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { anythingLeft, isOver, raterOfPerson } from './door.js';
import { findSubmission, recruitmentOfSubmission, wayBack } from './endings.js';
import type { Submission } from './hear.js';
import { type Outcome, platforms } from './platform.js';

type Done = Parameters<Arrival['onward']>[0];

/** The submission with which a rater came now; else their newest one. */
async function submissionOf(
  db: Db,
  rater: Pick<Rater, 'id'>,
  ticket: string | undefined,
): Promise<Submission | undefined> {
  const now = ticket === undefined ? undefined : await findSubmission(db, ticket);
  if (now?.rater_id === rater.id) return now;
  return db
    .selectFrom('platform_submission')
    .selectAll()
    .where('rater_id', '=', rater.id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** How a rater’s visit ended who gets nothing now; null where they may come back for more. */
async function outcomeOf({ rater, reason, application }: Done): Promise<Outcome | null> {
  const { db } = application;
  const study = await getStudy(db, rater.study_id);
  switch (reason) {
    case 'limit':
      return 'done';
    case 'all-done': {
      const { raterLimit } = settingsOf(study);
      const { sent, skipped } = await db
        .selectFrom('assignment')
        .select((eb) => [
          eb.fn.count<number>('submitted_at').as('sent'),
          eb.fn
            .count<number>(
              eb
                .case()
                .when(eb.and([eb('submitted_at', 'is', null), eb('state', '=', 'returned')]))
                .then(1)
                .end(),
            )
            .as('skipped'),
        ])
        .where('rater_id', '=', rater.id)
        .executeTakeFirstOrThrow();
      // Without a limit, who skips more than they answer has not done their part.
      const wanted = raterLimit ?? Number(skipped);
      return sent === 0 || sent < wanted ? 'nothing-left' : 'done';
    }
    // A rater who was blocked is not told why; the people who run the study decide what follows.
    case 'closed':
    case 'blocked':
      return 'nothing-left';
    case 'stopped':
      return (await anythingLeft(db, study)) ? 'withdrew' : 'nothing-left';
    case 'unqualified':
      return 'screened-out';
    case 'withdrawn':
      return 'withdrew';
    case 'invited':
    case 'training':
    case 'draft':
    case 'paused':
    case 'day-done':
    case 'held-by-others':
    case 'left':
      return null;
  }
}

/**
 * Ends every visit of a person to a study who said no in one of them: a page of another one that is
 * still open makes no rater of them.
 */
const endVisits = (trx: Trx, submission: Submission, studyId: number): Promise<unknown> =>
  trx
    .updateTable('platform_submission')
    .set({ outcome: 'no-consent' satisfies Outcome })
    .where('rater_id', 'is', null)
    .where('outcome', 'is', null)
    .where((eb) =>
      eb.or([
        eb('id', '=', submission.id),
        eb.and([
          eb('fingerprint', '=', submission.fingerprint),
          eb(
            'platform_study_id',
            'in',
            eb.selectFrom('platform_study').select('id').where('study_id', '=', studyId),
          ),
        ]),
      ]),
    )
    .execute();

/** Keeps nothing of somebody who declined but that they did, and how they go back. */
const forgetPerson = (db: Db, submission: Submission, studyId: number): Promise<void> =>
  inTransaction(
    db,
    async (trx) => {
      const visits = await trx
        .selectFrom('platform_submission')
        .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
        .select([
          'platform_submission.id',
          'platform_submission.public_id',
          'platform_submission.external_id',
        ])
        .where('platform_study.study_id', '=', studyId)
        .where('platform_submission.rater_id', 'is', null)
        .where((eb) =>
          eb.or([
            eb('platform_submission.id', '=', submission.id),
            eb('platform_submission.fingerprint', '=', submission.fingerprint),
          ]),
        )
        .execute();
      for (const visit of visits) {
        await trx
          .updateTable('platform_submission')
          .set({
            external_person: null,
            fingerprint: null,
            ...(visit.external_id.startsWith('person ')
              ? { external_id: `declined ${visit.public_id}` }
              : {}),
          })
          .where('id', '=', visit.id)
          .execute();
        await trx
          .updateTable('platform_event')
          .set({ payload: '{}' })
          .where('platform_submission_id', '=', visit.id)
          .where('delivery_id', 'not like', 'claim %')
          .execute();
        await trx
          .updateTable('platform_event')
          .set({ delivery_id: null })
          .where('platform_submission_id', '=', visit.id)
          .where('source', '=', 'arrival')
          .execute();
      }
    },
    { repeatable: true },
  );

async function turnedAway(options: {
  ticket: string | undefined;
  because: 'closed' | 'declined';
  application: Application;
}): ReturnType<NonNullable<Arrival['turnedAway']>> {
  const { ticket, because, application } = options;
  const submission =
    ticket === undefined ? undefined : await findSubmission(application.db, ticket);
  if (submission === undefined) return null;
  const recruitment = await recruitmentOfSubmission(application.db, submission);
  const outcome = because === 'declined' ? 'no-consent' : 'nothing-left';
  const onward = await wayBack(application, { recruitment, submission, outcome });
  if (because === 'declined')
    await forgetPerson(application.db, submission, recruitment.row.study_id);
  return onward ?? null;
}

/**
 * Whether the link of a visit shows more than that somebody knows a person's id: the platform signed
 * it, its session is the one in which they agreed, or the platform itself has named that session.
 */
async function isProof(db: Db, submission: Submission): Promise<boolean> {
  const { settings } = await recruitmentOfSubmission(db, submission);
  if (settings.signed) return true;
  // The platform gave no session: whoever knows the id knows all that the link says.
  if (submission.external_id.startsWith('person ')) return false;
  const agreed = await db
    .selectFrom('consent_event')
    .select('id')
    .where('platform_submission_id', '=', submission.id)
    .where('kind', '=', 'given')
    .limit(1)
    .executeTakeFirst();
  if (agreed !== undefined) return true;
  const named = await db
    .selectFrom('platform_event')
    .select('id')
    .where('platform_submission_id', '=', submission.id)
    .where('source', 'in', ['webhook', 'poll'])
    .limit(1)
    .executeTakeFirst();
  return named !== undefined;
}

const submissionOfTicket = async (
  trx: Trx,
  ticket: string | undefined,
): Promise<{ submission: Submission; studyId: number } | undefined> => {
  const submission = ticket === undefined ? undefined : await findSubmission(trx, ticket);
  if (submission === undefined) return undefined;
  const { row } = await recruitmentOfSubmission(trx, submission);
  return { submission, studyId: row.study_id };
};

const arrivalFrom = (name: string): Arrival => ({
  name,
  async onward(done) {
    const { rater, ticket, application } = done;
    const submission = await submissionOf(application.db, rater, ticket);
    if (submission === undefined) return null;
    const outcome = submission.code === null ? await outcomeOf(done) : submission.outcome;
    if (outcome === null) return null;
    const recruitment = await recruitmentOfSubmission(application.db, submission);
    return (
      (await wayBack(application, { recruitment, submission, outcome: outcome as Outcome })) ?? null
    );
  },
  turnedAway,
  async proves(db, { ticket, rater }) {
    const submission = ticket === undefined ? undefined : await findSubmission(db, ticket);
    return submission?.rater_id === rater.id && isProof(db, submission);
  },
  async isOver(trx, ticket) {
    const found = await submissionOfTicket(trx, ticket);
    return found !== undefined && isOver(found.submission);
  },
  async knownAs(trx, ticket) {
    const found = await submissionOfTicket(trx, ticket);
    if (found === undefined) return undefined;
    const rater = await raterOfPerson(trx, found.studyId, found.submission.fingerprint);
    if (rater !== undefined) await link(trx, found.submission, rater.id);
    return rater;
  },
  async joined(trx, { ticket, rater }) {
    const found = await submissionOfTicket(trx, ticket);
    if (found === undefined) return;
    const { submission } = found;
    await trx
      .updateTable('rater')
      .set({ fingerprint: submission.fingerprint })
      .where('id', '=', rater.id)
      .execute();
    await link(trx, submission, rater.id);
    await trx
      .updateTable('consent_event')
      .set({ platform_submission_id: submission.id })
      .where('rater_id', '=', rater.id)
      .where('kind', '=', 'given')
      .execute();
  },
  async declined(trx, { ticket, consentEventId }) {
    const found = await submissionOfTicket(trx, ticket);
    if (found === undefined) return;
    await trx
      .updateTable('consent_event')
      .set({ platform_submission_id: found.submission.id })
      .where('id', '=', consentEventId)
      .execute();
    await endVisits(trx, found.submission, found.studyId);
  },
});

const link = (trx: Trx, submission: Submission, raterId: number): Promise<unknown> =>
  trx
    .updateTable('platform_submission')
    .set({ rater_id: raterId })
    .where('id', '=', submission.id)
    .execute();

/** Makes the arrivals of every platform known, once for a process. */
export function registerPlatforms(): void {
  for (const { name } of platforms) registerArrival(arrivalFrom(name));
}
