import type { Kysely } from 'kysely';
import { run } from './dialect.js';

/** Which rules looked for findings in a dataset. Those that are here were checked by the first. */
export const up = (db: Kysely<unknown>): Promise<void> =>
  run(db, `alter table dataset add column detector integer not null default 1;`);
