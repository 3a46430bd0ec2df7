import { inTransaction } from '#storage/transaction.js';
import { clientOf, type PlatformAccount, type Platforms, requireSecrets } from '../accounts.js';
import {
  type Action,
  type ActionRequest,
  claim,
  conclude,
  isRepeatable,
  markSpending,
  recover,
  type RecruitmentRow,
  requestOf,
} from '../actions.js';
import { placeOfPerson, type Submission } from '../hear.js';
import {
  type ProlificClient,
  ProlificFailure,
  type StudyAtProlific,
  type SubmissionAtProlific,
} from './client.js';
import { hearStudy, hearSubmission } from './heard.js';

/** What a call was answered with. */
interface Answered {
  readonly answer: object;
  readonly study?: StudyAtProlific;
  readonly submission?: SubmissionAtProlific;
}

/** Somebody else has taken the action over, so that this process must not spend. */
class TakenOver extends Error {}

const missing = (what: string): ProlificFailure =>
  new ProlificFailure('refused', `${what} is not known, so nothing was sent.`, null);

interface Sending {
  readonly application: Platforms;
  readonly client: ProlificClient;
  readonly action: Action;
  readonly recruitment: RecruitmentRow;
  readonly submission: Submission | null;
}

function personOf({ application }: Sending, submission: Submission | null): string {
  if (submission?.external_person == null) throw missing('The person');
  return requireSecrets(application).open(placeOfPerson(submission.id), submission.external_person);
}

async function payBonus(
  sending: Sending,
  { rows }: Extract<ActionRequest, { kind: 'bonus' }>,
): Promise<Answered> {
  const { application, client, action, recruitment } = sending;
  const ids = rows.map(({ submissionId }) => submissionId);
  const submissions = await application.db
    .selectFrom('platform_submission')
    .selectAll()
    .where('platform_study_id', '=', recruitment.id)
    .where('id', 'in', ids)
    .execute();
  const people = rows.map(({ submissionId, minor }) => ({
    person: personOf(sending, submissions.find(({ id }) => id === submissionId) ?? null),
    minor,
  }));
  const prepared = await client
    .prepareBonuses(recruitment.external_id ?? '', people)
    .catch((error: unknown) => {
      // Preparing pays nothing, so what may have been prepared can be prepared again.
      if (error instanceof ProlificFailure && error.meaning === 'unknown')
        throw new ProlificFailure('not-sent', error.message, error.wait);
      throw error;
    });
  const answer = { payment: prepared.id };
  if (!(await markSpending(application.db, action, answer))) throw new TakenOver();
  await client.payBonuses(prepared.id);
  return { answer };
}

async function perform(sending: Sending): Promise<Answered> {
  const { client, recruitment, submission } = sending;
  const request = requestOf(sending.action);
  const ofStudy = (study: StudyAtProlific): Answered => ({
    answer: { status: study.status },
    study,
  });
  if (request.kind === 'create-study') return ofStudy(await client.createStudy(request));
  const study = recruitment.external_id;
  if (study === null) throw missing('The study at Prolific');
  const idOf = (): string => {
    if (submission === null) throw missing('The submission');
    return submission.external_id;
  };
  const ofSubmission = (moved: SubmissionAtProlific): Answered => ({
    answer: { status: moved.status },
    submission: moved,
  });
  switch (request.kind) {
    case 'publish':
      return ofStudy(await client.moveStudy(study, 'PUBLISH'));
    case 'pause':
      return ofStudy(await client.moveStudy(study, 'PAUSE'));
    case 'resume':
      return ofStudy(await client.moveStudy(study, 'START'));
    case 'stop':
      return ofStudy(await client.moveStudy(study, 'STOP'));
    case 'places':
      return ofStudy(await client.setPlaces(study, request.total));
    case 'bonus':
      return payBonus(sending, request);
    case 'approve':
      return ofSubmission(await client.approve(idOf()));
    case 'reject':
      return ofSubmission(await client.reject(idOf(), request));
    case 'complete':
    case 'screen-out':
      return ofSubmission(await client.complete(idOf(), request.code));
    case 'request-return':
      await client.requestReturn(idOf(), request.reason);
      return { answer: {} };
    case 'message':
      await client.message(study, personOf(sending, submission), request.body);
      return { answer: {} };
  }
}

/** Stores that it was done, and what the answer says of the study or the submission. */
const store = ({ application, action, recruitment }: Sending, end: Answered): Promise<void> =>
  inTransaction(application.db, async (trx) => {
    const now = application.now();
    await conclude(trx, action, { state: 'done', answer: end.answer, now });
    if (end.study !== undefined) {
      if (recruitment.external_id === null)
        await trx
          .updateTable('platform_study')
          .set({ external_id: end.study.id })
          .where('id', '=', recruitment.id)
          .execute();
      const heard = { study: end.study, source: 'own', at: now, now } as const;
      await hearStudy(trx, recruitment.id, heard);
    }
    if (end.submission !== undefined)
      await hearSubmission(trx, application, recruitment, {
        id: end.submission.id,
        person: null,
        status: end.submission.status,
        source: 'own',
        deliveryId: `own ${action.public_id} ${action.sent_at}`,
        at: now,
        now,
        payload: { action: action.public_id },
      });
  });

/**
 * Sends an action that is wanted, once, and stores the answer. What it does where the outcome is
 * unknown depends on the kind: what is repeatable is sent again later, all else waits for a person.
 */
export async function sendAction(application: Platforms, actionId: number): Promise<Action> {
  const { db } = application;
  const action = await claim(db, actionId, application.now());
  const current = (): Promise<Action> =>
    db
      .selectFrom('platform_action')
      .selectAll()
      .where('id', '=', actionId)
      .executeTakeFirstOrThrow();
  if (action === null) return current();
  const recruitment = await db
    .selectFrom('platform_study')
    .selectAll()
    .where('id', '=', action.platform_study_id)
    .executeTakeFirstOrThrow();
  const account: PlatformAccount = await db
    .selectFrom('platform_account')
    .selectAll()
    .where('id', '=', recruitment.platform_account_id)
    .executeTakeFirstOrThrow();
  const submission =
    action.platform_submission_id === null
      ? null
      : await db
          .selectFrom('platform_submission')
          .selectAll()
          .where('id', '=', action.platform_submission_id)
          .executeTakeFirstOrThrow();
  const client = clientOf(application, account);
  const sending: Sending = { application, client, action, recruitment, submission };
  try {
    await store(sending, await perform(sending));
  } catch (error) {
    if (error instanceof TakenOver) return current();
    if (!(error instanceof ProlificFailure)) throw error;
    const state = error.meaning === 'not-sent' ? 'wanted' : error.meaning;
    // What had been prepared before is prepared again with the next sending.
    const answer = { message: error.message };
    await inTransaction(db, (trx) =>
      conclude(trx, action, { state, answer, now: application.now() }),
    );
    application.log.warn({ action: action.public_id, kind: action.kind, state }, error.message);
  }
  return current();
}

/** Sends what is wanted and what may be sent again; a dead process’s calls first become unknown. */
export async function sweepActions(application: Platforms): Promise<void> {
  const { db, config } = application;
  if (config.platforms.secretKey === null) return;
  await recover(db, application.now());
  const open = await db
    .selectFrom('platform_action')
    .select(['id', 'kind', 'state'])
    .where('state', 'in', ['wanted', 'unknown'])
    .orderBy('id')
    .execute();
  for (const { id, kind, state } of open)
    if (state === 'wanted' || isRepeatable(kind)) await sendAction(application, id);
}
