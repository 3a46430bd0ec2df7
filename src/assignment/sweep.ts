import type { Application } from '#web/application.js';
import { recomputePlaces } from './places.js';
import { expireLeases, leasesPerStep } from './lease.js';

/** Lets lapsed leases of all studies expire, so that their places can be had. */
export async function sweepLeases(
  application: Pick<Application, 'database' | 'db' | 'now'>,
): Promise<void> {
  const now = application.now();
  const studies = await application.db
    .selectFrom('assignment')
    .select('study_id')
    .distinct()
    .where('state', '=', 'leased')
    .where('lease_until', '<', now)
    .execute();
  for (const { study_id: studyId } of studies) {
    let expired = leasesPerStep;
    while (expired === leasesPerStep)
      expired = await expireLeases(application.database, studyId, now);
  }
}

/** At start: a killed process may have left masks and ranks that do not fit the places. */
export async function recomputeAtStart(application: Application): Promise<void> {
  const wrong = await recomputePlaces(application.db);
  if (wrong > 0) application.log.warn({ items: wrong }, 'free places were recomputed');
}
