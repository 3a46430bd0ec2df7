import type { z } from 'zod';
import { jobWork } from '#jobs/worker.js';
import { removeDropped } from './retention.js';
import type { RetentionPayload } from './retentionJob.js';

export default jobWork(
  (database, { publicationId }: z.output<typeof RetentionPayload>, { signal }) =>
    removeDropped(database, publicationId, { now: Date.now, signal }),
);
