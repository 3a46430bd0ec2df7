import { expect, test } from 'vitest';
import { openSite, Visitor } from '../support/site.js';

const token = 'a token for the tests';

test('health, readiness and metrics', async () => {
  const site = await openSite({ METRICS_TOKEN: token });
  const visitor = new Visitor(site.address);
  expect(await (await visitor.request('/healthz')).json()).toEqual({ status: 'ok' });
  const ready = await visitor.request('/readyz');
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  expect(ready.headers.getSetCookie()).toEqual([]);
  for (const authorization of ['', `Bearer ${token}x`, `bearer${token}`, 'Bearer ', `Bearer ${site.token}`]) expect([authorization, (await visitor.request('/metrics', { headers: { authorization } })).status]).toEqual([authorization, 404]);
  await visitor.request('/link/a-secret');
  const metrics = await (await visitor.request('/metrics', { headers: { authorization: `Bearer ${token}` } })).text();
  expect(metrics).toMatch(/assay_http_request_seconds_count\{method="GET",route="\/link\/:secret",status="410"\} \d/);
  expect(metrics).toContain('process_cpu_seconds_total');
  expect(metrics).not.toContain('a-secret');
});

test('without METRICS_TOKEN nobody reads the metrics', async () => {
  const site = await openSite();
  for (const authorization of ['Bearer null', 'Bearer undefined', 'Bearer ', '']) expect((await new Visitor(site.address).request('/metrics', { headers: { authorization } })).status).toBe(404);
});

test('readiness says when the database is gone; health does not need it', async () => {
  const site = await openSite();
  await site.server.application.db.schema.alterTable('installation_value').renameTo('gone').execute();
  const ready = await new Visitor(site.address).request('/readyz');
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'the database does not answer' }]);
  expect((await new Visitor(site.address).request('/healthz')).status).toBe(200);
});
