import type { z } from 'zod';
import { jobWork } from '#jobs/worker.js';
import { failPublication, publish } from './publish.js';
import type { PublishPayload } from './publishJob.js';

export default jobWork(
  async (database, { publicationId }: z.output<typeof PublishPayload>, { report, signal }) => {
    try {
      return await publish(database, publicationId, { now: Date.now, report, signal });
    } catch (error) {
      if (!signal.aborted)
        await failPublication(database.db, {
          publicationId,
          reason: error instanceof Error ? error.message : String(error),
          now: Date.now(),
        });
      throw error;
    }
  },
);
