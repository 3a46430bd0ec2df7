import BetterSqlite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
} from 'kysely';

const statementsKept = 500;
const longestKept = 5000;
/** How long a statement waits for another program that holds a lock on the file, ms. */
const patienceMs = 5000;
/** Pauses between two tries, ms: short ones first, since most locks are held for about one. */
const pauses = [1, 2, 4];
const longestPause = 10;

/** True where another connection holds a lock on the file. */
export const isBusy = (error: unknown): boolean =>
  error instanceof BetterSqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');

const begin = CompiledQuery.raw('begin immediate');

/**
 * The one connection of a file. Statements are prepared once and kept: preparing costs more than
 * running most of them.
 */
class FileConnection implements DatabaseConnection {
  readonly #file: BetterSqlite.Database;
  readonly #statements = new Map<string, BetterSqlite.Statement>();
  /** Somebody holds it: a transaction, or a query on its way. */
  taken = false;
  #inTransaction = false;
  /** When another program's lock was met that is held since. */
  #heldSince: number | undefined;
  /** Why SQLite ended the transaction by itself, as it does where the disk is full. */
  #endedBy: unknown;

  constructor(file: BetterSqlite.Database) {
    this.#file = file;
  }

  #prepare(text: string): BetterSqlite.Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#file.prepare(text);
    if (text.length > longestKept) return statement;
    // A changed schema changes what a kept `select *` answers.
    if (this.#statements.size >= statementsKept || /^\s*(create|alter|drop)/i.test(text))
      this.#statements.clear();
    this.#statements.set(text, statement);
    return statement;
  }

  /** Runs a statement at once: for whoever holds the connection, or while nobody does. */
  run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    // What belonged to the transaction must not be stored outside it.
    if (this.#endedBy !== undefined) throw this.#endedBy;
    try {
      const statement = this.#prepare(sql);
      if (statement.reader) return { rows: statement.all(...parameters) as R[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] };
    } catch (error) {
      if (this.#inTransaction && !this.#file.inTransaction) this.#endedBy = error;
      throw error;
    }
  }

  async begin(): Promise<void> {
    await this.executeQuery(begin);
    this.#inTransaction = true;
  }

  commit(): void {
    this.run('commit', []);
    this.#inTransaction = false;
  }

  /** Ends a transaction that failed, unless SQLite has done so. */
  rollback(): void {
    this.#inTransaction = false;
    this.#endedBy = undefined;
    if (this.#file.inTransaction) this.run('rollback', []);
  }

  /** Runs a statement at once; undefined while another program holds a lock on the file. */
  runUnlessBusy<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> | undefined {
    try {
      return this.run<R>(sql, parameters);
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw error;
    }
  }

  /**
   * Waits for a lock between turns of the event loop, so that a server that waits still answers
   * what needs no database. The time counts from when the lock was met first: a statement behind
   * one that gave up fails at once.
   */
  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    for (let tries = 0; ; tries += 1) {
      const result = this.runUnlessBusy<R>(sql, parameters);
      if (result !== undefined) {
        this.#heldSince = undefined;
        return result;
      }
      this.#heldSince ??= performance.now();
      if (performance.now() - this.#heldSince >= patienceMs) return this.run<R>(sql, parameters);
      await new Promise((resolve) => setTimeout(resolve, pauses[tries] ?? longestPause));
    }
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // A statement that is being walked cannot be run again meanwhile: this one is not kept.
    for (const row of this.#file.prepare(sql).iterate(...parameters)) yield { rows: [row as R] };
  }
}

/**
 * Kysely over one file and one connection, handed on in the order of asking (the driver that comes
 * with Kysely wakes every waiter at every hand-over). Transactions begin IMMEDIATE: a plain `begin`
 * that reads before it writes fails with SQLITE_BUSY_SNAPSHOT, and no time-out mends that.
 */
class FileDriver implements Driver {
  readonly #file: BetterSqlite.Database;
  readonly #connection: FileConnection;
  readonly #waiting: (() => void)[] = [];

  constructor(file: BetterSqlite.Database, connection: FileConnection) {
    this.#file = file;
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<FileConnection> {
    if (this.#connection.taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#connection.taken = true;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) this.#connection.taken = false;
    else next();
  }

  beginTransaction(connection: FileConnection): Promise<void> {
    return connection.begin();
  }

  async commitTransaction(connection: FileConnection): Promise<void> {
    connection.commit();
  }

  async rollbackTransaction(connection: FileConnection): Promise<void> {
    connection.rollback();
  }

  async destroy(): Promise<void> {
    this.#file.close();
  }
}

const connections = new WeakMap<DialectAdapter, FileConnection>();

/**
 * The connection of the file that a query builder with this adapter writes to; undefined on other
 * engines.
 */
export const fileConnection = (
  adapter: DialectAdapter,
): Pick<FileConnection, 'runUnlessBusy' | 'taken'> | undefined => connections.get(adapter);

/** Turns foreign keys on or off. Inside a transaction SQLite would leave them as they are. */
function setForeignKeys(file: BetterSqlite.Database, value: 'on' | 'off'): void {
  file.pragma(`foreign_keys = ${value}`);
  if (file.pragma('foreign_keys', { simple: true }) !== Number(value === 'on'))
    throw new Error(`SQLite did not turn foreign keys ${value}.`);
}

/**
 * Migrations run in one transaction, and without foreign keys: a table that others refer to can be
 * rebuilt in no other way. They are off from before the transaction until after it, while no other
 * work can have the connection.
 */
class FileAdapter extends SqliteAdapter {
  readonly #file: BetterSqlite.Database;
  constructor(file: BetterSqlite.Database) {
    super();
    this.#file = file;
  }
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
  override async acquireMigrationLock(): Promise<void> {
    setForeignKeys(this.#file, 'off');
  }
  override async releaseMigrationLock(): Promise<void> {
    setForeignKeys(this.#file, 'on');
  }
}

class FileDialect extends SqliteDialect {
  readonly #file: BetterSqlite.Database;
  readonly #connection: FileConnection;
  constructor(file: BetterSqlite.Database) {
    const config: SqliteDialectConfig = { database: file };
    super(config);
    this.#file = file;
    this.#connection = new FileConnection(file);
  }
  override createDriver(): Driver {
    return new FileDriver(this.#file, this.#connection);
  }
  override createAdapter(): DialectAdapter {
    const adapter = new FileAdapter(this.#file);
    connections.set(adapter, this.#connection);
    return adapter;
  }
}

/**
 * Opens a SQLite file as Assay needs it: WAL, durable on acknowledge (`synchronous = FULL`, which
 * better-sqlite3 would leave at NORMAL), foreign keys on. Throws when the file does not take these
 * settings.
 */
export function openSqliteFile(
  path: string,
  options: { readonly?: boolean } = {},
): BetterSqlite.Database {
  const file = new BetterSqlite(path, { readonly: options.readonly ?? false, timeout: patienceMs });
  if (!options.readonly) file.pragma('journal_mode = wal');
  file.pragma('synchronous = full');
  file.pragma('foreign_keys = on');
  file.pragma('cache_size = -32000');
  file.pragma('temp_store = memory');
  const synchronous = file.pragma('synchronous', { simple: true });
  const foreignKeys = file.pragma('foreign_keys', { simple: true });
  if (synchronous !== 2 || foreignKeys !== 1) {
    file.close();
    throw new Error(
      `SQLite refused its settings for ${path}: synchronous is ${String(synchronous)} (2 wanted), foreign_keys ${String(foreignKeys)} (1 wanted).`,
    );
  }
  return file;
}

/** The Kysely dialect over an opened SQLite file. */
export function sqliteDialect(file: BetterSqlite.Database): SqliteDialect {
  if (file.readonly) return new SqliteDialect({ database: file });
  // SQLite would wait inside the call and hold the event loop: `executeQuery` waits instead.
  file.pragma('busy_timeout = 0');
  return new FileDialect(file);
}
