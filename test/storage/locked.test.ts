import BetterSqlite from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Database } from '#storage/database.js';
import { inGroup } from '#storage/groupCommit.js';
import { prepared } from '#storage/prepared.js';
import { inTransaction } from '#storage/transaction.js';
import { engine, testDatabase } from '../support/database.js';
import { openSite, Visitor } from '../support/site.js';

/**
 * Takes the write lock of a SQLite database as another program would, and gives the function that
 * lets it go.
 */
function lock({ location }: Database): () => void {
  if (location.engine !== 'sqlite') throw new Error('this test is for SQLite');
  const other = new BetterSqlite(location.path);
  onTestFinished(() => void other.close());
  other.exec('begin immediate');
  return () => void other.exec('rollback');
}

const names = async ({ db }: Database): Promise<string[]> =>
  (await db.selectFrom('installation_value').select('name').orderBy('name').execute()).map(
    ({ name }) => name,
  );
const insert = prepared<{ name: string }>()((db, value) =>
  db.insertInto('installation_value').values({ name: value('name'), value: '' }),
);

test.runIf(engine() === 'sqlite')(
  'while another program holds the write lock, health is answered and every way of writing waits',
  async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const { db } = database;
    const before = await names(database);
    const release = lock(database);
    const written = Promise.all([
      insert(db, { name: 'prepared' }),
      db.insertInto('installation_value').values({ name: 'plain', value: '' }).execute(),
      inTransaction(db, (trx) => insert(trx, { name: 'transaction' })),
      inGroup(database, (trx) => insert(trx, { name: 'group' })),
    ]);
    expect((await new Visitor(site.address).request('/healthz')).status).toBe(200);
    release();
    await written;
    expect(await names(database)).toEqual(
      [...before, 'group', 'plain', 'prepared', 'transaction'].toSorted(),
    );
  },
);

test.runIf(engine() === 'sqlite')(
  'a lock that stays is an error after five seconds, and the next write works once it is gone',
  async () => {
    const database = await testDatabase();
    const release = lock(database);
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    // Those who wait behind the first one share its patience.
    const refused = Promise.all(
      ['one', 'two', 'three', 'four'].map((name) =>
        expect(inTransaction(database.db, (trx) => insert(trx, { name }))).rejects.toMatchObject({
          code: 'SQLITE_BUSY',
        }),
      ),
    );
    await vi.advanceTimersByTimeAsync(5_100);
    await refused;
    vi.useRealTimers();
    release();
    await insert(database.db, { name: 'after' });
    expect(await names(database)).toEqual(['after']);
  },
);
