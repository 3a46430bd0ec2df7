import { expect, test } from 'vitest';
import { openSite, password, Visitor } from '../support/site.js';

test('a renewed session is written once: what the next request stores is not overwritten when the answer ends', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const visitor = new Visitor(site.address);
  // A browser follows a redirect as soon as its head is there; so does this test.
  const answer = await visitor.post(
    '/sign-in',
    { email: 'admin@lab.example', password },
    '/sign-in',
  );
  const row = await db
    .selectFrom('session')
    .select(['id_hash', 'data'])
    .where('data', 'like', '%accountId%')
    .executeTakeFirstOrThrow();
  const later = row.data.replace('{', '{"linkSecret":"of the next request",');
  await db.updateTable('session').set({ data: later }).where('id_hash', '=', row.id_hash).execute();
  await answer.text();
  expect((await visitor.request('/account')).status).toBe(200);
  expect(
    (
      await db
        .selectFrom('session')
        .select('data')
        .where('id_hash', '=', row.id_hash)
        .executeTakeFirstOrThrow()
    ).data,
  ).toContain('of the next request');
});

test('pages that are opened at the same moment after signing in have forms that all work', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      admin.post('/account/tokens', { tokenName: `script ${index}` }, '/account'),
    ),
  );
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
});
