import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/** A raised epoch ends every session of a rater that began before, as it does for accounts. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table rater add column session_epoch {INT} not null default 0;
`,
  );
