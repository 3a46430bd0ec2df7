import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * People who sign in, their links and tokens, sessions, the audit log and installation-wide values.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
create table account (
  id {ID},
  public_id text not null unique,
  email text not null unique,
  name text not null,
  role text not null check (role in ('admin', 'researcher')),
  state text not null check (state in ('invited', 'active', 'disabled')),
  password_hash text,
  session_epoch {INT} not null default 0,
  created_at {INT} not null,
  last_sign_in_at {INT},
  check (state <> 'active' or password_hash is not null)
{END};
create table account_link (
  id {ID},
  token_hash text not null unique,
  purpose text not null check (purpose in ('set-up', 'invitation', 'password-reset')),
  account_id {INT} references account (id),
  created_at {INT} not null,
  expires_at {INT} not null,
  used_at {INT},
  check (purpose = 'set-up' or account_id is not null)
{END};
create table api_token (
  id {ID},
  public_id text not null unique,
  account_id {INT} not null references account (id),
  name text not null,
  token_hash text not null unique,
  created_at {INT} not null,
  last_used_at {INT},
  revoked_at {INT}
{END};
create table session (
  id_hash text primary key,
  data text not null,
  expires_at {INT} not null,
  touched_at {INT} not null
{END};
create index session_expires_at on session (expires_at);
create table rate_limit (
  key text primary key,
  hits {INT} not null,
  resets_at {INT} not null
{END};
create table audit_event (
  id {ID},
  at {INT} not null,
  account_id {INT} references account (id),
  actor text not null,
  action text not null,
  subject text not null,
  detail text not null
{END};
create index audit_event_at on audit_event (at);
create table installation_value (
  name text primary key,
  value text not null
{END};
`,
  );
