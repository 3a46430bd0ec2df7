import { expect, test } from 'vitest';
import { buildDataset, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { openSite, type Site } from '../support/site.js';

type Json = Record<string, unknown>;

async function api(
  site: Site,
): Promise<
  (method: string, path: string, body?: unknown) => Promise<{ status: number; json: Json }>
> {
  return async (method, path, body) => {
    const response = await fetch(new URL(`/api/v1${path}`, site.address), {
      method,
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as Json) };
  };
}

test('a study through the API: make, plan, change, open, invite, progress, pause, resume, close, re-open; delete a draft', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const call = await api(site);
  const generated = await buildDataset(db, { source: 'generated', examples: plainExamples(20) });
  const human = await buildDataset(db, { source: 'human', examples: plainExamples(20, 'Human') });
  expect((await call('GET', '/studies')).json).toEqual({ studies: [] });

  const made = await call('POST', '/studies', {
    title: 'By API',
    settings: { datasets: [generated], sampleSize: 5, overlap: 2 },
    texts: { warning: 'Mind.' },
  });
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({
    title: 'By API',
    state: 'draft',
    settings: { sampleSize: 5, overlap: 2, threshold: 0.9 },
    form: { preset: 'standard', version: 1 },
    texts: { warning: 'Mind.' },
    rule: { postHoc: false },
  });
  const study = `/studies/${String(made.json['id'])}`;

  const changed = await call('PATCH', study, {
    settings: { datasets: [generated, human] },
    title: 'By API, both',
  });
  expect(changed.json).toMatchObject({
    title: 'By API, both',
    settings: { datasets: [generated, human], sampleSize: 5, overlap: 2 },
  });
  expect((await call('GET', `${study}/plan`)).json).toMatchObject({
    items: 10,
    judgments: 20,
    obstacles: [],
    pairs: [{ behaviour: 'kind', suggested: 20 }],
  });
  expect((await call('GET', `${study}/progress`)).json).toMatchObject({
    state: 'draft',
    judgments: 0,
  });

  expect((await call('POST', `${study}/open`)).json).toMatchObject({ state: 'open' });
  const invited = await call('POST', `${study}/invitations`, { count: 2 });
  expect([invited.status, invited.json]).toMatchObject([
    201,
    { invitations: [{ rater: 'r-01' }, { rater: 'r-02' }] },
  ]);
  expect((await call('GET', `${study}/progress`)).json).toMatchObject({
    state: 'open',
    items: 10,
    wanted: 20,
    judgments: 0,
    per_hour: null,
    raters: [{ pseudonym: 'r-01', state: 'invited' }, { pseudonym: 'r-02' }],
  });
  const listed = (await call('GET', '/studies')).json;
  expect(listed).toMatchObject({
    studies: [
      { title: 'By API, both', state: 'open', items: 10, wanted: 20, judgments: 0, raters: 0 },
    ],
  });

  const fixed = await call('PATCH', study, { settings: { sampleSize: 9 } });
  expect([fixed.status, fixed.json]).toMatchObject([
    409,
    { error: { code: 'study_opened', faults: [{ field: 'settings.sampleSize' }] } },
  ]);
  await db.updateTable('study').set({ first_judgment_at: 1 }).execute();
  expect(
    (await call('PATCH', study, { settings: { threshold: 0.8 }, preset: 'sycophancy' })).json,
  ).toMatchObject({
    settings: { threshold: 0.8, sampleSize: 5 },
    form: { version: 2, preset: 'sycophancy' },
    rule: { threshold: 0.8, postHoc: true },
  });
  for (const [verb, state] of [
    ['pause', 'paused'],
    ['resume', 'open'],
    ['close', 'closed'],
    ['reopen', 'paused'],
  ])
    expect((await call('POST', `${study}/${verb}`)).json).toMatchObject({ state });
  expect((await call('POST', `${study}/open`)).status).toBe(409);
  expect((await call('DELETE', study)).status).toBe(409);

  const draft = await call('POST', '/studies', {
    title: 'Not for long',
    settings: { datasets: [] },
  });
  const notReady = await call('POST', `/studies/${String(draft.json['id'])}/open`);
  expect([notReady.status, notReady.json]).toMatchObject([
    409,
    { error: { code: 'study_not_ready', faults: [{ message: 'No dataset is chosen.' }] } },
  ]);
  expect((await call('DELETE', `/studies/${String(draft.json['id'])}`)).status).toBe(204);
  expect((await call('GET', `/studies/${String(draft.json['id'])}`)).status).toBe(404);
});

onceTest('what does not fit is refused with every fault by name, and nothing is made', async () => {
  const site = await openSite();
  const call = await api(site);
  const refused = await call('POST', '/studies', {
    title: ' ',
    settings: { datasets: [], overlap: 0, unknown: true },
    preset: 'nonsense',
    texts: { consent: ' ' },
  });
  expect(refused.status).toBe(422);
  const fields = (refused.json['error'] as { faults: { field: string }[] }).faults
    .map((fault) => fault.field)
    .toSorted();
  expect(fields).toEqual(
    expect.arrayContaining(['preset', 'settings', 'settings.overlap', 'texts.consent', 'title']),
  );
  expect((await call('GET', '/studies')).json).toEqual({ studies: [] });
  expect((await fetch(new URL('/api/v1/studies', site.address))).status).toBe(401);
});

onceTest('the OpenAPI document names every call for studies', async () => {
  const site = await openSite();
  const document = (await (await fetch(new URL('/api/v1/openapi.json', site.address))).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const calls = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/api/v1/studies'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.replace('/api/v1', '')}`),
    );
  expect(calls).toEqual(
    expect.arrayContaining([
      'get /studies',
      'post /studies',
      'get /studies/{study}',
      'patch /studies/{study}',
      'delete /studies/{study}',
      'get /studies/{study}/plan',
      'get /studies/{study}/progress',
      'post /studies/{study}/open',
      'post /studies/{study}/pause',
      'post /studies/{study}/resume',
      'post /studies/{study}/close',
      'post /studies/{study}/reopen',
      'post /studies/{study}/invitations',
    ]),
  );
});
