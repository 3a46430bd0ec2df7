import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * Datasets that a model wrote. A generation is one pipeline with one run; each of its stages can be
 * done again, as a further attempt, which makes the attempts that follow it stale and removes
 * nothing. A candidate is a text that a stage made, and never changes: what was decided, scored and
 * edited is kept beside it, by the attempt that did so, and each call of the run names the attempt
 * that asked it first. A publication turns the candidates of a
 * finished generation into datasets: what was kept, and what was well formed and went.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table model_run add column alive_at {INT};
alter table dataset add column part text check (part in ('kept', 'dropped'));
create table generation (
  id {ID},
  public_id text not null unique,
  run_id {INT} not null unique references model_run (id),
  name text not null,
  pipeline text not null,
  source text not null,
  sha256 text not null,
  models text not null,
  datasets text not null default '{}',
  follows {INT} references generation (id),
  changes text,
  created_at {INT} not null,
  created_by {INT} references account (id)
{END};
create table generation_stage (
  id {ID},
  generation_id {INT} not null references generation (id),
  position {INT} not null,
  attempt {INT} not null,
  draw {INT} not null default 0,
  kind text not null,
  state text not null check (state in ('waiting', 'running', 'review', 'done', 'stale')),
  result text,
  started_at {INT},
  finished_at {INT},
  unique (generation_id, position, attempt)
{END};
alter table model_run_call add column stage_id {INT} references generation_stage (id);
create index model_run_call_stage on model_run_call (stage_id);
create table candidate (
  id {ID},
  public_id text not null unique,
  stage_id {INT} not null references generation_stage (id),
  slot {INT} not null,
  place {INT} not null,
  parent_id {INT} references candidate (id),
  label {INT},
  prompt {INT},
  call_id {INT} references model_call (id),
  fields text not null,
  text_hash {BYTES} not null,
  unique (stage_id, slot, place)
{END};
create index candidate_parent on candidate (parent_id);
create index candidate_call on candidate (call_id);
create table candidate_decision (
  stage_id {INT} not null references generation_stage (id),
  candidate_id {INT} not null references candidate (id),
  kept {INT} not null,
  reason text,
  detail text,
  rank {INT},
  primary key (stage_id, candidate_id),
  check ((reason is null) = (kept = 1))
{END};
create index candidate_decision_candidate on candidate_decision (candidate_id);
create table candidate_score (
  stage_id {INT} not null references generation_stage (id),
  candidate_id {INT} not null references candidate (id),
  name text not null,
  model_id {INT} not null references model (id),
  value {REAL} not null,
  mass {REAL},
  kind text not null,
  call_id {INT} references model_call (id),
  primary key (stage_id, candidate_id, name, model_id)
{END};
create index candidate_score_candidate on candidate_score (candidate_id);
create table candidate_review (
  id {ID},
  stage_id {INT} not null references generation_stage (id),
  candidate_id {INT} not null references candidate (id),
  account_id {INT} references account (id),
  action text not null check (action in ('accepted', 'edited', 'rejected', 'skipped', 'reopened')),
  before text not null,
  after text,
  active_ms {INT} not null,
  at {INT} not null,
  check ((after is not null) = (action = 'edited'))
{END};
create index candidate_review_candidate on candidate_review (stage_id, candidate_id, id);
create table candidate_opening (
  stage_id {INT} not null references generation_stage (id),
  candidate_id {INT} not null references candidate (id),
  account_id {INT} not null references account (id),
  at {INT} not null,
  primary key (stage_id, candidate_id, account_id)
{END};
create index candidate_opening_account on candidate_opening (account_id, at);
create table publication (
  id {ID},
  public_id text not null unique,
  generation_id {INT} not null references generation (id),
  stage_id {INT} not null references generation_stage (id),
  state text not null check (state in ('asked', 'approved', 'published', 'refused', 'failed')),
  counts text not null,
  note text,
  kept_dataset_id {INT},
  dropped_dataset_id {INT},
  asked_at {INT} not null,
  asked_by {INT} references account (id),
  decided_at {INT},
  decided_by {INT} references account (id),
  published_at {INT},
  dropped_until {INT},
  dropped_removed_at {INT}
{END};
create index publication_generation on publication (generation_id);
create unique index publication_once on publication (stage_id) where state <> 'refused';
create table publication_row (
  publication_id {INT} not null references publication (id),
  part text not null check (part in ('kept', 'dropped')),
  line_number {INT} not null,
  candidate_id {INT} not null references candidate (id),
  primary key (publication_id, part, line_number)
{END};
create index publication_row_candidate on publication_row (candidate_id);
`,
  );
