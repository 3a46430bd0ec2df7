import { runJob } from '#jobs/worker.js';
import type { ModelsConfig } from '../config.js';
import { requireModel } from './model.js';
import type { ProbePayload } from './probeJob.js';
import { probeModel } from './probing.js';

await runJob<ProbePayload, null>(async (database, payload, { signal, settings }) => {
  const model = await requireModel(database.db, payload.model);
  const models = settings as ModelsConfig;
  await probeModel(database, { model, models, accountId: null, now: Date.now, signal });
  return null;
});
