import { expect, test } from 'vitest';
import { insertRows } from '#storage/insertRows.js';
import { testDatabase } from '../support/database.js';

test('stores more rows than one statement takes, and passes over what is there', async () => {
  const { db } = await testDatabase();
  const rows = Array.from({ length: 2_600 }, (_, index) => ({
    public_id: `public-${index}`,
    name: `It’s number ${index}?`,
    created_at: index,
  }));
  await insertRows(db, 'behaviour', rows.slice(0, 3));
  await insertRows(db, 'behaviour', rows);
  const stored = await db
    .selectFrom('behaviour')
    .select(['public_id', 'name', 'created_at'])
    .orderBy('created_at')
    .execute();
  expect(stored).toEqual(rows);
});

test('stores nothing where there is nothing', async () => {
  const { db } = await testDatabase();
  await insertRows(db, 'behaviour', []);
  expect(await db.selectFrom('behaviour').selectAll().execute()).toEqual([]);
});
