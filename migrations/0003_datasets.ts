import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * Behaviours with versioned descriptions, datasets (one row a version), examples, findings,
 * rejected rows, imports.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table behaviour (
  id {ID},
  public_id text not null unique,
  name text not null unique,
  created_at {INT} not null
{END};
create table behaviour_description (
  id {ID},
  behaviour_id {INT} not null references behaviour (id),
  version {INT} not null,
  short text not null,
  long text not null,
  created_at {INT} not null,
  created_by {INT} references account (id),
  confirmed_at {INT},
  confirmed_by {INT} references account (id),
  unique (behaviour_id, version)
{END};
create table import (
  id {ID},
  public_id text not null unique,
  account_id {INT} references account (id),
  state text not null check (state in ('uploading', 'reviewing', 'running', 'done', 'failed', 'cancelled')),
  settings text not null,
  job_id {INT} references job (id),
  created_at {INT} not null,
  finished_at {INT}
{END};
create table import_file (
  id {ID},
  public_id text not null unique,
  import_id {INT} not null references import (id),
  path text not null,
  stored_path text,
  byte_count {INT} not null,
  state text not null check (state in ('reviewing', 'queued', 'running', 'done', 'failed', 'cancelled', 'not-a-dataset', 'left-out')),
  understood text not null,
  plan text not null,
  dataset_id {INT},
  message text
{END};
create index import_file_import on import_file (import_id);
create table dataset (
  id {ID},
  public_id text not null unique,
  behaviour_id {INT} not null references behaviour (id),
  name text not null,
  version {INT} not null,
  source text not null check (source in ('generated', 'human')),
  role text not null check (role in ('evaluated', 'few-shot')),
  family text not null check (family in ('persona', 'advanced-ai-risk', 'sycophancy', 'winogenerated', 'generic')),
  state text not null check (state in ('importing', 'visible', 'deleted')),
  file_name text not null,
  byte_count {INT} not null,
  sha256 text not null,
  format text not null,
  mapping text,
  provenance text not null,
  example_count {INT} not null default 0,
  rejected_count {INT} not null default 0,
  dropped_duplicate_count {INT} not null default 0,
  health text,
  import_file_id {INT},
  created_at {INT} not null,
  created_by {INT} references account (id),
  alive_at {INT},
  visible_at {INT}
{END};
create unique index dataset_version on dataset (name, source, role, version) where state = 'visible';
create index dataset_behaviour on dataset (behaviour_id);
create table example (
  id {ID},
  dataset_id {INT} not null references dataset (id),
  line_number {INT} not null,
  content_hash {BYTES} not null,
  text text not null,
  choices text not null,
  label_choice {INT},
  label_confidence {REAL},
  fixed_order {INT} not null default 0,
  doubtful {INT} not null default 0,
  raw {BYTES} not null,
  unique (dataset_id, line_number)
{END};
create table example_finding (
  dataset_id {INT} not null references dataset (id),
  finding text not null,
  example_id {INT} not null references example (id),
  detail text,
  primary key (dataset_id, finding, example_id)
{END};
create index example_finding_example on example_finding (example_id);
create table rejected_row (
  id {ID},
  dataset_id {INT} not null references dataset (id),
  line_number {INT} not null,
  code text not null,
  message text not null,
  raw {BYTES} not null
{END};
create index rejected_row_dataset on rejected_row (dataset_id, line_number);
`,
  );
