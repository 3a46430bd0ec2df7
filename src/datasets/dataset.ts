import type { Selectable } from 'kysely';
import type { Db } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import type { DatasetTable } from '#storage/datasetTables.js';
import { notFound } from '#web/problem.js';
import { emptyHealth, Health } from './health.js';

/** One version of a dataset. */
export type Dataset = Selectable<DatasetTable>;

/** A dataset with what lists of datasets show beside it. */
export interface ListedDataset extends Dataset {
  readonly behaviour_name: string;
  readonly behaviour_public_id: string;
  /** Version of the newest confirmed description; null: may not go to raters yet. */
  readonly confirmed_version: number | null;
  /** Studies that use this version, drafts included. */
  readonly study_count: number;
}

/** How a source is called on pages. */
export const sourceWords = { generated: 'generated', human: 'human-written' } as const;

/** What else lists say of a dataset beside its source; null where there is nothing. */
export function remarkOn({ role, part }: Pick<Dataset, 'role' | 'part'>): string | null {
  if (role === 'few-shot') return 'few-shot prompts';
  return part === null ? null : `${part} by its generation`;
}

/** A visible dataset by its public id. */
export const findDataset = (db: Db, publicId: string): Promise<Dataset | undefined> =>
  db
    .selectFrom('dataset')
    .selectAll()
    .where('public_id', '=', publicId)
    .where('state', '=', 'visible')
    .executeTakeFirst();

/** A visible dataset by its public id. Throws 404 where there is none. */
export async function requireDataset(db: Db, publicId: string): Promise<Dataset> {
  const dataset = await findDataset(db, publicId);
  if (dataset === undefined) throw notFound('dataset');
  return dataset;
}

/** A dataset by its internal id, whatever its state. */
export const getDataset = (db: Db, id: number): Promise<Dataset> =>
  db.selectFrom('dataset').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const listed = (db: Db) =>
  db
    .selectFrom('dataset')
    .innerJoin('behaviour', 'behaviour.id', 'dataset.behaviour_id')
    .selectAll('dataset')
    .select(['behaviour.name as behaviour_name', 'behaviour.public_id as behaviour_public_id'])
    .select((eb) => [
      eb
        .selectFrom('behaviour_description')
        .select(eb.fn.max('version').as('version'))
        .whereRef('behaviour_description.behaviour_id', '=', 'dataset.behaviour_id')
        .where('confirmed_at', 'is not', null)
        .as('confirmed_version'),
      eb
        .selectFrom('study_dataset')
        .select(eb.fn.countAll<number>().as('count'))
        .whereRef('study_dataset.dataset_id', '=', 'dataset.id')
        .as('study_count'),
    ])
    .where('dataset.state', '=', 'visible');

const withCount = (
  row: Dataset & {
    behaviour_name: string;
    behaviour_public_id: string;
    confirmed_version: number | null;
    study_count: number | null;
  },
): ListedDataset => ({ ...row, study_count: row.study_count ?? 0 });

/**
 * Every visible dataset, by behaviour, then evaluated before few-shot, generated before
 * human-written, newest version first.
 */
export async function listDatasets(db: Db): Promise<ListedDataset[]> {
  const rows = await listed(db)
    .orderBy('behaviour.name')
    .orderBy('dataset.role')
    .orderBy('dataset.source')
    .orderBy('dataset.name')
    .orderBy('dataset.version', 'desc')
    .execute();
  return rows.map(withCount);
}

/** One visible dataset as lists show it. Throws 404 where there is none. */
export async function requireListedDataset(db: Db, publicId: string): Promise<ListedDataset> {
  const row = await listed(db).where('dataset.public_id', '=', publicId).executeTakeFirst();
  if (row === undefined) throw notFound('dataset');
  return withCount(row);
}

/** The versions of the same dataset (name, source, role), newest first. */
export const listVersions = (db: Db, dataset: Dataset): Promise<Dataset[]> =>
  db
    .selectFrom('dataset')
    .selectAll()
    .where('name', '=', dataset.name)
    .where('source', '=', dataset.source)
    .where('role', '=', dataset.role)
    .where('state', '=', 'visible')
    .orderBy('version', 'desc')
    .execute();

/** The health check that the import stored. */
export const healthOf = (dataset: Pick<Dataset, 'health'>): Health =>
  dataset.health === null ? emptyHealth : readJson(Health, dataset.health, 'dataset.health');
