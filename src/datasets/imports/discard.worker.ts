import { jobWork } from '#jobs/worker.js';
import { discardRows } from './discard.js';
import type { DiscardPayload } from './discardJob.js';
import { paceFor } from './pace.js';
import type { z } from 'zod';

export default jobWork(async ({ db }, payload: z.output<typeof DiscardPayload>, { signal }) => {
  const dataset = await db
    .selectFrom('dataset')
    .select('state')
    .where('id', '=', payload.datasetId)
    .executeTakeFirst();
  if (dataset?.state === 'deleted')
    await discardRows(db, payload.datasetId, {
      keepRejections: payload.keepRejections,
      pace: paceFor(db, Date.now),
      signal,
    });
  return null;
});
