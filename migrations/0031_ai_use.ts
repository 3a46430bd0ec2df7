import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/** What raters say, once they are done, of their use of AI. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await run(
    db,
    `
create table rater_ai_use (
  rater_id {INT} primary key references rater (id),
  said text not null check (said in ('none', 'some', 'most', 'not-said')),
  at {INT} not null
{END};
`,
  );
}
