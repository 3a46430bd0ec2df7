import { expect, test } from 'vitest';
import { assetPath } from '#web/assets.js';
import { onceTest } from '../support/database.js';
import { openSite, Visitor } from '../support/site.js';

onceTest(
  'what is not there is a page for people and JSON for machines, and neither says what would be there',
  async () => {
    const site = await openSite();
    const visitor = new Visitor(site.address);
    const page = await visitor.request('/nowhere?secret=1');
    expect([page.status, page.headers.get('content-type')]).toEqual([
      404,
      'text/html; charset=utf-8',
    ]);
    expect(await page.text()).toContain('There is no such page.');
    for (const [path, accept] of [
      ['/api/v1/nowhere', 'text/html'],
      ['/nowhere', 'application/json'],
    ] as const) {
      const answer = await visitor.request(path, { headers: { accept } });
      expect([answer.status, await answer.json()]).toEqual([
        404,
        {
          error: {
            code: 'not_found',
            title: 'There is no such page.',
            advice: 'It may have been deleted, or the link is incomplete.',
            faults: [],
          },
        },
      ]);
    }
    for (const path of [
      assetPath('nowhere.css'),
      assetPath('%2e%2e/package.json'),
      assetPath('..%2fpackage.json'),
      '/assets/x/css/base.css',
      '/%E0%A4%A',
    ])
      expect([path, Math.floor((await visitor.request(path)).status / 100)]).toEqual([path, 4]);
    expect((await visitor.request('/sign-in', { method: 'DELETE' })).status).toBe(404);
  },
);

test('what goes wrong on our side shows the number of the request and nothing of the fault', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  await site.server.application.db.schema
    .alterTable('audit_event')
    .renameTo('audit_event_gone')
    .execute();
  const page = await admin.request('/audit');
  const html = await page.text();
  expect(page.status).toBe(500);
  expect(html).toContain('Something went wrong on our side.');
  expect(html).toContain(page.headers.get('x-request-id') ?? 'no number');
  expect(html).not.toMatch(/audit_event|SELECT|node_modules|\.js:\d|\bat \w+ \(/i);
  const json = await admin.request('/audit', { headers: { accept: 'application/json' } });
  expect(JSON.stringify(await json.json())).toMatch(
    new RegExp(`"code":"unexpected".*${json.headers.get('x-request-id') ?? 'no number'}`),
  );
});

onceTest(
  'a body that is too large, broken or in an unknown encoding is refused with a sentence',
  async () => {
    const site = await openSite();
    const admin = await site.visitor('admin');
    const csrf = await admin.csrf('/account');
    const large = await admin.request('/account/name', {
      method: 'POST',
      body: new URLSearchParams({ csrf, name: 'x'.repeat(3_000_000) }),
    });
    expect([large.status, (await large.text()).includes('larger than this page takes')]).toEqual([
      413,
      true,
    ]);
    const many = await admin.request('/account/name', {
      method: 'POST',
      body: new URLSearchParams(
        Array.from({ length: 20_001 }, (_, index): [string, string] => [`f${index}`, '']),
      ),
    });
    expect([many.status, (await many.text()).includes('larger than this page takes')]).toEqual([
      413,
      true,
    ]);
    const unknown = await admin.request('/account/name', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=klingon' },
      body: 'a=b',
    });
    expect(unknown.status).toBe(415);
    expect(
      (
        await admin.request('/account/name', {
          method: 'POST',
          body: new URLSearchParams({ csrf, name: 'Ada' }),
        })
      ).status,
    ).toBe(303);
  },
);

onceTest('malformed and oversized JSON is refused in JSON', async () => {
  const { createServer } = await import('#web/server.js');
  const { z } = await import('zod');
  const { parse } = await import('#web/parse.js');
  const site = await openSite();
  const app = await createServer(
    site.server.application,
    [
      {
        method: 'post',
        path: '/api/v1/echo',
        access: 'anyone',
        operation: { summary: 'echo' },
        handler: (request, response) =>
          void response.json(parse(z.object({ n: z.number('is not a number') }), request.body)),
      },
    ],
    {
      staffOfSession: async () => undefined,
      staffOfToken: async () => undefined,
      raterOfSession: async () => undefined,
    },
  );
  const { default: supertest } = await import('supertest');
  const post = (body: string, type = 'application/json') =>
    supertest(app).post('/api/v1/echo').set('content-type', type).send(body);
  expect((await post('{"n":1}')).body).toEqual({ n: 1 });
  const faults = {
    error: { faults: [{ field: 'n', message: 'is not a number' }], code: 'invalid_input' },
  };
  expect((await post('{"n":"1"}')).body).toMatchObject(faults);
  for (const body of ['{"n":', '[', '"x"', '{"n":1}}'])
    expect([body, (await post(body)).status, (await post(body)).body.error.code]).toEqual([
      body,
      400,
      'unreadable_body',
    ]);
  expect([(await post('n=1', 'text/plain')).status, (await post('')).status]).toEqual([422, 422]);
  const large = await post(JSON.stringify({ n: 'x'.repeat(6_000_000) }));
  expect([large.status, large.body.error.code]).toEqual([413, 'too_large']);
  const polluted = await post('{"__proto__":{"admin":true},"n":1}');
  expect([polluted.body, ({} as { admin?: boolean }).admin]).toEqual([{ n: 1 }, undefined]);
});
