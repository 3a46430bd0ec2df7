import { type Kysely, sql } from 'kysely';
import { engineOf } from '#storage/database.js';

/** A check as an earlier migration wrote it, without the brackets around it, and its successor. */
export interface CheckChange {
  readonly from: string;
  readonly to: string;
}

/** Replaces `part` in `text`; throws unless it is found exactly once. */
function replaceOnce(text: string, part: string, other: string): string {
  const pieces = text.split(part);
  if (pieces.length !== 2)
    throw new Error(`“${part}” is found ${pieces.length - 1} times in: ${text}`);
  return pieces.join(other);
}

/**
 * SQLite changes no check: a table with the new ones takes the rows, the name, the indexes, the
 * triggers and the counter of ids of the old one. The migrator has foreign keys off meanwhile and
 * checks them afterwards: with foreign keys on, a table that rows refer to cannot be dropped.
 * https://www.sqlite.org/lang_altertable.html, “Making Other Kinds Of Table Schema Changes”.
 */
async function rebuild(
  db: Kysely<unknown>,
  table: string,
  changes: readonly CheckChange[],
): Promise<void> {
  const { rows: parts } = await sql<{ type: string; sql: string }>`
    select type, sql from sqlite_schema where tbl_name = ${table} and sql is not null`.execute(db);
  const old = parts.find((part) => part.type === 'table');
  if (old === undefined) throw new Error(`There is no table ${table}.`);
  const { rows: columns } = await sql<{ name: string }>`
    select name from pragma_table_info(${table})`.execute(db);
  const names = sql.join(columns.map(({ name }) => sql.id(name)));
  const { rows: counters } = await sql<{ seq: number }>`
    select seq from sqlite_sequence where name = ${table}`.execute(db);
  const rebuilt = `${table}_rebuilt`;
  const definition = changes.reduce(
    (text, { from, to }) => replaceOnce(text, `check (${from})`, `check (${to})`),
    old.sql,
  );
  await sql
    .raw(definition.replace(/^create table\s+("?)\w+\1/i, `create table ${rebuilt}`))
    .execute(db);
  await sql`insert into ${sql.id(rebuilt)} (${names}) select ${names} from ${sql.id(table)}`.execute(
    db,
  );
  await sql`drop table ${sql.id(table)}`.execute(db);
  await sql`alter table ${sql.id(rebuilt)} rename to ${sql.id(table)}`.execute(db);
  for (const { seq } of counters) {
    await sql`delete from sqlite_sequence where name = ${table}`.execute(db);
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${seq})`.execute(db);
  }
  for (const part of parts) if (part !== old) await sql.raw(part.sql).execute(db);
}

/**
 * PostgreSQL stores a check in its own normal form and under a name that it made up. The old check
 * is added once more, and the one with the same normal form is replaced.
 */
async function alter(db: Kysely<unknown>, table: string, { from, to }: CheckChange): Promise<void> {
  await sql
    .raw(`alter table "${table}" add constraint sought check (${from}) not valid`)
    .execute(db);
  const { rows } = await sql<{ name: string }>`
    select known.conname as name from pg_constraint as known
    join pg_constraint as sought
      on sought.conrelid = known.conrelid
      and pg_get_expr(sought.conbin, sought.conrelid) = pg_get_expr(known.conbin, known.conrelid)
    where known.conrelid = ${table}::regclass and known.contype = 'c'
      and sought.conname = 'sought' and known.conname <> 'sought'`.execute(db);
  const [found] = rows;
  if (found === undefined || rows.length > 1)
    throw new Error(`“check (${from})” is found ${rows.length} times in ${table}.`);
  await sql
    .raw(
      `alter table "${table}" drop constraint sought, drop constraint "${found.name}", add constraint "${found.name}" check (${to})`,
    )
    .execute(db);
}

/**
 * Replaces checks of a table, rows and all else kept: the way in which a migration adds a word to a
 * column that lists its words. Throws where a check is not found in the table exactly once, where a
 * row does not fit its successor, and, on SQLite, where a trigger of another table names this one;
 * the migration is then rolled back. Drop such a trigger first and create it again afterwards.
 * @param changes each check in the words of the migration that made it
 */
export async function replaceChecks(
  db: Kysely<unknown>,
  table: string,
  changes: readonly CheckChange[],
): Promise<void> {
  if (engineOf(db) === 'sqlite') return rebuild(db, table, changes);
  for (const change of changes) await alter(db, table, change);
}
