import type { Selectable } from 'kysely';
import type { HeardFrom, PlatformSubmissionTable } from '#storage/crowdTables.js';
import type { Trx } from '#storage/database.js';
import { engineOf } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import type { Outcome } from './platform.js';
import { decidedBy, type SubmissionState } from './states.js';

export type Submission = Selectable<PlatformSubmissionTable>;

/** Something heard of a submission, by whatever way it came. */
export interface News {
  readonly platformStudyId: number;
  /** The id of the submission at the platform. */
  readonly externalId: string;
  readonly source: HeardFrom;
  /** Names a delivery that comes at least once; null where there is none. */
  readonly deliveryId: string | null;
  /** The word of the platform; null where it says nothing of the state. */
  readonly reported: string | null;
  readonly occurredAt: number;
  readonly now: number;
  /** What came, without the id of the person: their fingerprint stands in its place. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Encrypted id and fingerprint, where the news names the person. */
  readonly person?: { readonly fingerprint: string; sealed(submissionId: number): Uint8Array };
}

/** Where the id of a person is stored, for `Secrets.seal`. */
export const placeOfPerson = (submissionId: number): string =>
  `platform_submission.external_person ${submissionId}`;

/** Whether the person of a visit did not want to take part. */
const saidNo = ({ outcome }: Pick<Submission, 'outcome'>): boolean =>
  outcome === ('no-consent' satisfies Outcome);

/** A submission under a lock, made where it was not heard of before. */
async function lockSubmission(trx: Trx, news: News): Promise<Submission> {
  await trx
    .insertInto('platform_submission')
    .values({
      public_id: newPublicId(),
      platform_study_id: news.platformStudyId,
      external_id: news.externalId,
      external_person: null,
      fingerprint: news.person?.fingerprint ?? null,
      rater_id: null,
      state: 'arrived',
      reported: null,
      reported_at: news.occurredAt,
      first_seen_at: news.now,
      outcome: null,
      code: null,
      code_given_at: null,
      settled_at: null,
      settled_by: null,
      settled_reason: null,
    })
    .onConflict((conflict) => conflict.columns(['platform_study_id', 'external_id']).doNothing())
    .execute();
  return trx
    .selectFrom('platform_submission')
    .selectAll()
    .where('platform_study_id', '=', news.platformStudyId)
    .where('external_id', '=', news.externalId)
    .$if(engineOf(trx) === 'postgres', (query) => query.forUpdate())
    .executeTakeFirstOrThrow();
}

/**
 * Appends what was heard of a submission and stores what holds now. A delivery that was stored
 * before changes nothing. The result does not depend on the order in which news come: the state is
 * computed from all of them (`decidedBy`).
 * @param stateOf what a word of the platform means; `unknown` for one that its record does not know
 */
export async function hear(
  trx: Trx,
  news: News,
  stateOf: (reported: string) => SubmissionState,
): Promise<{ submission: Submission; isNew: boolean }> {
  const submission = await lockSubmission(trx, news);
  const stored = await trx
    .insertInto('platform_event')
    .values({
      platform_study_id: news.platformStudyId,
      platform_submission_id: submission.id,
      delivery_id: news.deliveryId,
      source: news.source,
      state: news.reported,
      received_at: news.now,
      occurred_at: news.occurredAt,
      // Of a person who declined nothing is kept.
      payload: saidNo(submission) ? '{}' : JSON.stringify(news.payload),
    })
    .onConflict((conflict) => conflict.column('delivery_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (stored === undefined) return { submission, isNew: false };
  const events = await trx
    .selectFrom('platform_event')
    .select(['state', 'occurred_at', 'source'])
    .where('platform_submission_id', '=', submission.id)
    .execute();
  const decides = decidedBy(
    events.flatMap(({ state, occurred_at: occurredAt }) =>
      state === null ? [] : [{ state: stateOf(state), reported: state, occurredAt }],
    ),
  );
  const person =
    submission.external_person === null && !saidNo(submission) ? news.person : undefined;
  const changed = await trx
    .updateTable('platform_submission')
    .set({
      state: decides?.state ?? 'arrived',
      reported: decides?.reported ?? null,
      reported_at: decides?.occurredAt ?? submission.reported_at,
      first_seen_at: Math.min(submission.first_seen_at, news.now),
      ...(person === undefined
        ? {}
        : { fingerprint: person.fingerprint, external_person: person.sealed(submission.id) }),
    })
    .where('id', '=', submission.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { submission: changed, isNew: true };
}
