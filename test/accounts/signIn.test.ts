import { expect, test } from 'vitest';
import { limits } from '#web/route.js';
import { openSite, password, type Site, Visitor } from '../support/site.js';

const cookieOf = (answer: Response): string => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const tryPassword = (visitor: Visitor, email: string, tried: string): Promise<Response> => visitor.post('/sign-in', { email, password: tried }, '/sign-in');
const isIn = async (visitor: Visitor): Promise<boolean> => (await visitor.request('/account')).status === 200;

test('signing in renews the session, and the old one is worth nothing', async () => {
  const site = await openSite();
  const visitor = new Visitor(site.address);
  const before = cookieOf(await visitor.request('/sign-in'));
  const after = cookieOf(await tryPassword(visitor, ' Admin@Lab.example ', password));
  expect(after).toMatch(/^assay=/);
  expect(after).not.toBe(before);
  expect(await isIn(visitor)).toBe(true);
  expect((await new Visitor(site.address).request('/account', { headers: { cookie: before } })).status).toBe(303);
  const stored = await site.server.application.db.selectFrom('session').selectAll().execute();
  expect(JSON.stringify(stored)).not.toContain(decodeURIComponent(after).slice(8, 40));
});

test('signing out ends the session here and in the database', async () => {
  const site = await openSite();
  const visitor = await site.visitor('admin');
  const answer = await visitor.post('/sign-out', {}, '/account');
  expect(answer.headers.get('location')).toBe('/sign-in');
  expect(answer.headers.getSetCookie()[0]).toMatch(/^assay=;.*Expires=Thu, 01 Jan 1970/);
  expect(await isIn(visitor)).toBe(false);
  expect(await site.server.application.db.selectFrom('session').select('id_hash').where('data', 'like', '%accountId%').execute()).toEqual([]);
});

test('a wrong password, an unknown address and an account without password get the same answer', async () => {
  const site = await openSite();
  await (await site.visitor('admin')).post('/accounts', { email: 'new@lab.example', name: 'New', role: 'researcher' }, '/accounts');
  const answers = [];
  for (const email of ['admin@lab.example', 'nobody@lab.example', 'new@lab.example']) {
    const answer = await tryPassword(new Visitor(site.address), email, 'a wrong password');
    answers.push([answer.status, (await answer.text()).replaceAll(email, '').replace(/name="csrf" value="[^"]+"/, '')]);
  }
  expect(answers[0]?.[0]).toBe(422);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  for (const fields of [{}, { email: 'admin@lab.example' }, { email: 'x'.repeat(5000), password: 'y'.repeat(5000) }]) expect((await new Visitor(site.address).post('/sign-in', fields, '/sign-in')).status).toBe(422);
});

test('too many failures for one account are refused with 429 and advice, from any address; others sign in still', async () => {
  const site = await openSite({ TRUSTED_PROXIES: '1' });
  const visitor = new Visitor(site.address);
  const csrf = await visitor.csrf('/sign-in');
  const attempt = (email: string, tried: string, address: string): Promise<Response> => visitor.request('/sign-in', { method: 'POST', headers: { 'x-forwarded-for': address }, body: new URLSearchParams({ csrf, email, password: tried }) });
  for (let index = 0; index < limits['sign-in'].perAccount; index += 1) expect((await attempt(index % 2 === 0 ? 'admin@lab.example' : ' ADMIN@lab.example', 'wrong', `198.51.100.${index}`)).status).toBe(422);
  const refused = await attempt('admin@lab.example', password, '203.0.113.1');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.text()).toMatch(/Too many tries\.[\s\S]*Wait 15 minutes/);
  expect(await isIn(visitor)).toBe(false);
  expect((await attempt('researcher@lab.example', password, '203.0.113.1')).status).toBe(303);
});

test('too many failures from one address are refused; signing in counts nothing', async () => {
  const site = await openSite();
  const visitor = new Visitor(site.address);
  const csrf = await visitor.csrf('/sign-in');
  const attempt = (email: string): Promise<Response> => visitor.request('/sign-in', { method: 'POST', body: new URLSearchParams({ csrf, email, password: 'wrong' }) });
  await site.visitor('admin');
  for (let index = 0; index < limits['sign-in'].perAddress; index += 1) expect((await attempt(`person${index}@lab.example`)).status).toBe(422);
  expect((await attempt('one.more@lab.example')).status).toBe(429);
  const kept = await site.server.application.db.selectFrom('rate_limit').select('key').execute();
  expect(JSON.stringify(kept)).not.toMatch(/lab\.example|127\.0\.0\.1/);
});

test('after signing in people go where they wanted to, on this installation only', async () => {
  const site = await openSite();
  expect((await new Visitor(site.address).request('/accounts?x=1')).headers.get('location')).toBe('/sign-in?to=%2Faccounts%3Fx%3D1');
  const arrive = async (to: string): Promise<string | null> => (await new Visitor(site.address).post('/sign-in', { email: 'admin@lab.example', password, to }, '/sign-in')).headers.get('location');
  expect(await arrive('/accounts?x=1')).toBe('/accounts?x=1');
  for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\r\nx: y', 'javascript:alert(1)']) expect([to, await arrive(to)]).toEqual([to, '/']);
  expect((await (await site.visitor('admin')).request('/')).headers.get('location')).toBe('/studies');
});

async function change(site: Site, email: string, fields: Record<string, string>): Promise<Response> {
  const { public_id: id } = await site.server.application.db.selectFrom('account').select('public_id').where('email', '=', email).executeTakeFirstOrThrow();
  return (await site.visitor('admin')).post(`/accounts/${id}`, fields, '/accounts');
}

test('disabling an account ends its sessions and tokens at once, and enabling it does not bring the sessions back', async () => {
  const site = await openSite();
  const researcher = await site.visitor('researcher');
  const token = /class="secret"[^>]*>([^<]+)</.exec(await (await researcher.post('/account/tokens', { tokenName: 'script' }, '/account')).text())?.[1] ?? '';
  const api = async (): Promise<number> => (await new Visitor(site.address).request('/api/v1/datasets', { headers: { authorization: `Bearer ${token}` } })).status;
  expect([await isIn(researcher), await api()]).toEqual([true, 200]);
  expect((await change(site, 'researcher@lab.example', { state: 'disabled' })).status).toBe(303);
  expect([await isIn(researcher), await api(), (await tryPassword(new Visitor(site.address), 'researcher@lab.example', password)).status]).toEqual([false, 401, 422]);
  await change(site, 'researcher@lab.example', { state: 'active' });
  expect([await isIn(researcher), await api(), (await tryPassword(new Visitor(site.address), 'researcher@lab.example', password)).status]).toEqual([false, 200, 303]);
});

test('a changed role holds for the next request, and somebody always stays admin', async () => {
  const site = await openSite();
  const researcher = await site.visitor('researcher');
  expect((await researcher.request('/accounts')).status).toBe(403);
  await change(site, 'researcher@lab.example', { role: 'admin' });
  expect(await isIn(researcher)).toBe(false);
  const second = await site.visitor('researcher');
  expect((await second.request('/accounts')).status).toBe(200);
  expect((await change(site, 'researcher@lab.example', { role: 'researcher' })).status).toBe(303);
  for (const fields of [{ role: 'researcher' }, { state: 'disabled' }] as Record<string, string>[]) {
    const refused = await change(site, 'admin@lab.example', fields);
    expect([refused.status, /This is the last admin/.test(await refused.text())]).toEqual([409, true]);
  }
  expect((await change(site, 'researcher@lab.example', { role: 'emperor' })).status).toBe(422);
});

test('a session ends thirty days after signing in, whatever happens in it', async () => {
  const site = await openSite();
  const { application } = site.server;
  const visitor = await site.visitor('admin');
  const old = Date.now() - 31 * 24 * 3_600_000;
  const row = await application.db.selectFrom('session').selectAll().where('data', 'like', '%accountId%').executeTakeFirstOrThrow();
  await application.db.updateTable('session').set({ data: row.data.replace(/"signedInAt":\d+/, `"signedInAt":${old}`) }).execute();
  expect(await isIn(visitor)).toBe(false);
});
