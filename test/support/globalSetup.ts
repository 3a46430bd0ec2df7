import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '#storage/database.js';
import { migrate } from '#storage/migrate.js';
import { folderForTests } from './memory.js';
import { startPostgres } from './postgresServer.js';

declare module 'vitest' {
  export interface ProvidedContext {
    engine: 'sqlite' | 'postgres';
    /** A folder for this run's files; `template.sqlite` in it is a migrated, empty database. */
    folder: string;
    /**
     * Connection string with `{database}` in place of the name; the database `template_assay` is
     * migrated and empty.
     */
    postgresUrl: string;
  }
}

/** Makes the migrated template of the project's engine; PostgreSQL comes up for it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const engine = project.name === 'postgres' ? 'postgres' : 'sqlite';
  const folder = mkdtempSync(join(folderForTests(), `assay-test-${engine}-`));
  project.provide('engine', engine);
  project.provide('folder', folder);
  if (engine === 'sqlite') {
    const database = openDatabase({ engine, path: join(folder, 'template.sqlite') });
    await migrate(database);
    await database.close();
    project.provide('postgresUrl', '');
    return () => rmSync(folder, { recursive: true, force: true });
  }
  const server = await startPostgres();
  const admin = openDatabase({ engine, url: server.url('postgres') });
  const { sql } = await import('kysely');
  await sql`create database template_assay`.execute(admin.db);
  await admin.close();
  const database = openDatabase({ engine, url: server.url('template_assay') });
  await migrate(database);
  await database.close();
  project.provide('postgresUrl', server.url('{database}').replace('%7Bdatabase%7D', '{database}'));
  return () => {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
