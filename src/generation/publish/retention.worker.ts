import type { z } from 'zod';
import { runJob } from '#jobs/worker.js';
import { removeDropped } from './retention.js';
import type { RetentionPayload } from './retentionJob.js';

await runJob((database, { publicationId }: z.output<typeof RetentionPayload>, { signal }) =>
  removeDropped(database, publicationId, { now: Date.now, signal }),
);
