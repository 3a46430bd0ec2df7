import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireStaff, type Staff } from '#web/identity.js';
import type { Handler } from '#web/route.js';
import { datasetAnswer } from './datasetByApi.js';
import { type Dataset, requireDataset, requireListedDataset } from './dataset.js';
import { recheckJob } from './imports/recheckJob.js';

/** Notes in the audit log that somebody had a dataset checked again. */
export const noteRecheck = (
  db: Db,
  dataset: Dataset,
  { now, staff }: { readonly now: number; readonly staff: Staff | null },
): Promise<unknown> =>
  inTransaction(db, (trx) =>
    recordAudit(trx, {
      at: now,
      staff,
      action: 'dataset.check',
      subject: `dataset ${dataset.public_id}`,
      detail: { name: dataset.name, version: dataset.version, detector: dataset.detector },
    }),
  );

/** True where a check of this dataset waits or runs. */
export async function isBeingChecked(db: Db, dataset: Pick<Dataset, 'id'>): Promise<boolean> {
  const job = await db
    .selectFrom('job')
    .select('id')
    .where('kind', '=', recheckJob.kind)
    .where('payload', '=', JSON.stringify({ datasetId: dataset.id }))
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst();
  return job !== undefined;
}

async function startRecheck(
  application: Application,
  dataset: Dataset,
  staff: ReturnType<typeof requireStaff>,
): Promise<void> {
  await noteRecheck(application.db, dataset, { now: application.now(), staff });
  await application.jobs.add(recheckJob.kind, { datasetId: dataset.id }, staff.accountId);
}

/** POST /datasets/:dataset/check: looks for findings again, by the rules of today. */
export const recheck: Handler = async (request, response, application) => {
  const dataset = await requireDataset(application.db, String(request.params['dataset']));
  await startRecheck(application, dataset, requireStaff(request));
  response.redirect(303, `/datasets/${dataset.public_id}`);
};

/** POST /api/v1/datasets/:dataset/check */
export const recheckByApi: Handler = async (request, response, application) => {
  const dataset = await requireListedDataset(application.db, String(request.params['dataset']));
  await startRecheck(application, dataset, requireStaff(request));
  response.status(202).json(datasetAnswer(dataset));
};
