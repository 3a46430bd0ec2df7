import { pino } from 'pino';
import { createJobs } from '#jobs/runner.js';
import { type DatabaseLocation, openDatabase } from '#storage/database.js';
import { counters, counting } from './counting.js';

// The queue of a process of its own, over the database that its first argument names, until it is
// killed.
const database = openDatabase(JSON.parse(process.argv[2] ?? '') as DatabaseLocation);
const jobs = createJobs({
  database,
  log: pino({ level: 'silent' }),
  now: Date.now,
  kinds: [counting, counters],
});
await jobs.start();
