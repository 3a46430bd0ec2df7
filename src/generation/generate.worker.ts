import { jobWork } from '#jobs/worker.js';
import { generate } from './generate.js';
import { type GeneratePayload, GenerateSettings } from './generateJob.js';
import { requireGeneration } from './generation.js';

export default jobWork<GeneratePayload, null>(
  async (database, payload, { report, signal, settings }) => {
    const { id } = await requireGeneration(database.db, payload.generation);
    const models = GenerateSettings.parse(settings);
    await generate(database, { generationId: id, models, now: Date.now, signal, report });
    return null;
  },
);
