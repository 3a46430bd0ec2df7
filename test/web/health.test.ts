import { expect, test } from 'vitest';
import request from 'supertest';
import { createApp } from '../../src/app.js';
import { onceTest } from '../support/database.js';
import { watchStatements } from '../support/faults.js';
import { openSite, Visitor } from '../support/site.js';

const token = 'a token for the tests';

test('health, readiness and metrics', async () => {
  const site = await openSite({ METRICS_TOKEN: token });
  const visitor = new Visitor(site.address);
  expect(await (await visitor.request('/healthz')).json()).toEqual({ status: 'ok' });
  const ready = await visitor.request('/readyz');
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  expect(ready.headers.getSetCookie()).toEqual([]);
  for (const authorization of [
    '',
    `Bearer ${token}x`,
    `bearer${token}`,
    'Bearer ',
    `Bearer ${site.token}`,
  ])
    expect([
      authorization,
      (await visitor.request('/metrics', { headers: { authorization } })).status,
    ]).toEqual([authorization, 404]);
  await visitor.request('/link/a-secret');
  const read = async (): Promise<string> =>
    (await visitor.request('/metrics', { headers: { authorization: `Bearer ${token}` } })).text();
  // A request is counted once its answer has left, which the client may see a moment earlier.
  await expect
    .poll(read)
    .toMatch(
      /assay_http_request_seconds_count\{method="GET",route="\/link\/:secret",status="410"\} \d/,
    );
  const metrics = await read();
  expect(metrics).toContain('process_cpu_seconds_total');
  expect(metrics).not.toContain('a-secret');
});

onceTest('without METRICS_TOKEN nobody reads the metrics', async () => {
  const site = await openSite();
  for (const authorization of ['Bearer null', 'Bearer undefined', 'Bearer ', ''])
    expect(
      (await new Visitor(site.address).request('/metrics', { headers: { authorization } })).status,
    ).toBe(404);
});

test('readiness says when the database is gone; health does not need it', async () => {
  const site = await openSite();
  await site.server.application.db.schema
    .alterTable('installation_value')
    .renameTo('gone')
    .execute();
  const ready = await new Visitor(site.address).request('/readyz');
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'the database does not answer' },
  ]);
  expect((await new Visitor(site.address).request('/healthz')).status).toBe(200);
});

test('readiness needs a row that was written, and tries again after ten seconds', async () => {
  const site = await openSite();
  const faults = watchStatements();
  let now = 1_000_000;
  const app = await createApp({ ...site.server.application, now: () => now });
  const ready = async (): Promise<[number, unknown]> => {
    const { status, body } = await request(app).get('/readyz');
    return [status, body.status];
  };
  faults.arm({
    fault: 'full',
    at: 1,
    from: 'onwards',
    matching: /^insert into "installation_value"/,
  });
  expect(await ready()).toEqual([503, 'the database cannot store anything']);
  now += 9_000;
  expect(await ready()).toEqual([503, 'the database cannot store anything']);
  expect(faults.fired).toBe(1);
  faults.disarm();
  now += 1_000;
  expect(await ready()).toEqual([200, 'ready']);
  const rows = await site.server.application.db
    .selectFrom('installation_value')
    .select('value')
    .where('name', '=', 'last_trial_write')
    .execute();
  expect(rows).toEqual([{ value: String(now) }]);
});
