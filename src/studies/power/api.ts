import { parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import { requireStudy } from '../study.js';
import { askPower } from './asking.js';
import { PowerQuery } from './fields.js';

/** GET /api/v1/studies/:study/power */
export const showPowerByApi: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  response.json(await askPower(application, study, parse(PowerQuery, request.query)));
};
