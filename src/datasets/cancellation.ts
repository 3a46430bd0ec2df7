import { recordAudit } from '#accounts/audit.js';
import { requireStaff } from '#web/identity.js';
import type { Handler } from '#web/route.js';
import { storeCancelled } from './imports/cancelled.js';
import { filesOf, requireImport } from './imports/import.js';
import { removeUploads } from './imports/uploads.js';

/** POST /imports/:import/cancel: stops a running import; nothing of the file being read stays. */
export const cancelImport: Handler = async (request, response, application) => {
  const entry = await requireImport(application.db, String(request.params['import']));
  if (entry.state === 'running' && entry.job_id !== null) {
    const now = application.now();
    let ended = false;
    await application.jobs.cancel(entry.job_id, {
      also: async (trx, job) => {
        // Still in the queue: no worker will ever see it, so its end is written here.
        ended = job.state === 'cancelled';
        if (ended) await storeCancelled(trx, entry.id, now);
        await recordAudit(trx, {
          at: now,
          staff: requireStaff(request),
          action: 'import.cancel',
          subject: `import ${entry.public_id}`,
        });
      },
    });
    if (ended) await removeUploads(await filesOf(application.db, entry.id));
  }
  response.redirect(303, `/imports/${entry.public_id}`);
};
