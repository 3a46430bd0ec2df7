import { gunzipSync } from 'node:zlib';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import { getStudy, requireStudy } from '#studies/study.js';
import { requireStaff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { freezeReport, reportFileOf } from './thread/reporting.js';
import { sendFile } from './downloads.js';
import { fileNameOf } from '#web/fileName.js';
import { requireFrozen, subjectOf, supersededAt } from './frozen/frozen.js';

/** POST /studies/:study/report/freeze */
export const createFrozen: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const study = await requireStudy(application.db, String(request.params['study']));
  const frozen = await freezeReport(application, {
    study: study.public_id,
    studyId: study.id,
    accountId: staff.accountId,
  });
  await inTransaction(application.db, (trx) =>
    recordAudit(trx, {
      at: application.now(),
      staff,
      action: 'report.freeze',
      subject: `study ${study.public_id}`,
      detail: { report: frozen.public_id, sha256: frozen.sha256 },
    }),
  );
  response.redirect(303, `/reports/${frozen.public_id}`);
};

/**
 * GET /reports/:report/file.json: the frozen report with the data that it was computed from; gone
 * once a rater withdrew.
 */
export const downloadFrozen: Handler = async (request, response, application) => {
  const frozen = await requireFrozen(application.db, String(request.params['report']));
  if ((await supersededAt(application.db, frozen)) !== null)
    throw new Problem(
      410,
      'superseded',
      'A rater whose judgments this report used has withdrawn.',
      'Its judgments are no longer given out. Its numbers still are: download the HTML, or freeze a new report.',
    );
  const { content } = await application.db
    .selectFrom('frozen_report')
    .select('content')
    .where('id', '=', frozen.id)
    .executeTakeFirstOrThrow();
  const study = await getStudy(application.db, frozen.study_id);
  response
    .attachment(fileNameOf(study.title, `report-${frozen.sha256.slice(0, 12)}.json`))
    .type('json')
    .send(gunzipSync(content));
};

/** GET /reports/:report/report.html: without judgments once a rater withdrew. */
export const downloadFrozenHtml: Handler = async (request, response, application) => {
  const frozen = await requireFrozen(application.db, String(request.params['report']));
  const study = await getStudy(application.db, frozen.study_id);
  const file = await reportFileOf(application, await subjectOf(application.db, frozen), 'html');
  response
    .attachment(fileNameOf(study.title, `report-${frozen.sha256.slice(0, 12)}.html`))
    .type('html');
  await sendFile(response, file);
};
