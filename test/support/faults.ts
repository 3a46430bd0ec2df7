import BetterSqlite from 'better-sqlite3';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { adminDatabase, engine } from './database.js';

/**
 * How a statement fails. `full`: the disk is full and the statement alone fails. `full-ended`:
 * SQLite ends the transaction by itself as well. `cut-before` and `cut-after`: the connection to
 * PostgreSQL is cut before the statement is sent, or after the server carried it out and before its
 * answer arrives.
 */
export type Fault = 'full' | 'full-ended' | 'cut-before' | 'cut-after';

/** The faults that the run's engine can have. */
export const faultsOfEngine = (): readonly Fault[] =>
  engine() === 'sqlite' ? ['full', 'full-ended'] : ['full', 'cut-before', 'cut-after'];

interface Armed {
  readonly fault: Fault;
  /** The statement that fails, counted from 1. */
  readonly at: number;
  readonly from: 'once' | 'onwards';
  readonly matching: RegExp;
}

/**
 * Statements of this process, counted while armed; the chosen ones fail as they would on a full
 * disk or a cut line.
 */
export class Faults {
  #armed: Armed | null = null;
  #count = 0;
  /** How many statements have failed since the last `arm`. */
  fired = 0;

  arm(options: { fault: Fault; at: number; from: 'once' | 'onwards'; matching?: RegExp }): void {
    this.#armed = { matching: /./, ...options };
    this.#count = 0;
    this.fired = 0;
  }

  disarm(): void {
    this.#armed = null;
  }

  /**
   * The fault that this statement has, if any. A rollback never fails: nothing would be left to
   * try.
   */
  due(sql: string): Fault | undefined {
    const armed = this.#armed;
    if (armed === null || /^\s*rollback/i.test(sql) || !armed.matching.test(sql)) return undefined;
    this.#count += 1;
    if (this.#count < armed.at || (armed.from === 'once' && this.#count > armed.at))
      return undefined;
    this.fired += 1;
    return armed.fault;
  }
}

type Run = (this: BetterSqlite.Statement, ...parameters: unknown[]) => unknown;

function watchSqlite(faults: Faults): () => void {
  const file = new BetterSqlite(':memory:');
  const prototype = Object.getPrototypeOf(file.prepare('select 1')) as Record<'run' | 'all', Run>;
  file.close();
  const before = { run: prototype.run, all: prototype.all };
  for (const name of ['run', 'all'] as const) {
    prototype[name] = function (this: BetterSqlite.Statement, ...parameters: unknown[]) {
      const fault = faults.due(this.source);
      if (fault === undefined) return before[name].apply(this, parameters);
      if (fault === 'full-ended' && this.database.inTransaction) this.database.exec('rollback');
      throw new BetterSqlite.SqliteError('database or disk is full', 'SQLITE_FULL');
    };
  }
  return () => Object.assign(prototype, before);
}

type Query = (this: pg.Client, text: unknown, values?: unknown) => Promise<unknown>;
const socketOf = (client: pg.Client): { destroy(): void } =>
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;

function watchPostgres(faults: Faults): () => void {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const before = prototype.query;
  prototype.query = async function (this: pg.Client, text: unknown, values?: unknown) {
    // Databases of other tests are made and dropped meanwhile.
    if (this.database === adminDatabase) return before.call(this, text, values);
    const fault = faults.due(String(text));
    if (fault === 'full')
      throw Object.assign(new Error('could not extend file: No space left on device'), {
        code: '53100',
      });
    if (fault === 'cut-before') socketOf(this).destroy();
    const result = await before.call(this, text, values);
    if (fault !== 'cut-after') return result;
    socketOf(this).destroy();
    throw new Error('Connection terminated unexpectedly');
  };
  return () => void (prototype.query = before);
}

/** Watches the statements of this thread until the test ends. */
export function watchStatements(): Faults {
  const faults = new Faults();
  const stop = engine() === 'sqlite' ? watchSqlite(faults) : watchPostgres(faults);
  onTestFinished(stop);
  return faults;
}
