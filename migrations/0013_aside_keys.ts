import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/** A skip and a flag carry a key as a judgment does: the same form sent again stores nothing. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table assignment_return add column submission_key text;
alter table flag add column submission_key text;
create unique index assignment_return_key on assignment_return (assignment_id, submission_key);
create unique index flag_key on flag (assignment_id, submission_key);
`,
  );
