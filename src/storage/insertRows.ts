import { CompiledQuery, type Insertable } from 'kysely';
import { type Db, engineOf } from './database.js';
import type { Tables } from './tables.js';

/** Characters of a statement's text: SQLite keeps those up to 5,000 prepared. */
const longest = 4_700;

/** Rows of one statement on PostgreSQL, where each is a round trip. */
const rowsPerTrip = 1_000;

const placesOf = { sqlite: () => '?', postgres: (index: number) => `$${index + 1}` };

/**
 * Stores many rows of one table, as many in one statement as are cheapest, whose texts repeat so
 * that they are prepared once. A row whose key is there already is passed over. Every row has the
 * columns of the first. To be called inside a transaction where all or none are to be stored.
 */
export async function insertRows<T extends keyof Tables>(
  db: Db,
  table: T,
  rows: readonly Insertable<Tables[T]>[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const engine = engineOf(db);
  const columns = Object.keys(first);
  const place = placesOf[engine];
  const most = engine === 'postgres' ? rowsPerTrip : Math.floor(longest / (2 * columns.length + 2));
  for (let at = 0; at < rows.length; at += most) {
    const some = rows.slice(at, at + most);
    const values = some.map(
      (_, row) => `(${columns.map((__, column) => place(row * columns.length + column)).join()})`,
    );
    const text = `insert into ${table} (${columns.join()}) values ${values.join()} on conflict do nothing`;
    const given = some.flatMap((row) => {
      const cells: Readonly<Record<string, unknown>> = row;
      return columns.map((column) => cells[column]);
    });
    await db.executeQuery(CompiledQuery.raw(text, given));
  }
}
