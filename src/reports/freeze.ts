import { requireStudy } from '#studies/study.js';
import { requireStaff } from '#web/identity.js';
import type { Handler } from '#web/route.js';
import { freezeReport } from './thread/reporting.js';

/** POST /studies/:study/report/freeze */
export const createFrozen: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const study = await requireStudy(application.db, String(request.params['study']));
  const frozen = await freezeReport(application, { study, staff });
  response.redirect(303, `/reports/${frozen.public_id}`);
};
