import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, PostgresAdapter, type Transaction } from 'kysely';
import { openPostgres } from './postgres.js';
import { openSqliteFile, sqliteDialect } from './sqlite.js';
import type { Tables } from './tables.js';

/**
 * Where the data is: a SQLite file or a PostgreSQL server. Plain data, so it can be posted to a
 * worker thread.
 */
export type DatabaseLocation =
  | { engine: 'sqlite'; path: string }
  | { engine: 'postgres'; url: string };

export type Db = Kysely<Tables>;
export type Trx = Transaction<Tables>;

/** An open database: the query builder, which engine it talks to, and how to close it. */
export interface Database {
  readonly db: Db;
  readonly engine: 'sqlite' | 'postgres';
  readonly location: DatabaseLocation;
  close(): Promise<void>;
}

/** Which engine a query builder talks to, for whoever holds nothing else. */
export const engineOf = (db: Pick<Db, 'getExecutor'>): Database['engine'] =>
  db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite';

/**
 * Opens the database; `readonly` is for worker threads that only compute. The schema is brought up
 * to date by `migrate`.
 */
export function openDatabase(
  location: DatabaseLocation,
  options: { readonly?: boolean; poolSize?: number } = {},
): Database {
  if (location.engine === 'sqlite') {
    mkdirSync(dirname(location.path), { recursive: true });
    const db = new Kysely<Tables>({
      dialect: sqliteDialect(openSqliteFile(location.path, options)),
    });
    return { db, engine: 'sqlite', location, close: () => db.destroy() };
  }
  const db = new Kysely<Tables>({ dialect: openPostgres(location.url, options).dialect });
  return { db, engine: 'postgres', location, close: () => db.destroy() };
}
