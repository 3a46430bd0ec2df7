import { z } from 'zod';
import type { HeardFrom } from '#storage/crowdTables.js';
import type { Db, Trx } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import { type Platforms, requireSecrets } from '../accounts.js';
import type { RecruitmentRow } from '../actions.js';
import { hear, placeOfPerson, type Submission } from '../hear.js';
import { prolific } from '../platform.js';
import { fingerprintOf, projectOf } from '../recruitment.js';
import type { StudyAtProlific } from './client.js';

const StudyFacts = z.object({
  name: z.string(),
  status: z.string(),
  places: z.int(),
  taken: z.int(),
  rewardMinor: z.number(),
  currency: z.string(),
});
/** What Prolific says of a study. */
export type StudyFacts = z.output<typeof StudyFacts>;

/** What was heard last of a recruitment’s study at Prolific; null before anything was. */
export async function studyFacts(db: Db, recruitmentId: number): Promise<StudyFacts | null> {
  const last = await db
    .selectFrom('platform_event')
    .select('payload')
    .where('platform_study_id', '=', recruitmentId)
    .where('platform_submission_id', 'is', null)
    .where('source', 'in', ['poll', 'own'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last === undefined ? null : readJson(StudyFacts, last.payload, 'platform_event.payload');
}

/** Appends what Prolific says of a study, unless it says what holds already. */
export async function hearStudy(
  trx: Trx,
  recruitmentId: number,
  heard: { study: StudyAtProlific; source: 'poll' | 'own'; at: number; now: number },
): Promise<void> {
  const { study } = heard;
  const facts: StudyFacts = {
    name: study.name,
    status: study.status,
    places: study.total_available_places,
    taken: study.places_taken,
    rewardMinor: study.reward,
    currency: study.presentment_currency_code,
  };
  const known = await studyFacts(trx, recruitmentId);
  if (JSON.stringify(known) === JSON.stringify(facts)) return;
  await trx
    .insertInto('platform_event')
    .values({
      platform_study_id: recruitmentId,
      platform_submission_id: null,
      delivery_id: null,
      source: heard.source,
      state: study.status,
      received_at: heard.now,
      occurred_at: heard.at,
      payload: JSON.stringify(facts),
    })
    .execute();
}

/** What a way to Prolific says of a submission. */
export interface SubmissionNews {
  readonly id: string;
  readonly person: string | null;
  readonly status: string | null;
  readonly source: HeardFrom;
  readonly deliveryId: string | null;
  readonly at: number;
  readonly now: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Appends what was heard of a submission; the person’s fingerprint stands for their id. */
export async function hearSubmission(
  trx: Trx,
  application: Platforms,
  recruitment: RecruitmentRow,
  news: SubmissionNews,
): Promise<{ submission: Submission; isNew: boolean }> {
  const secrets = requireSecrets(application);
  const project = await projectOf(trx, recruitment.study_id);
  const { person: id } = news;
  const person =
    id === null
      ? null
      : {
          fingerprint: fingerprintOf(secrets, { platform: prolific }, project, id),
          sealed: (submissionId: number) => secrets.seal(placeOfPerson(submissionId), id),
        };
  return hear(
    trx,
    {
      platformStudyId: recruitment.id,
      externalId: news.id,
      source: news.source,
      deliveryId: news.deliveryId,
      reported: news.status,
      occurredAt: news.at,
      now: news.now,
      payload: { ...news.payload, person: person?.fingerprint ?? null },
      ...(person === null ? {} : { person }),
    },
    (reported) => prolific.stateOf(reported),
  );
}
