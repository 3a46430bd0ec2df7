import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReadyDatabase } from '#storage/ready.js';
import { killAgainAndAgain } from '../test/models/kills.js';
import { startModelServer } from '../test/support/modelServer/server.js';

// A run of calls to a model whose process is killed with SIGKILL at random moments, against the same
// run unbroken. Exits with 1 where an answer differs, an answered call was sent again, or the money
// does not add up. SQLite unless DATABASE_URL names a PostgreSQL database that is empty.
// node .build/bench/kills.js [kills] [texts]

const kills = Number(process.argv[2] ?? 50);
const texts = Number(process.argv[3] ?? 1_500);
const folder = mkdtempSync(join(tmpdir(), 'assay-kills-'));
const address = process.env['DATABASE_URL'];
const database = await openReadyDatabase(
  address === undefined
    ? { engine: 'sqlite', path: join(folder, 'assay.sqlite') }
    : { engine: 'postgres', url: address },
  { warn: console.warn },
);
const server = await startModelServer({ latencyMs: 60 });
const shared = { texts, random: Math.random };
const whole = await killAgainAndAgain(database, server, { ...shared, name: 'whole', kills: 0 });
const killed = await killAgainAndAgain(database, server, { ...shared, name: 'killed', kills });
for (const [name, run] of Object.entries({ whole, killed })) console.log(name, run);
const holds = {
  'same answers': killed.hash === whole.hash,
  'every call answered': killed.answered === texts && whole.answered === texts,
  'every attempt but one a call lost': killed.attempts === texts + killed.lost,
  'no more requests than attempts': killed.requests <= killed.attempts,
  'lost at least what the server saw cut': killed.lost >= killed.cut,
  'money adds up': killed.money.reserved === 0 && killed.money.spent === killed.money.ofCalls,
};
for (const [name, held] of Object.entries(holds)) console.log(`${held ? '✓' : '✗'} ${name}`);
await server.close();
await database.close();
rmSync(folder, { recursive: true, force: true });
process.exitCode = Object.values(holds).every(Boolean) ? 0 : 1;
