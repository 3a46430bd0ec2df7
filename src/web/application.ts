import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Jobs } from '#jobs/jobs.js';
import type { Database, Db } from '#storage/database.js';

/** What every handler may use: made once per process, passed on, never imported as a global. */
export interface Application {
  readonly config: Config;
  readonly database: Database;
  readonly db: Db;
  readonly log: Logger;
  readonly jobs: Jobs;
  /** The time, UTC milliseconds. */
  readonly now: () => number;
}
