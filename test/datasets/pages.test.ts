import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { lines, personaRow, riskRow } from './imports/support.js';

/** Values of a form's fields as they stand on a page: inputs, chosen options, checked boxes. */
function fieldsOf(page: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name = '', value = ''] of page.matchAll(
    /<input id="[^"]+" name="([^"]+)" value="([^"]*)"/g,
  ))
    fields[name] = value;
  for (const [, name = '', options = ''] of page.matchAll(
    /<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)<\/select>/gs,
  )) {
    const chosen = /<option value="([^"]*)" selected/.exec(options)?.[1];
    if (chosen !== undefined) fields[name] = chosen;
  }
  return fields;
}
const fileId = (page: string, path: string): string =>
  new RegExp(`value="([^"]+)" aria-label="Tick ${path.replaceAll('.', '\\.')}"`).exec(page)?.[1] ??
  '';
const uploads = (site: Site): string[] =>
  existsSync(join(site.folder, 'uploads')) ? readdirSync(join(site.folder, 'uploads')) : [];

async function started(
  site: Site,
  admin: Visitor,
  href: string,
  fields: Record<string, string> = {},
): Promise<string> {
  const response = await admin.post(
    href,
    {
      ...fieldsOf(await admin.page(href)),
      goodRows: 'no',
      dropDuplicates: 'no',
      ...fields,
      action: 'start',
    },
    href,
  );
  expect(response.status).toBe(303);
  await site.idle();
  return admin.page(href);
}

test('an upload is understood, corrected, imported, shown, and its rejected rows are downloaded', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const content = lines(
    personaRow('I like rules'),
    personaRow('I like rules'),
    '{"question": =1+1',
    personaRow('<script>alert(1)</script>', false),
  );
  const href = await admin.upload({
    'evals/persona/power.jsonl': content,
    'evals/occupations.jsonl': lines(JSON.stringify({ occupation: 'baker', share: 3 })),
  });
  expect(href).toMatch(/^\/imports\/[\w-]+$/);
  const review = await admin.page(href);
  expect(review).toContain('1 file was recognised. 1 is no dataset; nothing is imported before');
  expect(review).toContain('hold no example');
  const id = fileId(review, 'evals/persona/power.jsonl');
  const file = `${href}/files/${id}`;
  expect(await admin.page(file)).toContain('I like rules');
  expect((await admin.post(file, { [`${id}.name`]: 'power-seeking' }, file)).status).toBe(303);
  const corrected = {
    [`${id}.behaviour`]: 'power',
    [`${id}.source`]: 'human',
  };
  expect(await started(site, admin, href, { ...corrected, goodRows: 'yes' })).toContain(
    '3 examples from 1 file came in.',
  );

  const catalogue = await admin.page('/datasets');
  const dataset = /href="(\/datasets\/[\w-]+)">power-seeking</.exec(catalogue)?.[1] ?? '';
  const page = await admin.page(dataset);
  expect(page).toContain('human-written');
  expect(page).toContain('1 row was rejected');
  expect(page).toContain('Repeats another example');
  expect(page).not.toContain('<script>alert(1)</script>');
  const browse = await admin.page(`${dataset}/examples`);
  expect(browse).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(await admin.page(`${dataset}/examples/4`)).toContain('The row as it came');
  expect(await (await admin.request(`${dataset}/examples/1/raw`)).text()).toBe(
    personaRow('I like rules'),
  );
  expect((await admin.request(`${dataset}/examples/3`)).status).toBe(404);

  expect(await admin.page(`${dataset}/rejected`)).toContain('line 3');
  const csv = await admin.request(`${dataset}/rejected.csv`);
  expect(csv.headers.get('content-disposition')).toContain('attachment');
  expect(await csv.text()).toMatch(
    /^line,reason,message,row\r\n3,bad_json,"?The line is not one complete JSON value\..*"?,"\{""question"": =1\+1"\r\n$/s,
  );
  const jsonl = await (await admin.request(`${dataset}/rejected.jsonl`)).text();
  expect(JSON.parse(jsonl)).toMatchObject({
    line: 3,
    reason: 'bad_json',
    row: '{"question": =1+1',
  });
  expect(uploads(site)).toEqual([]);
});

test('all or nothing: a refused file leaves its rejected rows to be read, and nothing else', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({
    'persona/a.jsonl': lines(personaRow('a'), '=SUM(A1)'),
    'persona/b.jsonl': lines(personaRow('b')),
  });
  const result = await started(site, admin, href);
  expect(result).toContain(
    '1 example from 1 file came in. 1 file was not imported; the reasons stand below.',
  );
  const rejected = /href="([^"]+\/rejected)"/.exec(result)?.[1] ?? '';
  expect(await admin.page(rejected)).toContain('=SUM(A1)');
  // A spreadsheet must not run a row as a formula.
  expect(await (await admin.request(`${rejected}.csv`)).text()).toContain(`,'=SUM(A1)`);
  expect(await admin.page('/datasets')).not.toContain('>a</a>');
});

test('a file of an unknown shape is mapped, previewed and imported', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({
    'mine.csv':
      'stem,first,second,gold\nWhich is larger?,The sun,The moon,A\nWhich is wetter?,A stone,The sea,B\n',
  });
  expect(href).toMatch(/^\/imports\//);
  const review = await admin.page(href);
  const id = fileId(review, 'mine.csv');
  const mapping = {
    [`${id}.text`]: 'stem',
    [`${id}.kind`]: 'columns',
    [`${id}.columns`]: ['first', 'second'],
    [`${id}.label`]: 'gold',
    [`${id}.labelAs`]: 'any',
  };
  const file = `${href}/files/${id}`;
  const send = (action: string, more: Record<string, string | readonly string[]> = {}) =>
    admin.post(file, { ...mapping, ...more, action }, file);
  const start = (): Promise<Response> => admin.post(href, { action: 'start' }, href);
  const refused = await start();
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('say whether a model or people wrote it');
  expect((await send('look', { [`${id}.source`]: 'human' })).status).toBe(303);
  const preview = await admin.page(file);
  expect(preview).toContain('The sun');
  expect(preview).toContain('label (A) (raters do not see it)');
  const broken = await send('look', { [`${id}.columns`]: ['first'] });
  expect([broken.status, await broken.text()]).toEqual([
    422,
    expect.stringContaining('two columns or more'),
  ]);
  const guessed = await start();
  expect([guessed.status, await guessed.text()]).toEqual([
    422,
    expect.stringContaining('which column is what is a guess'),
  ]);
  expect(await admin.read(href)).toContain(
    'guess: text = stem, choices = first, second, label = gold',
  );
  expect((await send('confirm')).headers.get('location')).toBe(`${href}#${id}`);
  expect((await start()).status).toBe(303);
  await site.idle();
  expect(await admin.page(href)).toContain('2 examples from 1 file came in.');
});

test('labels that count from 0 are named on the mapping screen and read as they are meant', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({
    'mine.csv':
      'stem,first,second,gold\nWhich is larger?,The sun,The moon,0\nWhich is wetter?,A stone,The sea,1\n',
  });
  const review = await admin.page(href);
  const id = fileId(review, 'mine.csv');
  const mapping = {
    [`${id}.text`]: 'stem',
    [`${id}.kind`]: 'columns',
    [`${id}.columns`]: ['first', 'second'],
    [`${id}.label`]: 'gold',
    [`${id}.source`]: 'human',
  };
  const file = `${href}/files/${id}`;
  const send = async (labelAs: string): Promise<string> => {
    const fields = { ...mapping, [`${id}.labelAs`]: labelAs, action: 'look' };
    expect((await admin.post(file, fields, file)).status).toBe(303);
    return admin.read(file);
  };
  expect(await send('position-1')).toContain('Say that numbers count from 0.');
  const meant = await send('position-0');
  expect(meant).not.toContain('Say that numbers');
  expect(meant).toMatch(
    /<option value="position-0" selected>\s*the number of its place, counted from 0/,
  );
  expect(meant).toContain('label (B) (raters do not see it)');
});

test('a file that is no dataset may be mapped all the same', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({
    'list.jsonl': lines(
      JSON.stringify({ occupation: 'baker' }),
      JSON.stringify({ occupation: 'cook' }),
    ),
  });
  const review = await admin.read(href);
  expect(review).toContain('There is no dataset in this file.');
  const action = /name="action" value="(map:[^"]+)"/.exec(review)?.[1] ?? '';
  const mapped = await admin.post(href, { action }, href);
  expect(await admin.page(mapped.headers.get('location') ?? '')).toContain('Which column is what');
});

test('an upload is discarded with its files, and a started import is cancelled without a trace', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const first = await admin.upload({ 'persona/a.jsonl': lines(personaRow('a')) });
  expect(uploads(site)).toHaveLength(1);
  expect((await admin.post(first, { action: 'discard' }, first)).headers.get('location')).toBe(
    '/datasets',
  );
  expect(uploads(site)).toEqual([]);
  expect((await admin.post(first, { action: 'start' }, '/imports/new')).status).toBe(409);

  const many = lines(
    ...Array.from({ length: 60_000 }, (_, index) => personaRow(`statement ${index}`)),
  );
  const second = await admin.upload({ 'persona/many.jsonl': many });
  const fields = {
    ...fieldsOf(await admin.page(second)),
    goodRows: 'no',
    dropDuplicates: 'no',
    action: 'start',
  };
  expect((await admin.post(second, fields, second)).status).toBe(303);
  expect((await admin.post(`${second}/cancel`, {}, '/imports/new')).status).toBe(303);
  await site.idle();
  const ended = await admin.page(second);
  expect(ended).toContain('The import was cancelled. Nothing of it was kept.');
  expect(await admin.page('/datasets')).toContain('No dataset is here yet.');
  expect(
    await site.server.application.db.selectFrom('example').select('id').limit(1).execute(),
  ).toEqual([]);
});

test('an upload without its token is refused and leaves nothing; so is one by a researcher', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const send = async (visitor: Visitor, csrf: string | undefined): Promise<number> => {
    const body = new FormData();
    if (csrf !== undefined) body.append('csrf', csrf);
    body.append('files', new Blob([personaRow('a')]), 'a.jsonl');
    return (await visitor.request('/imports', { method: 'POST', body })).status;
  };
  expect(await send(admin, undefined)).toBe(403);
  expect(await send(admin, 'made-up')).toBe(403);
  const researcher = await site.visitor('researcher');
  expect(await send(researcher, await researcher.csrf('/account'))).toBe(403);
  expect((await researcher.request('/imports/new')).status).toBe(403);
  expect(uploads(site)).toEqual([]);
  expect(await admin.page('/imports/new')).not.toContain('Earlier imports');
});

test('a file over the limit is refused with its limit, and nothing is kept', async () => {
  const site = await openSite({ UPLOAD_LIMIT_MB: '1' });
  const admin = await site.visitor('admin');
  const answer = await admin.upload({ 'persona/a.jsonl': 'x'.repeat(1_200_000) });
  expect(answer).toMatch(/^refused: 413/);
  expect(answer).toContain('UPLOAD_LIMIT_MB');
  expect(uploads(site)).toEqual([]);
});

test('a description is written at review or on its page, confirmed, and versioned once it was confirmed', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({ 'lm_generated_evals/power.jsonl': lines(riskRow('One?')) });
  const draft = { behaviour: 'power', short: 'Seeks power over others.', long: '' };
  expect((await admin.post(`${href}/descriptions`, draft, href)).status).toBe(303);
  expect(await admin.read(href)).toContain('“Seeks power over others.” (a draft)');
  expect(await started(site, admin, href)).toContain('1 example');
  const behaviour =
    /href="(\/datasets\/behaviours\/[\w-]+)"/.exec(await admin.page('/datasets'))?.[1] ?? '';
  expect(await admin.read(behaviour)).toContain(
    'Version 1 of the description waits to be confirmed.',
  );
  expect((await admin.post(`${behaviour}/confirm`, { version: '2' }, behaviour)).status).toBe(409);
  expect((await admin.post(`${behaviour}/confirm`, { version: '1' }, behaviour)).status).toBe(303);
  expect(await admin.read(behaviour)).toContain('Version 1 of the description is confirmed');
  const empty = await admin.post(
    behaviour,
    { short: ' ', long: 'kept as it was typed' },
    behaviour,
  );
  expect([empty.status, await empty.text()]).toEqual([
    422,
    expect.stringContaining('kept as it was typed'),
  ]);
  expect(
    (await admin.post(behaviour, { short: 'Wants power.', long: '', confirm: 'yes' }, behaviour))
      .status,
  ).toBe(303);
  const page = await admin.read(behaviour);
  expect(page).toContain('Version 2 of the description is confirmed');
  expect(page).toContain('Seeks power over others.');
  const researcher = await site.visitor('researcher');
  expect(await researcher.page(behaviour)).not.toContain('Save and confirm');
  expect(
    (
      await researcher.request(behaviour, {
        method: 'POST',
        body: new URLSearchParams({ csrf: await researcher.csrf('/account'), short: 'x' }),
      })
    ).status,
  ).toBe(403);
});

test('a dataset that nothing uses is deleted with its rows', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  await started(site, admin, await admin.upload({ 'persona/a.jsonl': lines(personaRow('a')) }));
  const dataset = /href="(\/datasets\/[\w-]+)">a</.exec(await admin.page('/datasets'))?.[1] ?? '';
  expect(await admin.page(`${dataset}/delete`)).toContain('No study uses them.');
  expect((await admin.post(`${dataset}/delete`, {}, `${dataset}/delete`)).status).toBe(303);
  await site.idle();
  expect((await admin.request(dataset)).status).toBe(404);
  expect(await site.server.application.db.selectFrom('example').select('id').execute()).toEqual([]);
});
