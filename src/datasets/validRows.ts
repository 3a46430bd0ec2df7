import type { Request } from 'express';
import { z } from 'zod';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { importAnswer } from './importByApi.js';
import { getImport, type Import, type ImportFile, requireImport } from './imports/import.js';
import { importValidRows, refusedForRows } from './imports/refused.js';
import { removeUploads } from './imports/uploads.js';

export const RefusedAnswer = z.object({
  action: z
    .enum(['import', 'remove'])
    .describe('import takes the rows that can be examples; remove removes the uploads.'),
});

/** The refused files of an import, whose valid rows were imported or whose uploads were removed. */
async function answer(
  request: Request,
  application: Application,
): Promise<{ entry: Import; files: readonly ImportFile[] }> {
  const entry = await requireImport(application.db, String(request.params['import']));
  const { action } = parse(RefusedAnswer, request.body);
  const files = await refusedForRows(application.db, entry);
  const { accountId } = requireStaff(request);
  if (action === 'remove') await removeUploads(files);
  else if (files.length > 0) await importValidRows(application, entry, { files, accountId });
  return { entry, files };
}

/**
 * POST /imports/:import/valid-rows: imports the valid rows of the files that were refused because of
 * invalid ones, or removes their uploads.
 */
export const answerRefused: Handler = async (request, response, application) => {
  const { entry } = await answer(request, application);
  response.redirect(303, `/imports/${entry.public_id}`);
};

/** POST /api/v1/imports/:import/valid-rows: the same; 409 where no refused file is left. */
export const answerRefusedByApi: Handler = async (request, response, application) => {
  const { entry, files } = await answer(request, application);
  if (files.length === 0)
    throw new Problem(
      409,
      'nothing_refused',
      'No file of this import was refused for invalid rows and is still kept.',
      'Upload the files again, with good_rows=yes.',
    );
  response
    .status(202)
    .json(await importAnswer(application.db, await getImport(application.db, entry.id)));
};
