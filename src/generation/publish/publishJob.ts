import { z } from 'zod';
import { manyRows } from '#datasets/imports/lanes.js';
import type { JobKind } from '#jobs/kinds.js';
import type { Application } from '#web/application.js';
import { failPublication } from './publish.js';

export const PublishPayload = z.strictObject({ publicationId: z.int() });

/** Makes the datasets of an approved publication. */
export const publishJob: JobKind = {
  kind: 'publish',
  sentence: 'Publishes what a generation kept as a dataset, and what it dropped as another.',
  lane: manyRows,
  payload: PublishPayload,
  module: new URL('./publish.worker.js', import.meta.url),
  heapMegabytes: 512,
};

/**
 * Adds the jobs of publications that were approved, and says of those whose job failed that they
 * did: what was approved on the command line, or by a server that died, is taken up here.
 */
export async function sweepPublications({
  db,
  jobs,
  now,
}: Pick<Application, 'db' | 'jobs' | 'now'>): Promise<void> {
  const approved = await db
    .selectFrom('publication')
    .select(['id', 'decided_at'])
    .where('state', '=', 'approved')
    .execute();
  for (const { id, decided_at: decided } of approved) {
    const payload = { publicationId: id };
    const job = await jobs.latest(publishJob.kind, payload);
    if (job === undefined || job.created_at < (decided ?? 0))
      await jobs.add(publishJob.kind, payload, null);
    else if (job.state === 'failed' || job.state === 'cancelled')
      await failPublication(db, {
        publicationId: id,
        reason: job.error ?? 'It was cancelled.',
        now: now(),
      });
  }
}
