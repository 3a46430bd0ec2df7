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

let administration: Database | undefined;

/** The connection of this thread that makes databases; a new one for each would cost as much. */
const admin = (): Database =>
  (administration ??= openDatabase(
    { engine: 'postgres', url: inject('postgresUrl').replace('{database}', 'postgres') },
    { poolSize: 1 },
  ));

/**
 * Where a fresh, migrated, empty database of the run's engine is; it is gone when the test that asked
 * for it ends.
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
  const name = `t_${newPublicId().toLowerCase().replaceAll('-', '_')}`;
  await sql`create database ${sql.id(name)} template template_assay strategy file_copy`.execute(
    admin().db,
  );
  onTestFinished(async () => {
    await sql`drop database ${sql.id(name)} with (force)`.execute(admin().db);
  });
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
