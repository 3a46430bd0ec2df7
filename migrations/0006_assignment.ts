import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * Assignments and judgments. The constraints carry the promises of the design: an item never
 * collects more than its overlap of counted judgments (place_no), a rater judges an item at most
 * once, rater and item belong to one study.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table assignment (
  id {ID},
  public_id text not null unique,
  study_id {INT} not null,
  rater_id {INT} not null,
  item_id {INT} not null,
  role text not null,
  overlap {INT} not null,
  state text not null check (state in ('leased', 'submitted', 'expired', 'returned', 'revoked')),
  place_no {INT},
  lease_slot {INT} check (lease_slot in (0, 1)),
  lease_until {INT},
  choice_order text not null,
  created_at {INT} not null,
  shown_at {INT},
  submitted_at {INT},
  excluded_at {INT},
  unique (rater_id, item_id),
  unique (item_id, place_no),
  foreign key (item_id, study_id, role, overlap) references item (id, study_id, role, overlap) on update cascade,
  foreign key (rater_id, study_id) references rater (id, study_id),
  check (place_no is null or (place_no between 1 and overlap and role = 'validation' and state in ('leased', 'submitted') and excluded_at is null)),
  check ((state = 'leased') = (lease_slot is not null and lease_until is not null)),
  check (state = 'leased' or (lease_slot is null and lease_until is null)),
  check (state <> 'leased' or place_no is not null or role <> 'validation'),
  check ((state = 'submitted') = (submitted_at is not null))
{END};
create unique index assignment_slot on assignment (rater_id, lease_slot) where lease_slot is not null;
create index assignment_lease on assignment (lease_until) where state = 'leased';
create index assignment_study_state on assignment (study_id, state, submitted_at);
create index assignment_rater on assignment (rater_id, submitted_at);
create table assignment_event (
  id {ID},
  assignment_id {INT} not null references assignment (id),
  at {INT} not null,
  from_state text,
  to_state text not null,
  cause text not null
{END};
create index assignment_event_assignment on assignment_event (assignment_id);
create table judgment (
  assignment_id {INT} not null references assignment (id),
  revision {INT} not null check (revision >= 1),
  rater_id {INT} not null references rater (id),
  submission_key text not null,
  label_choice {INT},
  ambiguous {INT},
  relevance {INT},
  answers text not null,
  comment text,
  choice_order text not null,
  form_version {INT} not null,
  guidelines_version {INT} not null,
  origin text not null check (origin in ('rater', 'simulated', 'import', 'model')),
  shown_at {INT} not null,
  submitted_at {INT} not null,
  active_ms {INT},
  blanked_at {INT},
  blank_reason text,
  primary key (assignment_id, revision),
  unique (rater_id, submission_key)
{END};
create table assignment_return (
  id {ID},
  assignment_id {INT} not null references assignment (id),
  at {INT} not null,
  reason text not null,
  comment text,
  undone_at {INT}
{END};
create index assignment_return_assignment on assignment_return (assignment_id);
create table flag (
  id {ID},
  assignment_id {INT} not null references assignment (id),
  at {INT} not null,
  kind text not null,
  comment text
{END};
create index flag_assignment on flag (assignment_id);
create table rater_cursor (
  rater_id {INT} not null references rater (id),
  dataset_id {INT} not null references dataset (id),
  rank {INT} not null,
  position {INT} not null,
  start_rank {INT} not null,
  start_position {INT} not null,
  wrapped {INT} not null default 0,
  seen {INT} not null default 0,
  primary key (rater_id, dataset_id)
{END};
`,
  );
