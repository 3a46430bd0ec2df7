import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * What people are paid. A rule has versions; an entry of the ledger is never changed, so a
 * correction is a further entry; amounts are whole units of the currency's smallest coin. An entry
 * stands in at most one payment file. A file may be paid by a call to its platform; where that was
 * refused, its entries are released for another one. Of who withdraws the time at work is kept as one sum, since
 * they are paid for it.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table rater add column worked_ms {INT};
create table pay_rule (
  study_id {INT} not null references study (id),
  version {INT} not null,
  rule text not null,
  currency text not null,
  created_at {INT} not null,
  created_by {INT} references account (id),
  primary key (study_id, version)
{END};
create table ledger_entry (
  id {ID},
  public_id text not null unique,
  study_id {INT} not null references study (id),
  rater_id {INT} not null references rater (id),
  platform_submission_id {INT} references platform_submission (id),
  kind text not null check (kind in ('work', 'time', 'floor', 'bonus', 'screen-out', 'correction', 'reward')),
  amount_minor {INT} not null,
  currency text not null,
  reason text not null,
  basis text not null,
  request_key text not null unique,
  at {INT} not null,
  made_by {INT} references account (id)
{END};
create index ledger_entry_study on ledger_entry (study_id);
create index ledger_entry_rater on ledger_entry (rater_id);
create table payment_file (
  id {ID},
  public_id text not null unique,
  study_id {INT} not null references study (id),
  platform text not null,
  format text not null,
  sha256 text not null,
  made_at {INT} not null,
  made_by {INT} references account (id),
  total_minor {INT} not null,
  currency text not null,
  entries {INT} not null,
  platform_study_id {INT} not null references platform_study (id),
  platform_action_id {INT} references platform_action (id),
  released_at {INT}
{END};
create index payment_file_study on payment_file (study_id);
create table payment_file_entry (
  ledger_entry_id {INT} primary key references ledger_entry (id),
  payment_file_id {INT} not null references payment_file (id)
{END};
create index payment_file_entry_file on payment_file_entry (payment_file_id);
`,
  );
