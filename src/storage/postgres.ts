import { PostgresDialect } from 'kysely';
import pg from 'pg';

const bigint = 20;
const numeric = 1700;

/** Kysely over a PostgreSQL pool; bigint (ids, counts, times in milliseconds) and numeric come back as numbers. */
export function openPostgres(url: string, options: { poolSize?: number; readonly?: boolean } = {}): { dialect: PostgresDialect; pool: pg.Pool } {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 8,
    connectionTimeoutMillis: 30_000,
    ...(options.readonly === true ? { options: '-c default_transaction_read_only=on' } : {}),
    types: {
      getTypeParser: ((id: number, format?: 'text' | 'binary') =>
        id === bigint || id === numeric ? Number : pg.types.getTypeParser(id, format)) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that breaks is replaced by the pool; without a listener its error would end the process.
  pool.on('error', () => undefined);
  return { dialect: new PostgresDialect({ pool }), pool };
}
