import { Migrator } from 'kysely';
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
import type { Database } from './database.js';

const migrations = {
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
};

/**
 * Brings the schema up to date, forward only, and says which migrations ran. Refuses a database
 * that a newer version of Assay has already migrated, and throws with the name of the migration
 * that failed.
 */
export async function migrate(database: Database): Promise<string[]> {
  const migrator = new Migrator({
    db: database.db,
    provider: { getMigrations: async () => migrations },
  });
  const { error, results } = await migrator.migrateToLatest();
  const failed = results?.find((result) => result.status === 'Error');
  if (error !== undefined) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(
      failed === undefined
        ? `The database cannot be used by this version of Assay: ${cause}. If a newer version has written it, start that version.`
        : `Migration ${failed.migrationName} failed: ${cause}. Nothing of it was kept.`,
    );
  }
  return (results ?? [])
    .filter((result) => result.status === 'Success')
    .map((result) => result.migrationName);
}
