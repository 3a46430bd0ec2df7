import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DatasetAnswer, DatasetList, GuessedMappings, ImportAnswer } from '#datasets/api.js';
import { onceTest } from '../support/database.js';
import { openSite, type Site } from '../support/site.js';
import { lines, personaRow, riskRow } from './imports/support.js';

const call = (
  site: Site,
  path: string,
  init: RequestInit = {},
  token = site.token,
): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  return fetch(new URL(path, site.address), { ...init, headers });
};
const send = (site: Site, query: string, content: string): Promise<Response> =>
  call(site, `/api/v1/imports?${query}`, { method: 'POST', body: new Blob([content]) });

test('a file sent as a body is imported, and its dataset is read with its health check', async () => {
  const site = await openSite();
  const response = await send(
    site,
    'path=lm_generated_evals/power.jsonl',
    lines(riskRow('One?'), riskRow('One?'), riskRow('Two?')),
  );
  expect(response.status).toBe(202);
  const begun = ImportAnswer.parse(await response.json());
  expect(begun).toMatchObject({
    state: 'running',
    missing: [],
    files: [
      {
        path: 'lm_generated_evals/power.jsonl',
        understood: {
          family: 'advanced-ai-risk',
          source: 'generated',
          role: 'evaluated',
          behaviour: 'power',
        },
      },
    ],
  });
  await site.idle();
  const done = ImportAnswer.parse(await (await call(site, `/api/v1/imports/${begun.id}`)).json());
  expect(done).toMatchObject({ state: 'done', files: [{ state: 'done', rejected: 0 }] });
  const dataset = DatasetAnswer.parse(
    await (await call(site, `/api/v1/datasets/${done.files[0]?.dataset ?? ''}`)).json(),
  );
  expect(dataset).toMatchObject({
    name: 'power',
    version: 1,
    examples: 3,
    description_confirmed: false,
    health: { clean: 2, doubtful: 1, findings: { duplicate: 1 } },
  });
  expect(DatasetList.parse(await (await call(site, '/api/v1/datasets')).json()).datasets).toEqual([
    dataset,
  ]);
});

test('a form with files, good rows and dropped duplicates', async () => {
  const site = await openSite();
  const body = new FormData();
  body.append('path', 'human_generated_evals/a.jsonl');
  body.append('files', new Blob([lines(personaRow('a'), personaRow('a'), 'nothing')]), 'a.jsonl');
  body.append('files', new Blob([lines(personaRow('b'))]), 'b.jsonl');
  const begun = ImportAnswer.parse(
    await (
      await call(site, '/api/v1/imports?good_rows=yes&drop_duplicates=yes&behaviour=both', {
        method: 'POST',
        body,
      })
    ).json(),
  );
  await site.idle();
  const { datasets } = DatasetList.parse(await (await call(site, '/api/v1/datasets')).json());
  expect(
    datasets.map((dataset) => [
      dataset.name,
      dataset.behaviour,
      dataset.source,
      dataset.examples,
      dataset.rejected,
      dataset.dropped_duplicates,
    ]),
  ).toEqual([
    ['b', 'both', 'generated', 1, 0, 0],
    ['a', 'both', 'human', 1, 1, 1],
  ]);
  expect(
    ImportAnswer.parse(await (await call(site, `/api/v1/imports/${begun.id}`)).json()).files.map(
      (file) => file.rejected,
    ),
  ).toEqual([1, 0]);
});

onceTest('what is missing is named, and the import waits for review', async () => {
  const site = await openSite();
  const response = await send(site, 'path=mine.jsonl', lines(riskRow('One?')));
  expect(response.status).toBe(201);
  expect(ImportAnswer.parse(await response.json())).toMatchObject({
    state: 'reviewing',
    missing: ['mine.jsonl: say whether a model or people wrote it.'],
  });
  expect((await send(site, 'path=mine.jsonl&source=human', lines(riskRow('One?')))).status).toBe(
    202,
  );
  await site.idle();
});

onceTest('a refused file tells its reason', async () => {
  const site = await openSite();
  const begun = ImportAnswer.parse(
    await (await send(site, 'path=persona/a.jsonl', lines(personaRow('a'), 'nothing'))).json(),
  );
  await site.idle();
  expect(
    ImportAnswer.parse(await (await call(site, `/api/v1/imports/${begun.id}`)).json()),
  ).toMatchObject({
    state: 'failed',
    files: [
      {
        state: 'failed',
        dataset: null,
        rejected: 1,
        message: expect.stringContaining('1 row was rejected') as string,
      },
    ],
  });
});

onceTest(
  'how numbers count is found where the labels show it, and a wrong word about it is refused',
  async () => {
    const site = await openSite();
    const content = lines(
      ...['red', 'green'].map((text, answer) =>
        JSON.stringify({ question: `${text}?`, choices: ['red', 'green'], answer }),
      ),
    );
    const answerTo = (query: string): Promise<Response> =>
      send(site, `path=mine.jsonl&source=human${query}`, content);
    const begun = await answerTo('');
    expect(begun.status).toBe(202);
    expect(ImportAnswer.parse(await begun.json())).toMatchObject({
      files: [{ understood: { mapping: { labelAs: 'position', countFrom: 0 } } }],
    });
    const refused = await answerTo('&count_from=1');
    expect([refused.status, GuessedMappings.parse(await refused.json())]).toMatchObject([
      422,
      { error: { code: 'mapping_not_confirmed' }, proposed: [{ path: 'mine.jsonl' }] },
    ]);
    expect((await answerTo('&count_from=2')).status).toBe(422);
    expect((await answerTo('&mapping=text')).status).toBe(422);
    await site.idle();
    expect(readdirSync(join(site.folder, 'uploads'))).toEqual([]);
  },
);

onceTest('a mapping is taken as a field of a form, for each pattern of paths', async () => {
  const site = await openSite();
  const row = (label: unknown) =>
    lines(JSON.stringify({ stem_of_it: 'Which?', x: 'a', y: 'b', label }));
  const upload = async (mapping: string | null): Promise<Response> => {
    const body = new FormData();
    body.append('files', new Blob([row('A')]), 'letters.jsonl');
    body.append('files', new Blob([row(0)]), 'numbers.jsonl');
    if (mapping !== null) body.append('mapping', mapping);
    return call(site, '/api/v1/imports?source=human', { method: 'POST', body });
  };
  const refused = await upload(null);
  expect(refused.status).toBe(422);
  const { proposed } = GuessedMappings.parse(await refused.json());
  expect(proposed.map(({ path }) => path)).toEqual(['numbers.jsonl']);
  const columns = 'text=stem_of_it choices=x,y label=label';
  const confirmed = await upload(
    JSON.stringify({
      'letters.*': `${columns} label-as=letter`,
      '*.jsonl': `${columns} label-as=position count-from=0`,
    }),
  );
  expect(confirmed.status).toBe(202);
  await site.idle();
  const { datasets } = DatasetList.parse(await (await call(site, '/api/v1/datasets')).json());
  expect(datasets.map(({ name, examples }) => [name, examples])).toEqual([
    ['letters', 1],
    ['numbers', 1],
  ]);
});

onceTest(
  'without a path, without a token, for an unknown id: refused with a sentence',
  async () => {
    const site = await openSite();
    const nameless = await send(site, '', personaRow('a'));
    expect([nameless.status, await nameless.text()]).toEqual([
      422,
      expect.stringContaining('path'),
    ]);
    expect((await send(site, 'path=a.jsonl&source=nobody', personaRow('a'))).status).toBe(422);
    expect((await call(site, '/api/v1/datasets', {}, 'made-up')).status).toBe(401);
    expect((await call(site, '/api/v1/datasets/unknown')).status).toBe(404);
    expect((await call(site, '/api/v1/imports/unknown')).status).toBe(404);
  },
);

onceTest('the valid rows of a refused file are imported without sending it again', async () => {
  const site = await openSite();
  const response = await send(site, 'path=persona/a.jsonl', lines(personaRow('a'), 'broken'));
  const { id } = ImportAnswer.parse(await response.json());
  await site.idle();
  const answer = (action: string): Promise<Response> =>
    call(site, `/api/v1/imports/${id}/valid-rows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action }),
    });
  expect((await answer('keep')).status).toBe(422);
  const taken = await answer('import');
  expect(taken.status).toBe(202);
  expect(ImportAnswer.parse(await taken.json())).toMatchObject({ state: 'running' });
  await site.idle();
  const done = ImportAnswer.parse(await (await call(site, `/api/v1/imports/${id}`)).json());
  expect(done).toMatchObject({ state: 'done', files: [{ state: 'done', rejected: 1 }] });
  const again = await answer('import');
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ error: { code: 'nothing_refused' } });
});
