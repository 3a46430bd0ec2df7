import { createHash } from 'node:crypto';
import type { Db } from '#storage/database.js';
import { keptMeasures } from '#texts/store.js';
import { readAsked } from '../asked/answers.js';
import { requireStudy } from '#studies/study.js';

/**
 * A hash that changes whenever anything changes that a report of this study is computed from: a
 * judgment, a revision, an exclusion, a withdrawal, a text, a setting, a measure of texts. Equal
 * fingerprints mean an equal report.
 */
export async function fingerprintOf(db: Db, publicId: string): Promise<string> {
  const study = await requireStudy(db, publicId);
  const assignments = await db
    .selectFrom('assignment')
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      eb.fn.count<number>('place_no').as('places'),
      eb.fn.count<number>('excluded_at').as('excluded'),
      eb.fn.max<number | null>('submitted_at').as('latest'),
    ])
    .where('study_id', '=', study.id)
    .where('state', '=', 'submitted')
    .executeTakeFirstOrThrow();
  const unanswered = await db
    .selectFrom('assignment')
    .select((eb) => ['state', eb.fn.countAll<number>().as('all')])
    .where('study_id', '=', study.id)
    .where('state', 'in', ['returned', 'expired'])
    .where('shown_at', 'is not', null)
    .groupBy('state')
    .orderBy('state')
    .execute();
  const judgments = await db
    .selectFrom('judgment')
    .innerJoin('rater', 'rater.id', 'judgment.rater_id')
    .select((eb) => [
      eb.fn.countAll<number>().as('revisions'),
      eb.fn.max<number | null>('judgment.submitted_at').as('latest'),
      eb.fn.count<number>('judgment.blanked_at').as('blanked'),
    ])
    .where('rater.study_id', '=', study.id)
    .executeTakeFirstOrThrow();
  const raters = await db
    .selectFrom('rater_event')
    .innerJoin('rater', 'rater.id', 'rater_event.rater_id')
    .select((eb) => eb.fn.max<number | null>('rater_event.id').as('latest'))
    .where('rater.study_id', '=', study.id)
    .where('rater_event.action', 'in', ['exclude', 'restore', 'withdraw', 'block', 'unblock'])
    .executeTakeFirstOrThrow();
  const texts = await db
    .selectFrom('study_text')
    .select(['kind', 'version'])
    .where('study_id', '=', study.id)
    .orderBy('kind')
    .orderBy('version')
    .execute();
  const asides = await db
    .selectFrom('assignment')
    .leftJoin('flag', 'flag.assignment_id', 'assignment.id')
    .leftJoin('assignment_return', 'assignment_return.assignment_id', 'assignment.id')
    .select((eb) => [
      eb.fn.max<number | null>('flag.id').as('flag'),
      eb.fn.max<number | null>('assignment_return.id').as('skip'),
    ])
    .where('assignment.study_id', '=', study.id)
    .executeTakeFirstOrThrow();
  const rule = await db
    .selectFrom('study_event')
    .select((eb) => eb.fn.max<number | null>('id').as('latest'))
    .where('study_id', '=', study.id)
    .where('action', '=', 'rule')
    .executeTakeFirstOrThrow();
  const datasets = await db
    .selectFrom('study_dataset')
    .select('dataset_id')
    .where('study_id', '=', study.id)
    .orderBy('dataset_id')
    .execute();
  const measures = (
    await keptMeasures(
      db,
      datasets.map((row) => row.dataset_id),
    )
  ).map(({ id }) => id);
  // The pace rests on the judgments.
  const asked = await readAsked(db, study, null);
  const parts = {
    study: [
      study.state,
      study.title,
      study.settings,
      study.opened_at,
      study.closed_at,
      study.first_judgment_at,
    ],
    rule,
    assignments,
    unanswered,
    judgments,
    raters,
    texts,
    asides,
    measures,
    asked,
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
