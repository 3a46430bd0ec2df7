import { statSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { sqliteRowStore } from '#datasets/imports/sqliteRowStore.js';
import { checkpointThread } from '#storage/checkpoints.js';
import { buildDataset, plainExamples } from '../../support/builders.js';
import { onceTest, testDatabase } from '../../support/database.js';

const megabyte = 1_000_000;

onceTest('rows are carried over while more are stored, so that the WAL stays short', async () => {
  const { db, location } = await testDatabase();
  if (location.engine !== 'sqlite') throw new Error('this test is for SQLite');
  await buildDataset(db, { examples: plainExamples(1) });
  const { id } = await db.selectFrom('dataset').select('id').executeTakeFirstOrThrow();
  const store = sqliteRowStore(location.path);
  onTestFinished(() => store.close());
  for (let step = 0; step < 30; step += 1)
    await store.write(
      id,
      [],
      [{ line: step + 1, code: 'bad_json', message: '', raw: Buffer.alloc(megabyte, step) }],
    );
  expect(statSync(`${location.path}-wal`).size).toBeLessThan(20 * megabyte);
  const rows = await db.selectFrom('rejected_row').select('raw').orderBy('line_number').execute();
  expect(rows.map(({ raw }) => [raw.length, raw[0], raw.at(-1)])).toEqual(
    rows.map((_, step) => [megabyte, step, step]),
  );
  expect(rows).toHaveLength(30);
});

onceTest(
  'rows are stored on where they cannot be carried over, and that is tried again',
  async () => {
    const { db, location } = await testDatabase();
    if (location.engine !== 'sqlite') throw new Error('this test is for SQLite');
    await buildDataset(db, { examples: plainExamples(1) });
    const { id } = await db.selectFrom('dataset').select('id').executeTakeFirstOrThrow();
    let threads = 0;
    const store = sqliteRowStore(location.path, {
      checkpoints: () => {
        threads += 1;
        return { run: () => Promise.reject(new Error('full')), close: () => Promise.resolve() };
      },
    });
    onTestFinished(() => store.close());
    const raw = Buffer.alloc(megabyte);
    for (let line = 1; line <= 6; line += 1)
      await store.write(id, [], [{ line, code: 'bad_json', message: '', raw }]);
    const rows = await db.selectFrom('rejected_row').select('id').execute();
    expect([rows.length, threads > 1]).toEqual([6, true]);
  },
);

onceTest(
  'a thread that cannot carry the WAL over says why, and one that has ended says so',
  async () => {
    const { location } = await testDatabase();
    if (location.engine !== 'sqlite') throw new Error('this test is for SQLite');
    const checkpoints = checkpointThread(location.path);
    expect(await checkpoints.run()).toBeGreaterThanOrEqual(0);
    await checkpoints.close();
    await expect(checkpoints.run()).rejects.toThrow('has ended');
    const nowhere = checkpointThread(`${location.path}/nowhere`);
    onTestFinished(() => nowhere.close());
    const failure = await nowhere.run().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({
      message: expect.stringContaining('could not be carried over'),
    });
  },
);

onceTest(
  'the WAL stays too short for a commit of another connection to carry it over',
  async () => {
    const { db, location } = await testDatabase();
    if (location.engine !== 'sqlite') throw new Error('this test is for SQLite');
    await buildDataset(db, { examples: plainExamples(1) });
    const { id } = await db.selectFrom('dataset').select('id').executeTakeFirstOrThrow();
    const store = sqliteRowStore(location.path);
    onTestFinished(() => store.close());
    for (let step = 0; step < 400; step += 1)
      await store.write(
        id,
        [],
        [{ line: step + 1, code: 'bad_json', message: '', raw: Buffer.alloc(100_000, step) }],
      );
    // A commit carries over from 1,000 pages on; each page has 24 bytes beside it.
    expect(statSync(`${location.path}-wal`).size).toBeLessThan(1000 * (4096 + 24));
  },
);
