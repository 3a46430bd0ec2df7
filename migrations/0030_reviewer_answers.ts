import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * What staff write on the lines of “What a reviewer asks”. Each change is a further version; the
 * newest one stands, and an empty one takes the line back.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await run(
    db,
    `
create table reviewer_answer (
  study_id {INT} not null references study (id),
  line text not null,
  version {INT} not null check (version >= 1),
  answer text not null,
  at {INT} not null,
  account_id {INT} references account (id),
  primary key (study_id, line, version)
{END};
`,
  );
}
