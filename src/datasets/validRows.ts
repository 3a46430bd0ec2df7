import { requireStaff } from '#web/identity.js';
import type { Handler } from '#web/route.js';
import { requireImport } from './imports/import.js';
import { importValidRows, refusedForRows } from './imports/refused.js';
import { removeUploads } from './imports/uploads.js';

/**
 * POST /imports/:import/valid-rows: imports the valid rows of files that were refused because of
 * invalid ones, of one file or of all; `action` `remove` removes the uploads instead.
 */
export const answerRefused: Handler = async (request, response, application) => {
  const entry = await requireImport(application.db, String(request.params['import']));
  const body = request.body as { action?: unknown; file?: unknown } | undefined;
  const refused = await refusedForRows(application.db, entry);
  const files =
    typeof body?.file === 'string'
      ? refused.filter((file) => file.public_id === body.file)
      : refused;
  if (body?.action === 'remove') await removeUploads(refused);
  else if (files.length > 0)
    await importValidRows(application, entry, {
      files,
      accountId: requireStaff(request).accountId,
    });
  response.redirect(303, `/imports/${entry.public_id}`);
};
