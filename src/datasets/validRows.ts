import { z } from 'zod';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import { requireImport } from './imports/import.js';
import { importValidRows, refusedForRows } from './imports/refused.js';
import { removeUploads } from './imports/uploads.js';

const Answer = z.object({ action: z.enum(['import', 'remove']) });

/**
 * POST /imports/:import/valid-rows: imports the valid rows of the files that were refused because of
 * invalid ones, or removes their uploads.
 */
export const answerRefused: Handler = async (request, response, application) => {
  const entry = await requireImport(application.db, String(request.params['import']));
  const { action } = parse(Answer, request.body);
  const files = await refusedForRows(application.db, entry);
  const { accountId } = requireStaff(request);
  if (action === 'remove') await removeUploads(files);
  else if (files.length > 0) await importValidRows(application, entry, { files, accountId });
  response.redirect(303, `/imports/${entry.public_id}`);
};
