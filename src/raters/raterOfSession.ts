import type { Request } from 'express';
import { hashSecret } from '#storage/identifiers.js';
import { prepared } from '#storage/prepared.js';
import type { Application } from '#web/application.js';
import type { RaterIdentity } from '#web/identity.js';

const known = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('rater')
    .select(['id', 'study_id', 'public_id', 'session_epoch'])
    .where('id', '=', value('rater')),
);

/**
 * The rater of this browser's session; undefined where a newer personal link has ended it. Nothing
 * else finds out which rater is calling.
 */
export async function raterOfSession(
  request: Request,
  application: Application,
): Promise<RaterIdentity | undefined> {
  const { raterId, raterEpoch } = request.session;
  if (raterId === undefined) return undefined;
  const [rater] = (await known(application.db, { rater: raterId })).rows;
  // A session that began before epochs were stored belongs to the first one.
  if (rater === undefined || rater.session_epoch !== (raterEpoch ?? 0)) return undefined;
  return {
    raterId: rater.id,
    studyId: rater.study_id,
    mark: hashSecret(`mark of ${rater.public_id}`).slice(0, 20),
  };
}
