import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStaff, type Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { deleteDraft, requireStudy, type Study } from './study.js';

/** Deletes a draft and notes it. Throws a 409 `Problem` where the study was ever opened. */
export const deleteStudy = (
  db: Db,
  options: { study: Study; now: number; staff: Staff | null },
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { study } = options;
    if (!(await deleteDraft(trx, study)))
      throw new Problem(
        409,
        'study_opened',
        `“${study.title}” was opened, so it stays.`,
        'Nothing was deleted. What people judged must be there to be looked at; close the study instead.',
      );
    await recordAudit(trx, {
      at: options.now,
      staff: options.staff,
      action: 'study.delete',
      subject: `study ${study.public_id}`,
      detail: { title: study.title },
    });
  });

/** GET /studies/:study/delete: asks before anything is deleted. */
export const askStudyDeletion: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  renderPage(request, response, application, {
    view: 'studies/delete',
    shell: {
      layout: 'staff',
      title: `Delete ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: { id: study.public_id, title: study.title, draft: study.state === 'draft' },
  });
};

/** POST /studies/:study/delete */
export const createStudyDeletion: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  await deleteStudy(application.db, {
    study,
    now: application.now(),
    staff: requireStaff(request),
  });
  response.redirect(303, '/studies');
};
