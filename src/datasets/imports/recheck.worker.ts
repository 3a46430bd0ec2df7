import type { z } from 'zod';
import { jobWork } from '#jobs/worker.js';
import { getDataset } from '../dataset.js';
import { paceFor } from './pace.js';
import { recheckDataset } from './recheck.js';
import type { RecheckPayload } from './recheckJob.js';

export default jobWork(async ({ db }, payload: z.output<typeof RecheckPayload>, { signal }) => {
  const dataset = await getDataset(db, payload.datasetId);
  if (dataset.state === 'visible')
    await recheckDataset(db, dataset, { pace: paceFor(db, Date.now), signal });
  return null;
});
