import { z } from 'zod';
import { manyRows } from '#datasets/imports/lanes.js';
import type { JobKind } from '#jobs/kinds.js';
import type { Application } from '#web/application.js';
import { getPublication } from './publication.js';
import { overdue, studiesHolding } from './retention.js';

export const RetentionPayload = z.strictObject({ publicationId: z.int() });

/** Removes texts that a generation dropped, once the time for which they are kept is over. */
export const retentionJob: JobKind = {
  kind: 'remove-dropped',
  sentence: 'Removes texts that a generation dropped, when their time is over.',
  lane: manyRows,
  payload: RetentionPayload,
  module: new URL('./retention.worker.js', import.meta.url),
  heapMegabytes: 128,
};

/** Adds a job for each publication whose dropped texts are to be removed and that nothing holds. */
export async function sweepDropped({
  db,
  jobs,
  now,
}: Pick<Application, 'db' | 'jobs' | 'now'>): Promise<void> {
  for (const publicationId of await overdue(db, now())) {
    if ((await studiesHolding(db, await getPublication(db, publicationId))).length > 0) continue;
    await jobs.addOnce(retentionJob.kind, { publicationId }, null);
  }
}
