import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/** Long work: one row a job, claimed by a process, kept alive by its heartbeat. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table job (
  id {ID},
  public_id text not null unique,
  kind text not null,
  state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  payload text not null,
  progress text,
  result text,
  error text,
  account_id {INT} references account (id),
  created_at {INT} not null,
  started_at {INT},
  heartbeat_at {INT},
  finished_at {INT},
  cancel_requested_at {INT}
{END};
create index job_state on job (state, id);
`,
  );
