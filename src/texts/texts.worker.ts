import { jobWork } from '#jobs/worker.js';
import type { EmbeddingsSettings } from '../config.js';
import { embeddingsServer } from './embeddings.js';
import { measureStudy } from './measureStudy.js';
import type { TextsPayload } from './textsJob.js';

export default jobWork(async ({ db }, payload: TextsPayload, { report, signal, settings }) => {
  const embeddings = settings as EmbeddingsSettings | null;
  return {
    measured: await measureStudy(db, payload.study, {
      source: embeddings === null ? null : embeddingsServer(embeddings),
      now: Date.now,
      report,
      signal,
    }),
  };
});
