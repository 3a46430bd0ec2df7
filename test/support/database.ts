import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { inject, onTestFinished, test } from 'vitest';
import { type Database, type DatabaseLocation, type Db, openDatabase } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';

/** The engine that this run of the suite uses. */
export const engine = (): 'sqlite' | 'postgres' => inject('engine');

/** A test of what is the same on both engines, in a file that runs on both: it runs on SQLite. */
export const onceTest = test.runIf(engine() === 'sqlite');

/** The database whose connections make and drop those of the tests. */
export const adminDatabase = 'postgres';

/** Connections of this thread that make databases and drop them; new ones would cost as much. */
const connected = new Map<'make' | 'drop', Database>();

function admin(use: 'make' | 'drop'): Db {
  let database = connected.get(use);
  if (database === undefined) {
    const url = inject('postgresUrl').replace('{database}', adminDatabase);
    database = openDatabase({ engine: 'postgres', url }, { poolSize: 1 });
    connected.set(use, database);
  }
  return database.db;
}

async function makeDatabase(): Promise<string> {
  const name = `t_${newPublicId().toLowerCase().replaceAll('-', '_')}`;
  await sql`create database ${sql.id(name)} template template_assay strategy file_copy`.execute(
    admin('make'),
  );
  return name;
}

/** The next database is made while the test before it runs, and an old one dropped meanwhile. */
let next: Promise<string> | undefined;
let dropping: Promise<unknown> = Promise.resolve();

async function takeDatabase(): Promise<string> {
  const name = await (next ?? makeDatabase());
  next = makeDatabase();
  next.catch(() => undefined);
  onTestFinished(() => {
    const drop = (): Promise<unknown> =>
      sql`drop database ${sql.id(name)} with (force)`.execute(admin('drop'));
    dropping = dropping.then(drop, drop);
    dropping.catch(() => undefined);
  });
  return name;
}

/**
 * Where a fresh, migrated, empty database of the run's engine is; it goes once the test that asked
 * for it has ended.
 */
export async function freshLocation(): Promise<DatabaseLocation> {
  if (inject('engine') === 'sqlite') {
    const path = join(inject('folder'), `${newPublicId()}.sqlite`);
    copyFileSync(join(inject('folder'), 'template.sqlite'), path);
    onTestFinished(() => {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
    });
    return { engine: 'sqlite', path };
  }
  const name = await takeDatabase();
  return { engine: 'postgres', url: inject('postgresUrl').replace('{database}', name) };
}

/**
 * A fresh, migrated, empty database of the run's engine; closed when the test that opened it ends.
 */
export async function testDatabase(): Promise<Database> {
  const database = openDatabase(await freshLocation(), { poolSize: 4 });
  onTestFinished(() => database.close());
  return database;
}

/** Comes back once this many transactions of a PostgreSQL database wait for a lock. */
export async function untilWaiting(db: Db, count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql<{
      count: number;
    }>`select count(*) as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
      db,
    );
    if ((rows[0]?.count ?? 0) >= count) return;
  }
}
