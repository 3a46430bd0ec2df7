import type { ConsentKind } from '#storage/crowdTables.js';
import type { Db, Trx } from '#storage/database.js';
import { currentText } from '#studies/study.js';

/** The texts that somebody was shown. */
export interface ConsentVersions {
  readonly consentVersion: number;
  readonly warningVersion: number;
}

/** The versions of the texts that a consent page shows now; 0 where there is no text. */
export const shownVersions = async (db: Db, studyId: number): Promise<ConsentVersions> => ({
  consentVersion: (await currentText(db, studyId, 'consent'))?.version ?? 0,
  warningVersion: (await currentText(db, studyId, 'warning'))?.version ?? 0,
});

/**
 * Notes that somebody agreed, declined or withdrew; only appended. Of a person who declined nothing
 * else is kept. Gives the id of the event.
 */
export const recordConsent = async (
  trx: Trx,
  event: ConsentVersions & {
    readonly studyId: number;
    readonly raterId: number | null;
    readonly kind: ConsentKind;
    readonly at: number;
  },
): Promise<number> => {
  const { id } = await trx
    .insertInto('consent_event')
    .values({
      study_id: event.studyId,
      rater_id: event.raterId,
      platform_submission_id: null,
      kind: event.kind,
      consent_version: event.consentVersion,
      warning_version: event.warningVersion,
      at: event.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
};
