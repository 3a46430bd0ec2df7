import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { type Database, type Db, openDatabase } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { migrate, migrations } from '#storage/migrate.js';
import { openServer } from '../../src/server.js';
import { engine, testDatabase } from '../support/database.js';
import { formOn, RaterVisitor } from '../support/rating.js';
import { schemaOf } from '../support/schema.js';
import { password, Visitor } from '../support/site.js';
import { keptFolder, keptLink } from './kept.js';

const ending = engine() === 'sqlite' ? '.sqlite.gz' : '.sql';
const kept = readdirSync(keptFolder)
  .filter((name) => name.endsWith(ending))
  .map((name) => name.slice(0, -ending.length));

/** Puts a kept database where a server finds it, and gives the server's settings. */
async function restored(name: string, folder: string): Promise<Record<string, string>> {
  const content = readFileSync(join(keptFolder, `${name}${ending}`));
  if (engine() === 'sqlite') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'assay.sqlite'), gunzipSync(content));
    return { ASSAY_DATA: folder };
  }
  const own = `kept_${newPublicId().toLowerCase().replaceAll('-', '_')}`;
  const run = async (database: string, statements: string): Promise<void> => {
    const client = new pg.Client({
      connectionString: inject('postgresUrl').replace('{database}', database),
    });
    await client.connect();
    try {
      await client.query(statements);
    } finally {
      await client.end();
    }
  };
  await run('postgres', `create database ${own}`);
  await run(own, content.toString('utf8'));
  return {
    ASSAY_DATA: folder,
    DATABASE_URL: inject('postgresUrl').replace('{database}', own),
  };
}

/** Opens a kept database as it is, for one test. */
async function openKept(name: string): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-upgrade-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { DATABASE_URL: url } = await restored(name, folder);
  const database = openDatabase(
    url === undefined
      ? { engine: 'sqlite', path: join(folder, 'assay.sqlite') }
      : { engine: 'postgres', url },
    { poolSize: 1 },
  );
  onTestFinished(() => database.close());
  return database;
}

/** How each rater came, in the order in which they did. */
const arrivalsOf = async (db: Db): Promise<string[]> =>
  (await db.selectFrom('rater').select('arrival').orderBy('id').execute()).map(
    (rater) => rater.arrival,
  );

/** Answers the item on a rater's page with its first choices. */
async function rateOne(rater: RaterVisitor): Promise<number> {
  const form = formOn(await rater.page('/rate'));
  if (form === undefined) throw new Error('There is no item on the page.');
  const answers = Object.entries(form.values).map(([field, values]) => [field, values[0] ?? '']);
  return (await rater.send(form, Object.fromEntries(answers))).status;
}

test('a kept database is there for each engine', () => {
  expect(kept).toContain('0015');
});

test.each(kept)('the kept database %s is upgraded, and its study goes on', async (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-upgrade-'));
  const environment = await restored(name, join(folder, 'data'));
  const server = await openServer(
    {
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      NODE_ENV: 'test',
      REPORT_WAIT_SECONDS: '600',
      ...environment,
    },
    { sweeps: [] },
  );
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const { db, config, database } = server.application;
  const address = `http://127.0.0.1:${config.port}`;
  expect(await migrate(database)).toEqual([]);

  const admin = new Visitor(address);
  const signedIn = await admin.post(
    '/sign-in',
    { email: 'admin@lab.example', password },
    '/sign-in',
  );
  expect(signedIn.status).toBe(303);
  expect(await admin.page('/studies')).toContain('Kept draft');
  const study = await db
    .selectFrom('study')
    .selectAll()
    .where('title', '=', 'Kept study')
    .executeTakeFirstOrThrow();
  const path = `/studies/${study.public_id}`;
  const page = await admin.page(path);
  expect(page).toContain('Kept study');
  for (const pseudonym of ['r-01', 'r-05']) expect(page).toContain(pseudonym);

  const judgments = async (): Promise<number> =>
    (
      await db
        .selectFrom('judgment')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
    ).count;
  expect(await judgments()).toBe(36);
  const report = async (): Promise<unknown> => (await admin.request(`${path}/report.json`)).json();
  expect(await report()).toMatchObject({ format: expect.stringContaining('assay-report') });
  expect((await admin.request(`${path}/report`)).status).toBe(200);

  const known = new RaterVisitor(address);
  expect((await known.request(`/r/${keptLink}`)).headers.get('location')).toBe('/rate');
  expect(await rateOne(known)).toBeLessThan(400);
  const newcomer = new RaterVisitor(address);
  await newcomer.join(study);
  expect(await rateOne(newcomer)).toBeLessThan(400);
  expect(await judgments()).toBe(38);
  const link = 'open-link';
  expect(await arrivalsOf(db)).toEqual([link, link, link, link, link, 'personal-link', link]);

  const frozen = await db.selectFrom('frozen_report').select('public_id').orderBy('id').execute();
  expect(frozen).toHaveLength(2);
  const [superseded = '', standing = ''] = frozen.map((one) => `/reports/${one.public_id}`);
  expect(await admin.page(superseded)).toContain('Superseded');
  expect((await admin.request(`${superseded}/file.json`)).status).toBe(410);
  expect((await admin.request(standing)).status).toBe(200);
  expect((await admin.request(`${standing}/report.html`)).status).toBe(200);
  expect((await admin.request(`${standing}/file.json`)).status).toBe(200);
});

test.each(kept.filter((name) => name < '0018'))(
  'the raters of the kept database %s get the arrival by which they came',
  async (name) => {
    const database = await openKept(name);
    const { db } = database;
    // No kept database has a simulated rater: the second one becomes one.
    await sql`update rater set origin = 'simulated' where pseudonym = 'r-02'`.execute(db);
    await migrate(database);
    const link = 'open-link';
    expect(await arrivalsOf(db)).toEqual([link, 'simulated', link, link, link, 'personal-link']);
  },
);

test.each(kept)('an upgraded kept database %s has the tables of a new one', async (name) => {
  const database = await openKept(name);
  const ran = await migrate(database);
  expect(ran).toEqual(Object.keys(migrations).filter((one) => one.slice(0, 4) > name));
  expect(await schemaOf(database)).toEqual(await schemaOf(await testDatabase()));
});
