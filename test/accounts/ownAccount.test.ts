import { expect, test } from 'vitest';
import { onceTest } from '../support/database.js';
import { openSite, password, Visitor } from '../support/site.js';

const good = 'seven quiet owls';

test('one’s own token is shown once, works, is listed and can be revoked by its owner alone', async () => {
  const site = await openSite();
  const researcher = await site.visitor('researcher');
  const token =
    /class="secret"[^>]*>([^<]+)</.exec(
      await (
        await researcher.post('/account/tokens', { tokenName: 'my <script>' }, '/account')
      ).text(),
    )?.[1] ?? '';
  expect(token).toMatch(/^assay_[\w-]{43}$/);
  const ask = async (authorization: string): Promise<[number, string | null]> => {
    const answer = await new Visitor(site.address).request('/api/v1/datasets', {
      headers: { authorization },
    });
    return [answer.status, answer.headers.get('www-authenticate')];
  };
  expect(await ask(`Bearer ${token}`)).toEqual([200, null]);
  for (const wrong of [
    token,
    `Basic ${token}`,
    `Bearer ${token}x`,
    'Bearer',
    `Bearer ${token} ${token}`,
  ])
    expect(await ask(wrong)).toEqual([401, 'Bearer']);
  const page = await researcher.page('/account');
  expect(page).toContain('my &lt;script&gt;');
  expect(page).not.toContain(token);
  expect(
    JSON.stringify(await site.server.application.db.selectFrom('api_token').selectAll().execute()),
  ).not.toContain(token);
  const revoke = /action="(\/account\/tokens\/[\w-]+\/revoke)"/.exec(page)?.[1] ?? '';
  const admin = await site.visitor('admin');
  expect((await admin.post(revoke, {}, '/account')).status).toBe(404);
  expect((await ask(`Bearer ${token}`))[0]).toBe(200);
  expect((await researcher.post(revoke, {}, '/account')).status).toBe(303);
  for (const gone of [revoke, '/account/tokens/anything/revoke'])
    expect((await researcher.post(gone, {}, '/account')).status).toBe(404);
  const revocations = await site.server.application.db
    .selectFrom('audit_event')
    .select(['actor', 'subject'])
    .where('action', '=', 'token.revoke')
    .execute();
  const [, id = ''] = /tokens\/([\w-]+)/.exec(revoke) ?? [];
  expect(revocations).toEqual([{ actor: 'researcher@lab.example', subject: `token ${id}` }]);
  expect((await ask(`Bearer ${token}`))[0]).toBe(401);
  expect((await researcher.post('/account/tokens', { tokenName: ' ' }, '/account')).status).toBe(
    422,
  );
});

test('a changed password ends the other sessions and keeps this one', async () => {
  const site = await openSite();
  const here = await site.visitor('researcher');
  const there = await site.visitor('researcher');
  const wrong = await here.post(
    '/account/password',
    { current: 'not the present one', password: 'short' },
    '/account',
  );
  expect([wrong.status, /2 things need correcting/.test(await wrong.text())]).toEqual([422, true]);
  expect((await here.post('/account/password', {}, '/account')).status).toBe(422);
  expect(
    (await here.post('/account/password', { current: password, password: good }, '/account'))
      .status,
  ).toBe(303);
  expect([
    (await here.request('/account')).status,
    (await there.request('/account')).status,
  ]).toEqual([200, 303]);
  const signIn = async (tried: string): Promise<number> =>
    (
      await new Visitor(site.address).post(
        '/sign-in',
        { email: 'researcher@lab.example', password: tried },
        '/sign-in',
      )
    ).status;
  expect([await signIn(password), await signIn(good)]).toEqual([422, 303]);
});

onceTest('the audit log tells what admins did, without secrets, page by page', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const invited = await (
    await admin.post(
      '/accounts',
      { email: 'ada@lab.example', name: 'Ada', role: 'researcher' },
      '/accounts',
    )
  ).text();
  const secret = /\/link\/([\w-]+)/.exec(invited)?.[1] ?? 'none';
  const { public_id: id } = await site.server.application.db
    .selectFrom('account')
    .select('public_id')
    .where('email', '=', 'ada@lab.example')
    .executeTakeFirstOrThrow();
  await admin.post(`/accounts/${id}`, { role: 'admin' }, '/accounts');
  await admin.post('/account/tokens', { tokenName: 'script' }, '/account');
  const log = await admin.page('/audit');
  for (const words of [
    'account.sign-in',
    'account.invite',
    'account.change',
    'token.create',
    `account ${id}`,
    'admin@lab.example',
  ])
    expect([words, log.includes(words)]).toEqual([words, true]);
  expect(log).not.toContain(secret);
  expect(log).not.toContain('assay_');
  await site.server.application.db
    .insertInto('audit_event')
    .values(
      Array.from({ length: 120 }, (_, index) => ({
        at: index,
        account_id: null,
        actor: 'command line',
        action: `test.${index}`,
        subject: 'x',
        detail: '{}',
      })),
    )
    .execute();
  const older = /href="(\/audit\?before=\d+)"/.exec(await admin.page('/audit'))?.[1] ?? '';
  expect(await admin.page(older)).toContain('account.invite');
  expect((await admin.request('/audit?before=nonsense')).status).toBe(200);
});
