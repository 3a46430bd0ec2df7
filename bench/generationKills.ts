import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReadyDatabase } from '#storage/ready.js';
import type { Database, DatabaseLocation } from '#storage/database.js';
import { workOn } from '../test/generation/generationSupport.js';
import { killGeneration, type SurvivedGeneration, writeList } from '../test/generation/kills.js';
import { startModelServer } from '../test/support/modelServer/server.js';

// A generation (writing, judging, keeping) whose process is killed with SIGKILL at random moments,
// against the same one unbroken. Exits with 1 where candidates, scores or decisions differ, an
// answered call was sent again, or the money does not add up. SQLite unless DATABASE_URL names an
// empty PostgreSQL database for the killed one and WHOLE_URL another for the unbroken one.
// node .build/bench/generationKills.js [kills] [samples a label]

const kills = Number(process.argv[2] ?? 50);
const samples = Number(process.argv[3] ?? 500);
const folder = mkdtempSync(join(tmpdir(), 'assay-generation-kills-'));

const locationOf = (name: string, address: string | undefined): DatabaseLocation =>
  address === undefined
    ? { engine: 'sqlite', path: join(folder, `${name}.sqlite`) }
    : { engine: 'postgres', url: address };

const server = await startModelServer({ write: writeList, latencyMs: 40 });
const databases: Database[] = [];

async function survive(
  name: string,
  address: string | undefined,
  times: number,
): Promise<SurvivedGeneration> {
  const database = await openReadyDatabase(locationOf(name, address), { warn: console.warn });
  databases.push(database);
  const survived = await killGeneration(database, server, {
    samples,
    kills: times,
    random: Math.random,
    finish: (generation) => workOn(database, server, generation, { deadAfter: 0 }),
  });
  console.log(name, survived);
  return survived;
}

const whole = await survive('whole', process.env['WHOLE_URL'], 0);
const killed = await survive('killed', process.env['DATABASE_URL'], kills);
const holds = {
  'both came to their end': killed.state === 'done' && whole.state === 'done',
  'same candidates, scores and decisions': killed.hash === whole.hash,
  'as many answers': killed.answered === whole.answered,
  'every attempt but one a call lost': killed.attempts === killed.answered + killed.lost,
  'no more requests than attempts': killed.requests <= killed.attempts,
  'lost at least what the server saw cut': killed.lost >= killed.cut,
  'money adds up': killed.money.reserved === 0 && killed.money.spent === killed.money.ofCalls,
};
for (const [name, held] of Object.entries(holds)) console.log(`${held ? '✓' : '✗'} ${name}`);
await server.close();
for (const database of databases) await database.close();
rmSync(folder, { recursive: true, force: true });
process.exitCode = Object.values(holds).every(Boolean) ? 0 : 1;
