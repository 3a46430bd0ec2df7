import type { Compilable, CompiledQuery } from 'kysely';
import type { Db } from './database.js';
import { fileConnection } from './sqlite.js';

/** Stands for a value that is not known yet while a query is built. */
class Parameter {
  constructor(readonly name: string) {}
}

type Builder<P, R> = (
  db: Db,
  value: <K extends keyof P & string>(name: K) => P[K],
) => Compilable<R>;

/**
 * A query for the hottest paths: built and compiled once per database, then run with other values.
 * Building one takes several times as long as running it. On SQLite it runs at once, inside a
 * transaction (which holds the one connection) or while nobody holds it, instead of going through
 * the builder's layers. `value('name')` stands where the value will be; the query may not depend on
 * it.
 */
export function prepared<P extends object>() {
  return <R>(
    build: Builder<P, R>,
  ): ((db: Db, values: P) => Promise<{ rows: R[]; changed: bigint }>) => {
    const compiled = new WeakMap<object, CompiledQuery<R>>();
    return async (db, values) => {
      const { adapter } = db.getExecutor();
      let query = compiled.get(adapter);
      if (query === undefined) {
        query = build(db, (name) => new Parameter(name) as never).compile();
        compiled.set(adapter, query);
      }
      const parameters = query.parameters.map((parameter) =>
        parameter instanceof Parameter
          ? (values as Record<string, unknown>)[parameter.name]
          : parameter,
      );
      const connection = fileConnection(adapter);
      const atOnce =
        connection !== undefined && (db.isTransaction || !connection.taken)
          ? connection.runUnlessBusy<R>(query.sql, parameters)
          : undefined;
      const result = atOnce ?? (await db.executeQuery<R>({ ...query, parameters }));
      return { rows: result.rows, changed: result.numAffectedRows ?? 0n };
    };
  };
}
