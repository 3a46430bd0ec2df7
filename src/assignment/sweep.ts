import type { Application } from '#web/application.js';
import { inTransaction } from '#storage/transaction.js';
import { mendPlaces } from './places.js';
import { studyForRating } from './studyForRating.js';
import { expireLeases } from './work.js';

/** Lets lapsed leases of all studies expire, so that their places can be had. */
export async function sweepLeases(application: Application): Promise<void> {
  const now = application.now();
  const studies = await application.db.selectFrom('assignment').select('study_id').distinct().where('state', '=', 'leased').where('lease_until', '<', now).execute();
  for (const { study_id: studyId } of studies) {
    await inTransaction(application.db, async (trx) => expireLeases(trx, await studyForRating(trx, studyId, application.database), now));
  }
}

/** At start: a killed process may have left masks that do not fit the places. */
export async function mendAtStart(application: Application): Promise<void> {
  const mended = await mendPlaces(application.db);
  if (mended > 0) application.log.warn({ items: mended }, 'free places were recomputed');
}
