import { openDatabase } from '#storage/database.js';
import { workOn } from './generationSupport.js';
import type { KilledGeneration } from './kills.js';

// Works on the generation that its first argument names, until it is killed.
const given = JSON.parse(process.argv[2] ?? '') as KilledGeneration;
const database = openDatabase(given.location, { poolSize: 4 });
await workOn(database, given, given, { deadAfter: 0 });
await database.close();
process.disconnect();
