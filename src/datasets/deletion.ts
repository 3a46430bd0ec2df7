import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStaff, type Staff } from '#web/identity.js';
import { notFound, Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { type Dataset, requireDataset, requireListedDataset, sourceWords } from './dataset.js';
import { discardJob } from './imports/discardJob.js';

/**
 * Takes an unused dataset out of sight permanently; its rows follow in short steps
 * (`discardRows`). Throws a 409 `Problem` where a study uses it, drafts included, and "not found"
 * where it was deleted before.
 */
export async function deleteDataset(
  db: Db,
  options: { dataset: Dataset; now: number; staff: Staff | null },
): Promise<void> {
  const { dataset } = options;
  await inTransaction(db, async (trx) => {
    const uses = await trx
      .selectFrom('study_dataset')
      .innerJoin('study', 'study.id', 'study_dataset.study_id')
      .select('study.title')
      .where('dataset_id', '=', dataset.id)
      .execute();
    if (uses.length > 0) {
      throw new Problem(
        409,
        'dataset_in_use',
        `${dataset.name} version ${dataset.version} is used by ${uses.map((use) => `“${use.title}”`).join(', ')}.`,
        'Nothing was deleted. A dataset stays as long as a study uses it; a draft study can be deleted or changed first.',
      );
    }
    const deleted = await trx
      .updateTable('dataset')
      .set({ state: 'deleted' })
      .where('id', '=', dataset.id)
      .where('state', '=', 'visible')
      .returning('id')
      .executeTakeFirst();
    if (deleted === undefined) throw notFound('dataset');
    await recordAudit(trx, {
      at: options.now,
      staff: options.staff,
      action: 'dataset.delete',
      subject: `dataset ${dataset.public_id}`,
      detail: { name: dataset.name, version: dataset.version, source: dataset.source },
    });
  });
}

/** GET /datasets/:dataset/delete: asks before anything is deleted. */
export const askDeletion: Handler = async (request, response, application) => {
  const dataset = await requireListedDataset(application.db, String(request.params['dataset']));
  renderPage(request, response, application, {
    view: 'datasets/delete',
    shell: {
      layout: 'staff',
      title: `Delete ${dataset.name}`,
      section: 'datasets',
      styles: ['css/datasets.css'],
    },
    page: {
      href: `/datasets/${dataset.public_id}`,
      name: dataset.name,
      version: dataset.version,
      sourceWord: sourceWords[dataset.source],
      examples: dataset.example_count,
      studies: dataset.study_count,
    },
  });
};

/** POST /datasets/:dataset/delete */
export const createDeletion: Handler = async (request, response, application) => {
  const dataset = await requireDataset(application.db, String(request.params['dataset']));
  const staff = requireStaff(request);
  await deleteDataset(application.db, { dataset, now: application.now(), staff });
  await application.jobs.add(
    discardJob.kind,
    { datasetId: dataset.id, keepRejections: false },
    staff.accountId,
  );
  response.redirect(303, '/datasets');
};
