import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * Language models, what was asked of them, and the runs that asked. A version of a model never
 * changes. A call is one request: its row is written before the request is sent, under the key of
 * what is asked, so that one answer is asked and paid once. A run has a budget in millionths of its
 * currency: what its calls under way may cost at most is reserved before they are sent. Which runs
 * used a call, and what each paid for it, is apart: an answer that was there already costs nothing.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table model (
  id {ID},
  public_id text not null unique,
  name text not null,
  version {INT} not null,
  provider text not null,
  settings text not null,
  state text not null check (state in ('active', 'retired')),
  created_at {INT} not null,
  created_by {INT} references account (id),
  retired_at {INT},
  unique (name, version)
{END};
create table model_probe (
  id {ID},
  model_id {INT} not null references model (id),
  content text not null,
  probed_at {INT} not null,
  probed_by {INT} references account (id)
{END};
create index model_probe_model on model_probe (model_id);
create table model_run (
  id {ID},
  public_id text not null unique,
  kind text not null,
  state text not null check (state in ('waiting', 'running', 'paused', 'review', 'out-of-budget', 'done', 'failed', 'cancelled')),
  settings text not null,
  budget {INT} not null check (budget >= 0),
  reserved {INT} not null default 0 check (reserved >= 0),
  spent {INT} not null default 0 check (spent >= 0),
  planned {INT},
  epoch {INT} not null default 0,
  reason text,
  account_id {INT} references account (id),
  created_at {INT} not null,
  started_at {INT},
  finished_at {INT}
{END};
create table model_call (
  id {ID},
  key {BYTES} not null unique,
  model_id {INT} not null references model (id),
  run_id {INT} not null references model_run (id),
  epoch {INT} not null,
  state text not null check (state in ('sent', 'answered', 'refused', 'lost')),
  request text not null,
  answer text,
  input_tokens {INT} not null default 0,
  output_tokens {INT} not null default 0,
  worst {INT} not null check (worst >= 0),
  attempts {INT} not null,
  lost {INT} not null default 0,
  sent_at {INT} not null,
  ended_at {INT},
  error text,
  refusal text check (refusal in ('given-up', 'no-figures', 'not-askable')),
  reason text,
  check ((refusal is not null) = (state = 'refused')),
  check ((answer is not null) = (state = 'answered'))
{END};
create index model_call_run on model_call (run_id, state);
create table model_run_call (
  run_id {INT} not null references model_run (id),
  call_id {INT} not null references model_call (id),
  cost {INT} not null default 0 check (cost >= 0),
  primary key (run_id, call_id)
{END};
create index model_run_call_call on model_run_call (call_id);
`,
  );
