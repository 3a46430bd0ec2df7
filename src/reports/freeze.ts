import { z } from 'zod';
import { requireStudy } from '#studies/study.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import { freezeReport } from './thread/reporting.js';

const FreezeForm = z.object({ provisional: z.literal('yes').optional() });

/** POST /studies/:study/report/freeze */
export const createFrozen: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const study = await requireStudy(application.db, String(request.params['study']));
  const provisional = parse(FreezeForm, request.body).provisional === 'yes';
  const frozen = await freezeReport(application, { study, staff, provisional });
  response.redirect(303, `/reports/${frozen.public_id}`);
};
