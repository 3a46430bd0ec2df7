import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createLog, requestLog } from '#web/log.js';
import { Visitor, password } from '../support/site.js';
import { openLoggedSite } from './support.js';

test('the log has a line with method, path, status and number for every request, and no personal data or secret', async () => {
  const { site, lines } = await openLoggedSite();
  const admin = await site.visitor('admin');
  const csrf = await admin.csrf('/accounts');
  const invited = await admin.request('/accounts', {
    method: 'POST',
    body: new URLSearchParams({
      csrf,
      email: 'ada@lab.example',
      name: 'Ada Example',
      role: 'researcher',
    }),
  });
  const link = /\/link\/([\w-]+)/.exec(await invited.text())?.[1] ?? '';
  expect(link).not.toBe('');
  const visitor = new Visitor(site.address);
  for (const path of [
    `/link/${link}`,
    `/LINK/${link}`,
    `/x//link/${link}`,
    '/join/open-link-secret',
    '/r/personal-secret',
    '/sign-in?to=/account?private=1',
  ])
    await visitor.request(path, {
      headers: { 'user-agent': 'a-browser-of-somebody', 'x-forwarded-for': '203.0.113.9' },
    });
  await visitor.post(
    '/sign-in',
    { email: 'ada@lab.example', password: 'not her password' },
    '/sign-in',
  );
  await visitor.request('/api/v1/datasets', { headers: { authorization: `Bearer ${site.token}` } });
  await site.server.application.db.schema.alterTable('account').renameTo('account_gone').execute();
  expect((await admin.request('/account')).status).toBe(500);
  await site.server.stop();

  const log = lines.join('');
  for (const secret of [
    'lab.example',
    'Ada',
    password,
    'not her password',
    link,
    'open-link-secret',
    'personal-secret',
    site.token,
    csrf,
    'assay=',
    '127.0.0.1',
    '203.0.113.9',
    'a-browser-of-somebody',
    'private=1',
  ])
    expect([secret, log.includes(secret)]).toEqual([secret, false]);
  const entries = lines.map(
    (line) =>
      JSON.parse(line) as {
        msg: string;
        level: number;
        req?: { id: string; method: string; path: string };
        res?: { status: number };
        requestId?: string;
      },
  );
  expect(
    entries
      .filter((entry) => entry.req?.path.toLowerCase() === '/link/…')
      .map((entry) => [entry.req?.method, entry.res?.status]),
  ).toEqual([
    ['GET', 303],
    ['GET', 303],
  ]);
  expect(entries.find((entry) => entry.msg === 'a sign-in was refused')).toBeDefined();
  const failed = entries.find((entry) => entry.msg === 'a request failed');
  expect(
    entries.find((entry) => entry.req?.path === '/account' && entry.res?.status === 500)?.req?.id,
  ).toBe(failed?.requestId);
});

test('a fault of the database is logged without the values of the row', async () => {
  const { site, lines } = await openLoggedSite();
  const { db, log } = site.server.application;
  const row = {
    public_id: 'a',
    email: 'admin@lab.example',
    name: 'Ada',
    role: 'admin',
    state: 'invited',
    password_hash: null,
    created_at: 1,
    last_sign_in_at: null,
  } as const;
  const fault: unknown = await db
    .insertInto('account')
    .values(row)
    .execute()
    .catch((error: unknown) => error);
  log.error({ err: fault }, 'not stored');
  expect(lines.join('')).toContain('not stored');
  expect(lines.join('')).toMatch(/unique/i);
  expect(lines.join('')).not.toMatch(/lab\.example|Ada/);
});

test('an error that a response carries is logged with its type, message, stack, code and causes, and without the row', async () => {
  const { site } = await openLoggedSite();
  const row = {
    public_id: 'a',
    email: 'admin@lab.example',
    name: 'Ada',
    role: 'admin',
    state: 'invited',
    password_hash: null,
    created_at: 1,
    last_sign_in_at: null,
  } as const;
  const first: unknown = await site.server.application.db
    .insertInto('account')
    .values(row)
    .execute()
    .catch((error: unknown) => error);
  class Outer extends Error {}
  const errors = [
    new Outer('not stored', { cause: new Error('twice', { cause: first }) }),
    new AggregateError([first], 'all failed'),
    { email: 'admin@lab.example' },
  ];
  const lines: string[] = [];
  const log = requestLog(createLog('trace', { write: (line: string) => void lines.push(line) }));
  const server = createServer((request, response) => {
    log(request as never, response as never, () => {
      response.err = errors.shift() as Error;
      response.statusCode = 500;
      response.end();
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  while (errors.length > 0)
    await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text();
  server.close();
  await once(server, 'close');
  const logged = lines.map((line) => (JSON.parse(line) as { err: unknown }).err);
  const code = expect.stringMatching(/^(23505|SQLITE_CONSTRAINT_UNIQUE)$/);
  const database = {
    type: expect.stringMatching(/Error$/),
    message: expect.stringMatching(/unique/i),
    stack: expect.stringContaining('log.test'),
    code,
  };
  expect(logged).toMatchObject([
    {
      type: 'Outer',
      message: 'not stored',
      stack: expect.stringContaining('Error: not stored'),
      cause: { type: 'Error', message: 'twice', cause: database },
    },
    { type: 'AggregateError', message: 'all failed', errors: [database] },
    { type: 'object' },
  ]);
  expect(lines.join('')).not.toMatch(/lab\.example|Ada|\[object/);
});
