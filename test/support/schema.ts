import { sql } from 'kysely';
import type { Database } from '#storage/database.js';

/** The tables, columns, constraints, indexes and triggers of a database, to be compared. */
export async function schemaOf({ db, engine }: Database): Promise<unknown> {
  if (engine === 'sqlite')
    // A table that was renamed once has its name in quotes.
    return (
      await sql`
        select type, name, tbl_name, replace(sql, '"', '') as sql from sqlite_schema
        order by type, name`.execute(db)
    ).rows;
  return [
    (
      await sql`
        select table_name, column_name, data_type, is_nullable, column_default, is_identity
        from information_schema.columns where table_schema = 'public'
        order by table_name, column_name`.execute(db)
    ).rows,
    (
      await sql`
        select conrelid::regclass::text as owner, conname, pg_get_constraintdef(oid) as words
        from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`.execute(db)
    ).rows,
    (
      await sql`
        select indexname, indexdef from pg_indexes where schemaname = 'public'
        order by indexname`.execute(db)
    ).rows,
  ];
}
