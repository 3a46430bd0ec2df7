import type { Kysely } from 'kysely';
import { replaceChecks } from './checks.js';
import { run } from './dialect.js';

/**
 * What raters judge beside the sample, without counted places: a block of the same examples for
 * everybody, and examples whose answer is known. An answer is entered for a draft; what it is about
 * becomes an item when the study opens. Those of the training come before all others, and the rater
 * is told the answer.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await replaceChecks(db, 'item', [
    {
      from: `role in ('validation', 'gold', 'training')`,
      to: `role in ('validation', 'gold', 'training', 'calibration')`,
    },
  ]);
  await run(
    db,
    `
create table known_answer (
  study_id {INT} not null references study (id),
  example_id {INT} not null references example (id),
  choice {INT} not null,
  explanation text not null,
  purpose text not null check (purpose in ('gold', 'training')),
  created_at {INT} not null,
  created_by {INT} references account (id),
  primary key (study_id, example_id)
{END};
create index known_answer_example on known_answer (example_id);
create index item_checks on item (study_id) where role <> 'validation';
alter table rater add column training text not null default 'none' check (training in ('none', 'open', 'passed', 'failed'));
create table training_answer (
  rater_id {INT} not null references rater (id),
  attempt {INT} not null check (attempt >= 1),
  item_id {INT} not null references item (id),
  choice {INT} not null,
  correct {INT} not null check (correct in (0, 1)),
  at {INT} not null,
  primary key (rater_id, attempt, item_id)
{END};
`,
  );
}
