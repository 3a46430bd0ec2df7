import { DEFAULT_MIGRATION_TABLE, type Kysely, type Migration, Migrator, sql } from 'kysely';
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
import * as detector from '../../migrations/0019_detector.js';
import * as models from '../../migrations/0020_models.js';
import * as generation from '../../migrations/0021_generation.js';
import * as platforms from '../../migrations/0022_platforms.js';
import * as payments from '../../migrations/0023_payments.js';
import * as checks from '../../migrations/0024_checks.js';
import * as aiUse from '../../migrations/0031_ai_use.js';
import * as reviewerAnswers from '../../migrations/0030_reviewer_answers.js';
import { type Database, engineOf } from './database.js';
import { outageOf } from './faults.js';

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
  '0019_detector': detector,
  '0020_models': models,
  '0021_generation': generation,
  '0022_platforms': platforms,
  '0023_payments': payments,
  '0024_checks': checks,
  '0030_reviewer_answers': reviewerAnswers,
  '0031_ai_use': aiUse,
};

interface Orphans {
  readonly child: string;
  readonly parent: string;
  readonly count: number;
}

/** How many rows refer to rows that are not there, by the tables of both: “rater_event”, “rater”. */
async function orphansOf(db: Kysely<unknown>): Promise<Map<string, Orphans>> {
  if (engineOf(db) !== 'sqlite') return new Map();
  const { rows } = await sql<Orphans>`
    select "table" as child, parent, count(*) as count from pragma_foreign_key_check
    group by "table", parent`.execute(db);
  return new Map(rows.map((row) => [`${row.child} ${row.parent}`, row]));
}

const rowsOf = ({ child, count }: Orphans): string =>
  `${count} ${count === 1 ? 'row' : 'rows'} of ${child}`;

/** Rows would refer to rows that are not there, which were not there before. */
class NewOrphans extends Error {}

/**
 * The migrations, with one check of all references before the first that runs and one after the
 * last: SQLite does not check them while foreign keys are off. Rows that referred to nothing before
 * are named by `warn`; new ones make the last migration throw.
 */
function checked(
  wanted: Readonly<Record<string, Migration>>,
  warn: (sentence: string) => void,
): Record<string, Migration> {
  const last = Object.keys(wanted).toSorted().at(-1);
  const ran: string[] = [];
  let before = new Map<string, Orphans>();
  const withChecks = (name: string, migration: Migration): Migration => ({
    async up(db) {
      if (ran.length === 0) {
        before = await orphansOf(db);
        for (const orphans of before.values())
          warn(
            `${rowsOf(orphans)} already referred to no ${orphans.parent} before the update; they stay as they are.`,
          );
      }
      ran.push(name);
      await migration.up(db);
      if (name !== last) return;
      const added = [...(await orphansOf(db))]
        .map(([key, now]) => ({ ...now, count: now.count - (before.get(key)?.count ?? 0) }))
        .filter(({ count }) => count > 0)
        .map((orphans) => `${rowsOf(orphans)} would refer to no ${orphans.parent}`);
      if (added.length > 0) throw new NewOrphans(`after ${ran.join(', ')} ${added.join(', ')}`);
    },
  });
  return Object.fromEntries(
    Object.entries(wanted).map(([name, migration]) => [name, withChecks(name, migration)]),
  );
}

/** What went wrong, in words. `failed` is the migration that threw, if one did. */
function sentenceOf(error: unknown, failed: string | undefined): string {
  const cause = error instanceof Error ? error.message : String(error);
  if (cause.startsWith('corrupted migrations'))
    return `The database cannot be used by this version of Assay: ${cause}. If a newer version has written it, start that version.`;
  const what =
    failed === undefined || error instanceof NewOrphans
      ? 'The database could not be updated'
      : `Migration ${failed} failed`;
  const state =
    outageOf(error) === 'away'
      ? 'It was updated as a whole or not at all: start again.'
      : 'The database is as it was before.';
  return `${what}: ${cause}. ${state}`;
}

/** True where exactly these migrations have run; false where that cannot be read. */
async function isUpToDate(database: Database, names: readonly string[]): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`
      select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by name`.execute(database.db);
    return rows.map(({ name }) => name).join() === names.toSorted().join();
  } catch {
    return false;
  }
}

/**
 * Brings the schema up to date, forward only, and says which migrations ran: all of them, or none
 * where one fails. Refuses a database that a newer version of Assay has already migrated, and
 * throws with the name of the migration that failed. One that is up to date is read and nothing else:
 * no lock is taken. Foreign keys of SQLite are off until it ends
 * (`storage/sqlite.ts`); rows that refer to nothing only since then make it fail.
 * @param options.warn is told, in a sentence, of rows that referred to nothing before
 */
export async function migrate(
  database: Database,
  options: {
    migrations?: Readonly<Record<string, Migration>>;
    warn?: (sentence: string) => void;
  } = {},
): Promise<string[]> {
  const known = options.migrations ?? migrations;
  if (await isUpToDate(database, Object.keys(known))) return [];
  const wanted = checked(known, options.warn ?? (() => undefined));
  const migrator = new Migrator({
    db: database.db,
    provider: { getMigrations: () => Promise.resolve(wanted) },
  });
  const { error, results } = await migrator.migrateToLatest();
  const failed = results?.find((result) => result.status === 'Error');
  if (error !== undefined)
    throw new Error(sentenceOf(error, failed?.migrationName), { cause: error });
  return (results ?? [])
    .filter((result) => result.status === 'Success')
    .map((result) => result.migrationName);
}
