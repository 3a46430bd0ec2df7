import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * Plans registered before a study opens, and frozen reports: both written once and never changed.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table study_registration (
  id {ID},
  public_id text not null unique,
  study_id {INT} not null references study (id),
  document text not null,
  sha256 text not null,
  registered_at {INT} not null,
  registered_by {INT} references account (id)
{END};
create index study_registration_study on study_registration (study_id, id);
create table frozen_report (
  id {ID},
  public_id text not null unique,
  study_id {INT} not null references study (id),
  content {BYTES} not null,
  sha256 text not null,
  frozen_at {INT} not null,
  frozen_by {INT} references account (id)
{END};
create index frozen_report_study on frozen_report (study_id, id);
`,
  );
