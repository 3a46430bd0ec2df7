import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import * as accounts from '../../migrations/0001_accounts.js';
import * as jobs from '../../migrations/0002_jobs.js';
import * as datasets from '../../migrations/0003_datasets.js';
import * as studies from '../../migrations/0004_studies.js';
import * as raters from '../../migrations/0005_raters.js';
import * as assignment from '../../migrations/0006_assignment.js';
import * as reports from '../../migrations/0007_reports.js';
import * as texts from '../../migrations/0008_texts.js';
import * as itemFindings from '../../migrations/0009_item_findings.js';
import * as exclusion from '../../migrations/0010_exclusion.js';
import * as frozenRaters from '../../migrations/0011_frozen_raters.js';
import * as raterNumbers from '../../migrations/0012_rater_numbers.js';
import * as asideKeys from '../../migrations/0013_aside_keys.js';
import * as raterSessions from '../../migrations/0014_rater_sessions.js';
import * as joinKeys from '../../migrations/0015_join_keys.js';
import * as frozenFiles from '../../migrations/0016_frozen_files.js';
import * as jobLanes from '../../migrations/0017_job_lanes.js';
import * as arrivals from '../../migrations/0018_arrivals.js';
import { type Database, engineOf } from './database.js';

/** Every migration, by the name under which a database remembers that it ran. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_accounts': accounts,
  '0002_jobs': jobs,
  '0003_datasets': datasets,
  '0004_studies': studies,
  '0005_raters': raters,
  '0006_assignment': assignment,
  '0007_reports': reports,
  '0008_texts': texts,
  '0009_item_findings': itemFindings,
  '0010_exclusion': exclusion,
  '0011_frozen_raters': frozenRaters,
  '0012_rater_numbers': raterNumbers,
  '0013_aside_keys': asideKeys,
  '0014_rater_sessions': raterSessions,
  '0015_join_keys': joinKeys,
  '0016_frozen_files': frozenFiles,
  '0017_job_lanes': jobLanes,
  '0018_arrivals': arrivals,
};

/** Throws where rows refer to rows that are not there: SQLite has looked at none of them so far. */
async function checkReferences(db: Kysely<unknown>): Promise<void> {
  if (engineOf(db) !== 'sqlite') return;
  const { rows } = await sql<{ child: string; parent: string; count: number }>`
    select "table" as child, parent, count(*) as count from pragma_foreign_key_check
    group by "table", parent`.execute(db);
  if (rows.length > 0)
    throw new Error(
      rows
        .map(({ child, parent, count }) => `${count} of ${child} would refer to no ${parent}`)
        .join(', '),
    );
}

const checked = (migration: Migration): Migration => ({
  async up(db) {
    await migration.up(db);
    await checkReferences(db);
  },
});

/**
 * Brings the schema up to date, forward only, and says which migrations ran: all of them, or none
 * where one fails. Refuses a database that a newer version of Assay has already migrated, and
 * throws with the name of the migration that failed. Foreign keys of SQLite are off until it ends
 * (`storage/sqlite.ts`), and what they would have refused makes the migration fail.
 */
export async function migrate(
  database: Database,
  options: { migrations?: Readonly<Record<string, Migration>> } = {},
): Promise<string[]> {
  const wanted = Object.entries(options.migrations ?? migrations);
  const migrator = new Migrator({
    db: database.db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(wanted.map(([name, migration]) => [name, checked(migration)])),
    },
  });
  const { error, results } = await migrator.migrateToLatest();
  const failed = results?.find((result) => result.status === 'Error');
  if (error !== undefined) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(
      failed === undefined
        ? `The database cannot be used by this version of Assay: ${cause}. If a newer version has written it, start that version.`
        : `Migration ${failed.migrationName} failed: ${cause}. The database is as it was before.`,
    );
  }
  return (results ?? [])
    .filter((result) => result.status === 'Success')
    .map((result) => result.migrationName);
}
