import { expect, test } from 'vitest';
import { openSite, password, Visitor } from '../support/site.js';

const behindTls = { BASE_URL: 'https://assay.example.org' };
const forwarded = { 'x-forwarded-proto': 'https' };

const directives = (answer: Response): Map<string, string> =>
  new Map(
    (answer.headers.get('content-security-policy') ?? '').split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(' ');
      return [name, values.join(' ')];
    }),
  );

test('pages, files, API answers and errors all carry the security headers', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const style = /href="(\/assets\/[^"]+\.css)"/.exec(await admin.page('/account'))?.[1] ?? '';
  expect(style).not.toBe('');
  for (const path of [
    '/sign-in',
    '/account',
    style,
    '/api/v1/datasets',
    '/healthz',
    '/nowhere',
    '/metrics',
  ]) {
    const answer = await admin.request(path);
    const policy = directives(answer);
    expect([
      path,
      policy.get('default-src'),
      policy.get('script-src'),
      policy.get('style-src'),
      policy.get('frame-ancestors'),
      policy.get('base-uri'),
      policy.get('form-action'),
    ]).toEqual([path, "'none'", "'self'", "'self'", "'none'", "'none'", "'self'"]);
    expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect(answer.headers.get('strict-transport-security')).toBeNull();
    expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(answer.headers.get('cache-control')).toContain(
      path === style ? 'immutable' : 'no-store',
    );
  }
});

test('over http the session cookie is httpOnly and sameSite; under https also secure, bound to the host, with HSTS', async () => {
  const plain = await openSite();
  const [cookie = ''] = (
    await new Visitor(plain.address).request('/sign-in')
  ).headers.getSetCookie();
  expect(cookie).toMatch(/^assay=.*HttpOnly.*SameSite=Lax/);
  expect(cookie).not.toMatch(/Secure|Domain/);

  const site = await openSite(behindTls);
  const answer = await new Visitor(site.address).request('/sign-in', { headers: forwarded });
  const [secure = ''] = answer.headers.getSetCookie();
  expect(secure).toMatch(/^__Host-assay=.*Path=\/;.*HttpOnly; Secure; SameSite=Lax/);
  expect(secure).not.toMatch(/Domain/);
  expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
});

test('under https a page that came without TLS says what is wrong instead of losing its session, and health answers still', async () => {
  const site = await openSite(behindTls);
  const answer = await new Visitor(site.address).request('/sign-in');
  expect(answer.status).toBe(421);
  expect(await answer.text()).toContain('X-Forwarded-Proto: https');
  expect((await new Visitor(site.address).request('/healthz')).status).toBe(200);
  const visitor = new Visitor(site.address);
  const csrf =
    /name="csrf" value="([^"]+)"/.exec(
      await (await visitor.request('/sign-in', { headers: forwarded })).text(),
    )?.[1] ?? '';
  const signedIn = await visitor.request('/sign-in', {
    method: 'POST',
    headers: forwarded,
    body: new URLSearchParams({ csrf, email: 'admin@lab.example', password }),
  });
  expect(signedIn.status).toBe(303);
  expect((await visitor.request('/account', { headers: forwarded })).status).toBe(200);
});

test('no page has inline script, inline style or an address elsewhere', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  for (const path of ['/account', '/accounts', '/audit', '/datasets', '/imports/new', '/nowhere']) {
    const html = await admin.page(path);
    expect([
      path,
      /<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=|(?:src|href|action)="(?:https?:)?\/\//i.exec(
        html,
      )?.[0],
    ]).toEqual([path, undefined]);
  }
});

test('a request that names two hosts is refused', async () => {
  const site = await openSite();
  const { connect } = await import('node:net');
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(site.address).port), '127.0.0.1', () =>
      socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'),
    );
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});
