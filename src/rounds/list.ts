import type { Generation } from '#generation/generation.js';
import type { Db } from '#storage/database.js';
import type { Study } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import { keptDatasets } from './read.js';

/** A study in which what a generation kept is judged. */
export interface JudgedIn {
  readonly id: string;
  readonly title: string;
  readonly state: 'draft' | 'open' | 'paused' | 'closed';
  readonly dataset: string;
  readonly version: number;
  /** Judgments of that dataset as they were sent, counted or not. */
  readonly judgments: number;
}

/** The studies in which a generation's kept datasets are judged, the newest first. */
export async function studiesOf(db: Db, generation: Pick<Generation, 'id'>): Promise<JudgedIn[]> {
  const ids = (await keptDatasets(db, generation)).map(({ datasetId }) => datasetId);
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('study_dataset')
    .innerJoin('study', 'study.id', 'study_dataset.study_id')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .select((eb) => [
      'study.public_id as id',
      'study.title',
      'study.state',
      'dataset.name as dataset',
      'dataset.version',
      eb
        .selectFrom('assignment')
        .innerJoin('item', 'item.id', 'assignment.item_id')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('assignment.study_id', '=', 'study.id')
        .whereRef('item.dataset_id', '=', 'dataset.id')
        .where('assignment.state', '=', 'submitted')
        .where('assignment.role', '=', 'validation')
        .as('judgments'),
    ])
    .where('dataset.id', 'in', ids)
    .orderBy('study.id', 'desc')
    .orderBy('dataset.id', 'desc')
    .execute();
  return rows.map((row) => ({ ...row, judgments: row.judgments ?? 0 }));
}

/** Throws a 409 `Problem` where the study says nothing of what the generation kept. */
export async function requireJudged(
  db: Db,
  generation: Pick<Generation, 'id'>,
  study: Pick<Study, 'public_id' | 'state'>,
): Promise<void> {
  if (study.state === 'draft')
    throw new Problem(
      409,
      'not_opened',
      'The study was not opened yet, so nobody has judged anything.',
      'Open it, and come back once it was judged.',
    );
  const studies = await studiesOf(db, generation);
  if (!studies.some(({ id }) => id === study.public_id))
    throw new Problem(
      409,
      'not_judged',
      'The study holds no dataset of what this generation kept.',
      'Publish what was kept, and have it judged in a study first.',
    );
}

/** The generations that follow this one, the oldest first. */
export const followersOf = (
  db: Db,
  generation: Pick<Generation, 'id'>,
): Promise<{ id: string; name: string; at: number }[]> =>
  db
    .selectFrom('generation')
    .select(['public_id as id', 'name', 'created_at as at'])
    .where('follows', '=', generation.id)
    .orderBy('id')
    .execute();
