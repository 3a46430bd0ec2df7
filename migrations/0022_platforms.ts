import { type Kysely, sql } from 'kysely';
import { newPublicId } from '#storage/identifiers.js';
import { run } from './dialect.js';

/**
 * A project, on which all data of a lab hang; one exists from here on. How people are recruited on
 * platforms: the account there, which study of a platform belongs to which study here, one
 * submission for each session of a person, and everything that was heard of it, only appended. The
 * id of a person at their platform stands encrypted in one column; what is compared is a keyed
 * fingerprint. What is asked of a platform stands as an action before it is sent.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await run(
    db,
    `
create table project (
  id {ID},
  public_id text not null unique,
  name text not null,
  created_at {INT} not null,
  archived_at {INT}
{END};
`,
  );
  await sql`
    insert into project (public_id, name, created_at)
    values (${newPublicId()}, 'First project', ${Date.now()})`.execute(db);
  await run(
    db,
    `
alter table behaviour add column project_id {INT} not null default 1 references project (id);
alter table dataset add column project_id {INT} not null default 1 references project (id);
alter table study add column project_id {INT} not null default 1 references project (id);
alter table rater add column fingerprint text;
alter table rater add column stopped_at {INT};
create unique index rater_fingerprint on rater (study_id, fingerprint) where fingerprint is not null;
alter table judgment add column visible_ms {INT};
create table platform_account (
  id {ID},
  public_id text not null unique,
  project_id {INT} not null references project (id),
  platform text not null,
  label text not null,
  secret {BYTES},
  settings text not null,
  created_at {INT} not null,
  created_by {INT} references account (id),
  checked_at {INT},
  check_message text,
  retired_at {INT}
{END};
create table platform_study (
  id {ID},
  public_id text not null unique,
  study_id {INT} not null references study (id),
  platform text not null,
  platform_account_id {INT} references platform_account (id),
  external_id text,
  link_token text not null unique,
  settings text not null,
  created_at {INT} not null,
  created_by {INT} references account (id),
  retired_at {INT}
{END};
create index platform_study_study on platform_study (study_id);
create unique index platform_study_external on platform_study (platform, external_id) where external_id is not null and retired_at is null;
create table platform_listed (
  platform_study_id {INT} not null references platform_study (id),
  fingerprint text not null,
  list text not null check (list in ('allow', 'block')),
  added_at {INT} not null,
  primary key (platform_study_id, fingerprint, list)
{END};
create index platform_listed_list on platform_listed (platform_study_id, list);
create table platform_submission (
  id {ID},
  public_id text not null unique,
  platform_study_id {INT} not null references platform_study (id),
  external_id text not null,
  external_person {BYTES},
  fingerprint text,
  rater_id {INT} references rater (id),
  state text not null,
  reported text,
  reported_at {INT} not null,
  first_seen_at {INT} not null,
  outcome text,
  code text,
  code_given_at {INT},
  settled_at {INT},
  settled_by {INT} references account (id),
  settled_reason text,
  unique (platform_study_id, external_id)
{END};
create index platform_submission_rater on platform_submission (rater_id);
create index platform_submission_fingerprint on platform_submission (fingerprint);
create table platform_event (
  id {ID},
  platform_study_id {INT} references platform_study (id),
  platform_submission_id {INT} references platform_submission (id),
  delivery_id text unique,
  source text not null check (source in ('arrival', 'webhook', 'poll', 'admin', 'own')),
  state text,
  received_at {INT} not null,
  occurred_at {INT} not null,
  payload text not null
{END};
create index platform_event_submission on platform_event (platform_submission_id);
create table platform_action (
  id {ID},
  public_id text not null unique,
  platform_study_id {INT} not null references platform_study (id),
  platform_submission_id {INT} references platform_submission (id),
  kind text not null,
  amount_minor {INT},
  currency text,
  request text not null,
  request_key text not null unique,
  state text not null check (state in ('wanted', 'sent', 'done', 'refused', 'unknown')),
  created_at {INT} not null,
  created_by {INT} references account (id),
  sent_at {INT},
  ended_at {INT},
  answer text
{END};
create index platform_action_submission on platform_action (platform_submission_id);
create index platform_action_study on platform_action (platform_study_id);
create table consent_event (
  id {ID},
  study_id {INT} not null references study (id),
  rater_id {INT} references rater (id),
  platform_submission_id {INT} references platform_submission (id),
  kind text not null check (kind in ('given', 'declined', 'withdrawn')),
  consent_version {INT} not null,
  warning_version {INT} not null,
  at {INT} not null
{END};
create index consent_event_study on consent_event (study_id);
create index consent_event_rater on consent_event (rater_id);
`,
  );
}
