import type { Db } from '#storage/database.js';
import { plural } from '#web/format.js';
import { describedBehaviours } from './behaviour.js';
import { healthOf } from './dataset.js';
import { missingLabels } from './health.js';
import { filesOf, type Import, type ImportFile, understoodOf } from './imports/import.js';
import { keptDays, refusedForRows } from './imports/refused.js';
import { waitingBeside } from './imports/uploads.js';
import { behavioursIn } from './reviewModel.js';

const stateWords: Record<ImportFile['state'], string> = {
  reviewing: 'waits for review',
  queued: 'waits',
  running: 'running',
  done: 'imported',
  failed: 'not imported',
  cancelled: 'cancelled',
  'not-a-dataset': 'not a dataset',
  'left-out': 'left out',
};

/** What came of an import, file by file, and what can still be done with it. */
export async function importResult(db: Db, entry: Import): Promise<object> {
  const files = await filesOf(db, entry.id);
  const href = `/imports/${entry.public_id}`;
  const refused = await refusedForRows(db, entry);
  const names = behavioursIn(files);
  const described = await describedBehaviours(db, names);
  const rows = await Promise.all(
    files.map(async (file) => {
      const dataset =
        file.dataset_id === null
          ? undefined
          : await db
              .selectFrom('dataset')
              .selectAll()
              .where('id', '=', file.dataset_id)
              .executeTakeFirst();
      const visible = dataset?.state === 'visible' ? dataset : undefined;
      const rejected = dataset?.rejected_count ?? 0;
      return {
        path: file.path,
        state: file.state,
        stateWords: stateWords[file.state],
        message:
          file.message ?? (file.state === 'not-a-dataset' ? understoodOf(file).reason : null),
        datasetHref: visible === undefined ? null : `/datasets/${visible.public_id}`,
        examples: visible?.example_count ?? null,
        withFinding: visible === undefined ? null : visible.example_count - healthOf(visible).clean,
        unlabelled:
          visible === undefined
            ? null
            : missingLabels(healthOf(visible).unlabelled, visible.example_count),
        dropped: visible?.dropped_duplicate_count ?? null,
        rejected,
        rejectedHref: rejected === 0 ? null : `${href}/files/${file.public_id}/rejected`,
        imported: visible?.example_count ?? 0,
      };
    }),
  );
  const done = rows.filter((row) => row.state === 'done');
  const failed = rows.filter((row) => row.state === 'failed');
  const job =
    entry.job_id === null
      ? undefined
      : await db
          .selectFrom('job')
          .select(['state', 'error'])
          .where('id', '=', entry.job_id)
          .executeTakeFirst();
  const broken =
    job?.state === 'failed' ? ` The import broke off: ${job.error ?? 'nobody knows why'}.` : '';
  const reviewing = files.filter((file) => file.state === 'reviewing').length;
  const sentence =
    entry.state === 'reviewing'
      ? `${plural(reviewing, 'file waits', 'files wait')} for an admin to review ${reviewing === 1 ? 'it' : 'them'}. Nothing was imported yet.`
      : entry.state === 'cancelled'
        ? `The import was cancelled. ${done.length === 0 ? 'Nothing of it was kept.' : `${plural(done.length, 'file')} had been imported before and stayed.`}`
        : `${plural(
            done.reduce((sum, row) => sum + row.imported, 0),
            'example',
          )} from ${plural(done.length, 'file')} came in.${failed.length > 0 ? ` ${plural(failed.length, 'file was', 'files were')} not imported; the reasons stand below.` : ''}${broken}`;
  const state = broken === '' ? entry.state : 'failed';
  return {
    href,
    state,
    stateWords: state === 'reviewing' ? stateWords.reviewing : state,
    sentence,
    files: rows,
    refused: refused.length,
    keptDays,
    undescribed: names.filter((name) => described.get(name)?.confirmed !== true).length,
    waiting: await waitingBeside(db, entry.id),
  };
}
