import { openDatabase } from '#storage/database.js';
import { type KilledRun, workOnKilled } from './kills.js';

// Works on the run that its first argument names, until it ends or is killed. Says when it is about
// to ask, and at the end the hash of all answers.
const given = JSON.parse(process.argv[2] ?? '') as KilledRun;
const database = openDatabase(given.location, { poolSize: 4 });
const hash = await workOnKilled(database, given, () => process.send?.('asks'));
process.send?.(hash);
await database.close();
process.disconnect();
