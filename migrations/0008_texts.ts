import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * What was measured of the texts of a dataset, or of a dataset and its counterpart: kept, because
 * it depends on the texts alone.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table text_measure (
  id {ID},
  dataset_id {INT} not null references dataset (id),
  counterpart_id {INT} references dataset (id),
  version {INT} not null,
  embedding text not null,
  sampled {INT} not null,
  content text not null,
  computed_at {INT} not null
{END};
create unique index text_measure_dataset on text_measure (dataset_id, version, embedding) where counterpart_id is null;
create unique index text_measure_pair on text_measure (dataset_id, counterpart_id, version, embedding) where counterpart_id is not null;
`,
  );
