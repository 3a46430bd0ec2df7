import { openDatabase } from '#storage/database.js';
import { type KilledRun, workOnKilled } from './kills.js';

// Works on the run that its first argument names, until it is killed.
const given = JSON.parse(process.argv[2] ?? '') as KilledRun;
const database = openDatabase(given.location, { poolSize: 4 });
await workOnKilled(database, given);
await database.close();
process.disconnect();
