import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '#storage/database.js';
import { migrate } from '#storage/migrate.js';
import { isUniqueViolation } from '#storage/faults.js';
import { inTransaction, TryAgain } from '#storage/transaction.js';
import { engine, testDatabase } from '../support/database.js';
import { watchStatements } from '../support/faults.js';

test('a migrated database has nothing left to migrate, which takes one statement to see', async () => {
  const database = await testDatabase();
  const faults = watchStatements();
  faults.arm({ fault: 'full', at: 2, from: 'onwards' });
  expect(await migrate(database)).toEqual([]);
  expect(faults.fired).toBe(0);
});

test.runIf(engine() === 'sqlite')(
  'every SQLite connection is WAL, durable on acknowledge and keeps foreign keys',
  async () => {
    const database = await testDatabase();
    const second = openDatabase(database.location, { readonly: true });
    for (const { db } of [database, second]) {
      expect((await sql<{ synchronous: number }>`pragma synchronous`.execute(db)).rows).toEqual([
        { synchronous: 2 },
      ]);
      expect((await sql<{ foreign_keys: number }>`pragma foreign_keys`.execute(db)).rows).toEqual([
        { foreign_keys: 1 },
      ]);
      expect((await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db)).rows).toEqual([
        { journal_mode: 'wal' },
      ]);
    }
    await second.close();
  },
);

test('a read-only connection refuses to write', async () => {
  const database = await testDatabase();
  const reader = openDatabase(database.location, { readonly: true });
  await expect(
    reader.db.insertInto('installation_value').values({ name: 'a', value: 'b' }).execute(),
  ).rejects.toThrow(/read-?only/i);
  await reader.close();
});

test('a failing transaction leaves nothing behind, and a unique violation is recognised', async () => {
  const { db } = await testDatabase();
  const twice = inTransaction(db, async (trx) => {
    await trx.insertInto('installation_value').values({ name: 'a', value: '1' }).execute();
    await trx.insertInto('installation_value').values({ name: 'a', value: '2' }).execute();
  });
  const error: unknown = await twice.catch((reason: unknown) => reason);
  expect(isUniqueViolation(error)).toBe(true);
  expect(await db.selectFrom('installation_value').selectAll().execute()).toEqual([]);
});

test('a transaction that asks to be tried again runs again as a whole', async () => {
  const { db } = await testDatabase();
  let runs = 0;
  await inTransaction(db, async (trx) => {
    runs += 1;
    await trx
      .insertInto('installation_value')
      .values({ name: `run ${runs}`, value: '' })
      .execute();
    if (runs < 3) throw new TryAgain();
  });
  expect(await db.selectFrom('installation_value').select('name').execute()).toEqual([
    { name: 'run 3' },
  ]);
});

test('counts and times come back as numbers', async () => {
  const { db } = await testDatabase();
  await db
    .insertInto('rate_limit')
    .values({ key: 'k', hits: 1, resets_at: 1_764_000_000_000 })
    .execute();
  expect(
    await db
      .selectFrom('rate_limit')
      .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.max('resets_at').as('at')])
      .executeTakeFirstOrThrow(),
  ).toEqual({ count: 1, at: 1_764_000_000_000 });
});
