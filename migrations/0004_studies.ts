import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/** Studies, their versioned texts, what they sample, and the sampled items. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table study (
  id {ID},
  public_id text not null unique,
  title text not null,
  state text not null check (state in ('draft', 'open', 'paused', 'closed')),
  settings text not null,
  settings_opened text,
  seed text not null,
  join_token text not null unique,
  created_at {INT} not null,
  created_by {INT} references account (id),
  opened_at {INT},
  closed_at {INT},
  first_judgment_at {INT},
  check (state = 'draft' or (settings_opened is not null and opened_at is not null))
{END};
create table study_event (
  id {ID},
  study_id {INT} not null references study (id),
  at {INT} not null,
  account_id {INT} references account (id),
  action text not null,
  from_state text,
  to_state text,
  detail text not null
{END};
create index study_event_study on study_event (study_id, id);
create table study_text (
  study_id {INT} not null references study (id),
  kind text not null check (kind in ('form', 'guidelines', 'consent', 'warning')),
  version {INT} not null,
  content text not null,
  created_at {INT} not null,
  created_by {INT} references account (id),
  primary key (study_id, kind, version)
{END};
create table study_dataset (
  study_id {INT} not null references study (id),
  dataset_id {INT} not null references dataset (id),
  behaviour_id {INT} not null references behaviour (id),
  behaviour_description_id {INT} references behaviour_description (id),
  position {INT} not null,
  sampling text,
  primary key (study_id, dataset_id)
{END};
create table item (
  id {ID},
  study_id {INT} not null,
  dataset_id {INT} not null,
  example_id {INT} not null references example (id),
  role text not null check (role in ('validation', 'gold', 'training')),
  overlap {INT} not null check (overlap between 0 and 30),
  free_places {INT} not null,
  rank {INT} not null,
  position {INT} not null,
  unique (study_id, example_id),
  unique (id, study_id, role, overlap),
  foreign key (study_id, dataset_id) references study_dataset (study_id, dataset_id),
  check (role = 'validation' or overlap = 0),
  check (free_places >= 0 and free_places < (cast(1 as bigint) << cast(overlap as integer)))
{END};
create index item_free on item (study_id, dataset_id, rank, position) where free_places <> 0;
create index item_study on item (study_id, dataset_id, position);
`,
  );
