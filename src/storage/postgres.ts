import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import { codeOf, ConnectionLost, OutcomeUnknown } from './faults.js';
import { patiently } from './patience.js';

const bigint = 20;
const numeric = 1700;

/**
 * An administrator's command, a crash, a shutdown or a start (57P01 to 57P03), a connection
 * exception (class 08), too many connections (53300), a server that has become a standby (25006).
 */
const serverCodes = /^(57P0[123]|08...|53300|25006)$/;
/**
 * What the operating system says of a broken or refused connection; a container that restarts has
 * no name for a while.
 */
const systemCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
/** How `pg` and its pool say it where they give no code. */
const cutOffWords = new RegExp(
  [
    '^Connection terminated',
    '^Client (has encountered a connection error|was closed) and is not queryable',
    '^timeout (expired|exceeded when trying to connect)',
  ].join('|'),
);
const refusedByStandby = '25006';
const isCutOff = (error: unknown): boolean =>
  serverCodes.test(codeOf(error)) ||
  systemCodes.has(codeOf(error)) ||
  (error instanceof Error && cutOffWords.test(error.message));

/** It was cut off before the statement was sent, or a standby refused it. */
const isUnsent = (error: unknown): boolean =>
  codeOf(error) === refusedByStandby ||
  (error instanceof Error && error.message.endsWith('is not queryable'));

/** A statement that only reads can run again whatever became of it. */
const onlyReads = ({ query, sql }: CompiledQuery): boolean =>
  query.kind === 'SelectQueryNode' ||
  (query.kind === 'RawNode' && /^\s*(select|show)\b/i.test(sql));

/** The commands after which Kysely wants the number of rows. */
const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

type Answer<R> = QueryResult<R> & { readonly command: string };

/**
 * A connection of the pool. It takes a client with its first statement and, outside a transaction,
 * another one where that was cut off. `ConnectionLost` means that nothing was stored,
 * `OutcomeUnknown` that it may have been.
 */
class PoolConnection implements DatabaseConnection {
  readonly #pool: pg.Pool;
  readonly #readonly: boolean;
  #client: pg.PoolClient | undefined;
  #cutOff = false;
  #inTransaction = false;

  constructor(pool: pg.Pool, readonly: boolean) {
    this.#pool = pool;
    this.#readonly = readonly;
  }

  /**
   * Sends one statement. `stores` says whether it may have stored something where no answer came.
   */
  async #send<R>(sql: string, parameters: readonly unknown[], stores: boolean): Promise<Answer<R>> {
    let sent = false;
    try {
      this.#client ??= await this.#pool.connect();
      sent = true;
      const { command, rowCount, rows } = await this.#client.query<R & pg.QueryResultRow>(sql, [
        ...parameters,
      ]);
      return {
        command,
        rows,
        ...(changing.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}),
      };
    } catch (error) {
      if (!isCutOff(error) || (this.#readonly && codeOf(error) === refusedByStandby)) throw error;
      this.#cutOff = true;
      throw sent && stores && !isUnsent(error)
        ? new OutcomeUnknown(error)
        : new ConnectionLost(error);
    }
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql, parameters } = query;
    if (this.#inTransaction) return this.#send<R>(sql, parameters, false);
    return patiently(async () => {
      try {
        return await (this.#readonly
          ? this.#read<R>(query)
          : this.#send<R>(sql, parameters, !onlyReads(query)));
      } catch (error) {
        if (this.#cutOff) this.release();
        throw error;
      }
    });
  }

  /**
   * A transaction for one statement: a pooler before the server refuses or mixes up what is set for
   * a connection.
   */
  async #read<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    await this.begin({});
    try {
      const result = await this.#send<R>(sql, parameters, false);
      await this.commit();
      return result;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Rows are read in steps here, not streamed.');
  }

  async begin({ isolationLevel, accessMode }: TransactionSettings): Promise<void> {
    const words = [
      'begin',
      ...(isolationLevel === undefined ? [] : [`isolation level ${isolationLevel}`]),
      ...(this.#readonly ? ['read only'] : accessMode === undefined ? [] : [accessMode]),
    ];
    await this.#send(words.join(' '), [], false);
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    const { command } = await this.#send('commit', [], !this.#readonly);
    this.#inTransaction = false;
    // The commit of a transaction in which a statement has failed rolls it back and says so without
    // an error.
    if (command !== 'COMMIT')
      throw new Error(`PostgreSQL answered ${command} to a commit: nothing was stored.`);
  }

  /**
   * Ends a transaction that failed. Throws nothing: what is told is the error that made it fail.
   */
  async rollback(): Promise<void> {
    try {
      if (this.#inTransaction && !this.#cutOff) await this.#send('rollback', [], false);
    } catch {
      this.#cutOff = true;
    }
    this.#inTransaction = false;
  }

  /** Gives the client back; one that was cut off is closed instead of being handed on. */
  release(): void {
    this.#client?.release(this.#cutOff);
    this.#client = undefined;
    this.#cutOff = false;
    this.#inTransaction = false;
  }
}

class PoolDriver implements Driver {
  readonly #pool: pg.Pool;
  readonly #readonly: boolean;

  constructor(pool: pg.Pool, readonly: boolean) {
    this.#pool = pool;
    this.#readonly = readonly;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PoolConnection> {
    return new PoolConnection(this.#pool, this.#readonly);
  }

  beginTransaction(connection: PoolConnection, settings: TransactionSettings): Promise<void> {
    return connection.begin(settings);
  }

  commitTransaction(connection: PoolConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: PoolConnection): Promise<void> {
    return connection.rollback();
  }

  async releaseConnection(connection: PoolConnection): Promise<void> {
    connection.release();
  }

  destroy(): Promise<void> {
    return this.#pool.end();
  }
}

class PoolDialect extends PostgresDialect {
  readonly #pool: pg.Pool;
  readonly #readonly: boolean;

  constructor(pool: pg.Pool, readonly: boolean) {
    super({ pool });
    this.#pool = pool;
    this.#readonly = readonly;
  }

  override createDriver(): Driver {
    return new PoolDriver(this.#pool, this.#readonly);
  }
}

/**
 * How long a statement waits for its turn in the pool, and the pool for the server to answer a new
 * connection, ms.
 */
const turnWithin = 30_000;
const answerWithin = 5_000;

/**
 * The pool knows one limit for both waits; a server that accepts a connection and stays silent is
 * away.
 */
class ImpatientClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: answerWithin });
  }
}

const ignore = (): void => undefined;

/**
 * Kysely over a PostgreSQL pool; bigint (ids, counts, times in milliseconds) and numeric are read
 * as numbers. A cut connection fails the statement that was on it and nothing else. With `readonly`
 * every statement runs in a transaction that writes nothing.
 */
export function openPostgres(
  url: string,
  options: { poolSize?: number; readonly?: boolean } = {},
): { dialect: PostgresDialect; pool: pg.Pool } {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 8,
    Client: ImpatientClient,
    connectionTimeoutMillis: turnWithin,
    keepAlive: true,
    types: {
      getTypeParser: ((id: number, format?: 'text' | 'binary') =>
        id === bigint || id === numeric
          ? Number
          : pg.types.getTypeParser(id, format)) as typeof pg.types.getTypeParser,
    },
  });
  // Node ends the process where an error has no listener. The pool listens to idle connections
  // alone, and replaces them; an error of a connection in use fails its statement as well.
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return { dialect: new PoolDialect(pool, options.readonly ?? false), pool };
}
