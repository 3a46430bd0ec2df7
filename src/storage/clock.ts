import { type RawBuilder, sql } from 'kysely';
import { type Db, engineOf } from './database.js';

/**
 * The clock of the database in UTC milliseconds, as an expression: for signs of life, which
 * processes on several machines compare with each other. All other times are arguments.
 */
export const databaseTime = (db: Pick<Db, 'getExecutor'>): RawBuilder<number> =>
  engineOf(db) === 'postgres'
    ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
