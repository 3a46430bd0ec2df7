import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/**
 * The consent form of the open link carries a key: sent again, it leads to the rater whom it made.
 */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(
    db,
    `
alter table rater add column join_key text;
create unique index rater_join_key on rater (study_id, join_key);
`,
  );
