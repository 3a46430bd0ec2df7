import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/** A person inside one study, under a pseudonym. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table rater (
  id {ID},
  public_id text not null unique,
  study_id {INT} not null references study (id),
  pseudonym text not null,
  state text not null check (state in ('invited', 'consented', 'finished', 'blocked', 'withdrawn')),
  origin text not null check (origin in ('rater', 'simulated')),
  token_hash text unique,
  seed text not null,
  preferences text not null,
  consent_version {INT},
  warning_version {INT},
  consented_at {INT},
  guidelines_read_at {INT},
  block_behaviour_id {INT} references behaviour (id),
  block_count {INT} not null default 0,
  created_at {INT} not null,
  last_seen_at {INT},
  excluded_at {INT},
  exclusion_reason text,
  unique (study_id, pseudonym),
  unique (id, study_id),
  check (state in ('invited', 'blocked', 'withdrawn') or consented_at is not null)
{END};
create table rater_event (
  id {ID},
  rater_id {INT} not null references rater (id),
  at {INT} not null,
  account_id {INT} references account (id),
  action text not null,
  from_state text,
  to_state text,
  reason text
{END};
create index rater_event_rater on rater_event (rater_id, id);
`,
  );
