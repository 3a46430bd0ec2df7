import { latestJob } from '#jobs/queue.js';
import { jobWork } from '#jobs/worker.js';
import { requireModel } from './model.js';
import { probeJob, type ProbePayload, ProbeSettings } from './probeJob.js';
import { probeModel } from './probing.js';

export default jobWork<ProbePayload, null>(async (database, payload, { signal, settings }) => {
  const { db } = database;
  const model = await requireModel(db, payload.model);
  const models = ProbeSettings.parse(settings);
  const job = await latestJob(db, probeJob.of(models), payload);
  const accountId = job?.account_id ?? null;
  await probeModel(database, { model, models, accountId, now: Date.now, signal });
  return null;
});
