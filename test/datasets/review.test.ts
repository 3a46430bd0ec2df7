import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onceTest } from '../support/database.js';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { lines, personaRow, riskRow } from './imports/support.js';

/** The public id of a file in the table of a review. */
const idOf = (page: string, path: string): string =>
  new RegExp(`value="([^"]+)" aria-label="Tick ${path.replaceAll('.', '\\.')}"`).exec(page)?.[1] ??
  '';
/** What is chosen in a field of a file. */
const chosen = (page: string, field: string): string =>
  new RegExp(`<select id="${field}"[^>]*>.*?<option value="([^"]*)" selected`, 's').exec(
    page,
  )?.[1] ?? '';
const uploads = (site: Site): string[] =>
  existsSync(join(site.folder, 'uploads'))
    ? readdirSync(join(site.folder, 'uploads'), { recursive: true }).map(String)
    : [];

async function visit(): Promise<[Site, Visitor]> {
  const site = await openSite();
  return [site, await site.visitor('admin')];
}

const mine = lines(
  JSON.stringify({ stem: 'Is it wet?', first: 'Rain', second: 'Sand', gold: 'A' }),
  JSON.stringify({ stem: 'Is it dry?', first: 'Rain', second: 'Sand', gold: 'B' }),
);

test('what is decided is imported; an unreadable file holds nothing, and a guess goes on waiting', async () => {
  const [site, admin] = await visit();
  const href = await admin.upload({
    'human_generated_evals/a.jsonl': lines(
      riskRow('Which one?'),
      riskRow('Hello [name], which?'),
      'x',
    ),
    'b.jsonl': mine,
    'c.xlsx': Buffer.from('PK\u0003\u0004 xl/workbook.xml', 'latin1'),
  });
  const table = await admin.read(href);
  expect(table).toContain('Review 3 files');
  expect(table).toContain(
    '1 file was recognised. 1 needs a decision from you, 1 cannot be read; nothing is imported ' +
      'before you press the button.',
  );
  expect(table).toContain('Left out; the other files are not held up.');
  expect(table).toContain('guess: text = stem, choices = first, second, label = gold');
  expect(table).toContain('which behaviour?');
  expect(table).toContain('generated or human-written?');
  expect(table).toContain('1 file needs a decision');
  expect(table).toContain('Import 1 file<');
  expect(table).toMatch(/class="number">2<.*left out unless wanted.*1 invalid row/);
  const open = `open:${idOf(table, 'human_generated_evals/a.jsonl')}:invalid`;
  const shown = (await admin.post(href, { action: open }, href)).headers.get('location') ?? '';
  expect(shown).toMatch(/#invalid$/);
  expect(await admin.read(shown)).toContain('1 row would be rejected');

  const start = { action: 'start', goodRows: 'yes' };
  expect((await admin.post(href, start, href)).headers.get('location')).toBe(href);
  await site.idle();
  const result = await admin.read(href);
  expect(result).toContain('2 examples from 1 file came in.');
  expect(result).toContain('1 file of this upload waits for a decision.');
  const rest = /<a href="(\/imports\/[^"]+)">Review it/.exec(result)?.[1] ?? '';
  const waiting = await admin.read(rest);
  expect(waiting).toContain('guess: text = stem');
  const file = `${rest}/files/${idOf(waiting, 'b.jsonl')}`;
  const answers = { [`${idOf(waiting, 'b.jsonl')}.source`]: 'human', action: 'confirm' };
  expect((await admin.post(file, answers, file)).status).toBe(303);
  expect((await admin.post(rest, { action: 'start' }, rest)).status).toBe(303);
  await site.idle();
  expect(await admin.read(rest)).toContain('2 examples from 1 file came in.');
  expect(uploads(site)).toEqual([]);
});

onceTest(
  'ticked files are set at once, what was typed is kept on a refusal, and rows are filtered',
  async () => {
    const [, admin] = await visit();
    const href = await admin.upload({
      'x/one.csv': 'question,answer\nIs rain wet?,Yes\n',
      'x/two.csv': 'question,answer\nIs sand dry?,No\n',
      'persona/three.jsonl': lines(personaRow('I read.')),
    });
    const page = await admin.page(href);
    const [one, two, three] = ['x/one.csv', 'x/two.csv', 'persona/three.jsonl'].map((path) =>
      idOf(page, path),
    );
    const set = async (fields: Record<string, string | readonly string[]>) => {
      const response = await admin.post(href, fields, href);
      return { status: response.status, page: await response.text() };
    };
    const none = await set({ action: 'set:source:human', [`${one}.behaviour`]: 'kept' });
    expect([none.status, none.page]).toEqual([
      422,
      expect.stringContaining('Tick the files first.'),
    ]);
    expect(none.page).toContain(`name="${one}.behaviour" value="kept"`);
    const both = await set({ action: 'set:source:human', ticked: [one ?? '', two ?? ''] });
    expect(both.status).toBe(200);
    expect([one, two, three].map((id) => chosen(both.page, `${id}.source`))).toEqual([
      'human',
      'human',
      'generated',
    ]);
    expect(both.page).toContain('2 files: human-written.');
    expect(both.page).toContain('Import 3 files');
    expect(both.page.match(/aria-label="Tick [^"]+" checked|checked>/g)).toHaveLength(2);
    const out = await set({ action: 'set:role:leave-out', ticked: three ?? '' });
    expect(chosen(out.page, `${three}.role`)).toBe('leave-out');
    expect(out.page).toContain('Import 2 files');
    const empty = await set({ [`${one}.behaviour`]: '', [`${two}.behaviour`]: 'dryness' });
    expect([empty.status, empty.page]).toEqual([
      422,
      expect.stringContaining('x/one.csv: Name the behaviour.'),
    ]);
    expect(empty.page).toContain(`name="${two}.behaviour" value="dryness"`);
    const filtered = await admin.post(href, { action: 'look', filter: 'PERSONA' }, href);
    const found = await admin.page(filtered.headers.get('location') ?? '');
    expect(found.match(/<tr id=[^>]+hidden>/g)).toHaveLength(2);
  },
);

test('the valid rows of refused files are imported without another upload', async () => {
  const [site, admin] = await visit();
  const href = await admin.upload({
    'persona/a.jsonl': lines(personaRow('a'), 'broken'),
    'persona/b.jsonl': lines(personaRow('b'), 'broken', personaRow('c')),
    'persona/c.jsonl': lines(personaRow('d')),
  });
  expect((await admin.post(href, { action: 'start' }, href)).status).toBe(303);
  await site.idle();
  const refused = await admin.read(href);
  expect(refused).toContain('1 example from 1 file came in. 2 files were not imported');
  expect(refused).toContain('Import the valid rows of 2 files');
  expect(uploads(site)).toHaveLength(3);
  const rows = `${href}/valid-rows`;
  const researcher = await site.visitor('researcher');
  expect(await researcher.page(href)).not.toContain('valid-rows');
  expect((await admin.post(rows, { action: 'import' }, href)).status).toBe(303);
  await site.idle();
  expect(await admin.read(href)).toContain('4 examples from 3 files came in.');
  expect(uploads(site)).toEqual([]);

  const again = await admin.upload({ 'persona/a.jsonl': lines(personaRow('e'), 'broken') });
  expect((await admin.post(again, { action: 'start' }, again)).status).toBe(303);
  await site.idle();
  expect((await admin.post(`${again}/valid-rows`, { action: 'remove' }, again)).status).toBe(303);
  expect(uploads(site)).toEqual([]);
  expect(await admin.read(again)).not.toContain('Import the valid rows');
});

onceTest(
  'the same bytes are named, also under another name, and behaviours are described one by one',
  async () => {
    const [site, admin] = await visit();
    const content = lines(personaRow('I read.'));
    const first = await admin.upload({ 'persona/reading.jsonl': content });
    expect((await admin.post(first, { action: 'start' }, first)).status).toBe(303);
    await site.idle();
    const risk = lines(riskRow('Which one?'));
    const href = await admin.upload({
      'persona/books.jsonl': content,
      'lm_generated_evals/power.jsonl': risk,
      'human_generated_evals/other.jsonl': risk,
    });
    const table = await admin.read(href);
    expect(table).toContain(
      'Its bytes are those of reading.jsonl, generated, version 1 of reading.',
    );
    expect(table).toContain('Its bytes are those of lm_generated_evals/power.jsonl.');
    expect(table).toContain('3 behaviours have no description that raters can read.');

    const asked = await admin.post(href, { action: 'describe' }, href);
    let page = asked.headers.get('location') ?? '';
    const answer = async (fields: Record<string, string>): Promise<Response> => {
      const behaviour = /<h1>Describe ([^<]+)</.exec(await admin.read(page))?.[1] ?? '';
      const response = await admin.post(page.split('?')[0] ?? '', { behaviour, ...fields }, page);
      page = response.headers.get('location') ?? page;
      return response;
    };
    expect(await admin.read(page)).toContain('Describe other');
    expect((await answer({ short: ' ', long: 'kept' })).status).toBe(422);
    await answer({ short: 'Differs.', confirm: 'yes' });
    expect(await admin.read(page)).toContain('Describe power');
    page =
      /<a class="button" href="([^"]+after=[^"]+)">Skip/.exec(await admin.page(page))?.[1] ?? '';
    await answer({ short: 'Likes to read.', confirm: 'yes' });
    expect((await admin.request(page)).headers.get('location')).toBe(href);
    const described = await admin.read(href);
    expect(described).toContain('“Likes to read.”');
    expect(described).toContain('1 behaviour has no description that raters can read.');
  },
);

onceTest(
  'a filter hides files without JavaScript, and loses nothing of what was entered',
  async () => {
    const [site, admin] = await visit();
    const href = await admin.upload({
      'x/one.csv': 'question,answer\nIs rain wet?,Yes\n',
      'x/two.csv': 'question,answer\nIs sand dry?,No\n',
      'persona/three.jsonl': lines(personaRow('I read.')),
    });
    const table = await admin.page(href);
    const [one, two, three] = ['x/one.csv', 'x/two.csv', 'persona/three.jsonl'].map((path) =>
      idOf(table, path),
    );
    const send = async (fields: Record<string, string | readonly string[]>): Promise<string> =>
      (await admin.post(href, fields, href)).text();
    const hiddenIn = (page: string): string[] =>
      Array.from(page.matchAll(/name="hidden" value="([^"]+)"/g), ([, id = '']) => id).toSorted();
    const tickedIn = (page: string): string[] =>
      [one, two, three].filter((id) =>
        new RegExp(`name="ticked" value="${id}"[^>]*\\schecked`).test(page),
      ) as string[];

    // The server counts all files, whatever the filter; ticks stay, also those of hidden files.
    const found = await send({
      action: 'look',
      filter: ' PERSONA ',
      ticked: [one ?? '', three ?? ''],
    });
    expect(hiddenIn(found)).toHaveLength(2);
    expect(tickedIn(found)).toEqual([one, three]);
    expect(found).toContain('2 files need a decision');
    expect(found).toContain('Import 1 file<');
    expect(hiddenIn(await admin.page(`${href}?filter=persona%20`))).toHaveLength(2);

    // Only what is shown is set, by ticks and by the box over all.
    const hidden = hiddenIn(found);
    const set = await send({
      action: 'set:source:human',
      filter: 'persona',
      ticked: [one ?? '', three ?? ''],
      hidden,
    });
    expect(chosen(set, `${three}.source`)).toBe('human');
    expect(set).toContain('2 files need a decision');
    expect(set).toContain('1 file: human-written.');
    expect(tickedIn(set)).toEqual([one, three]);
    const all = await send({
      action: 'set:role:leave-out',
      filter: 'persona',
      ticked: 'all',
      hidden,
    });
    expect([one, two, three].map((id) => chosen(all, `${id}.role`))).toEqual([
      'evaluated',
      'evaluated',
      'leave-out',
    ]);

    // A refusal shows what it is about, with everything that was entered.
    const refused = await send({
      action: 'start',
      filter: 'persona',
      hidden,
      [`${one}.behaviour`]: '',
      [`${two}.behaviour`]: 'dryness',
    });
    expect(hiddenIn(refused)).toEqual([two]);
    expect(refused).toContain(`href="#${one}.behaviour"`);
    expect(refused).toContain(`name="${two}.behaviour" value="dryness"`);
    expect(refused).toContain('Nothing was changed; what you entered is still here.');

    // What was saved before a refusal is said to be saved.
    const started = await send({ action: 'start', [`${two}.behaviour`]: 'dryness' });
    expect(started).toContain('What you entered is saved; nothing was imported.');
    expect(await admin.page(href)).toContain(`name="${two}.behaviour" value="dryness"`);
    const none = await send({
      action: 'start',
      ...Object.fromEntries([one, two, three].map((id) => [`${id}.role`, 'leave-out'])),
    });
    expect(none).toContain('href="#tick-all">There is no file to import');
    expect(await site.server.application.db.selectFrom('dataset').selectAll().execute()).toEqual(
      [],
    );
  },
);

onceTest(
  'a refused confirmation says that it is saved, and an old page leads to the new review',
  async () => {
    const [site, admin] = await visit();
    const href = await admin.upload({
      'persona/a.jsonl': lines(personaRow('I read.')),
      'b.jsonl': mine,
    });
    const id = idOf(await admin.page(href), 'b.jsonl');
    const file = `${href}/files/${id}`;
    const refused = await (await admin.post(file, { action: 'confirm' }, file)).text();
    expect(refused).toContain('What you entered is saved; the file is not imported yet.');
    expect(refused).toContain('b.jsonl: ');
    expect((await admin.post(href, { action: 'start' }, href)).status).toBe(303);
    await site.idle();
    const rest = /<a href="(\/imports\/[^"]+)">Review it/.exec(await admin.read(href))?.[1] ?? '';
    const moved = await admin.request(file);
    expect([moved.status, moved.headers.get('location')]).toEqual([303, `${rest}/files/${id}`]);
    const researcher = await site.visitor('researcher');
    const waits = await researcher.page(rest);
    expect(waits).toContain('1 file waits for an admin to review it. Nothing was imported yet.');
    expect(waits).not.toContain('came in');
    expect(waits).toContain('<span class="state reviewing">waits for review</span>');
  },
);

onceTest(
  'descriptions are asked for what came in, and a confirmed one is not replaced',
  async () => {
    const [site, admin] = await visit();
    const href = await admin.upload({
      'persona/reading.jsonl': lines(personaRow('I read.')),
      'persona/broken.jsonl': lines(personaRow('I write.'), 'x'),
    });
    await admin.post(href, { action: 'start' }, href);
    await site.idle();
    const page = `${href}/descriptions`;
    expect(await admin.read(href)).toContain('1 behaviour has no description');
    const asked = await admin.read(page);
    expect(asked).toContain('Describe reading');
    expect(asked).toContain('1 behaviour left to describe');
    expect(asked).toContain('Enter confirms it.');
    const answer = async (fields: Record<string, string>): Promise<number> =>
      (await admin.post(page, fields, href)).status;
    expect(await answer({ behaviour: 'another', short: 'Is none of it.' })).toBe(404);
    expect(await answer({ short: 'Names none.' })).toBe(422);
    expect((await admin.request(`${page}?after=a&after=b`)).status).toBe(422);
    const confirmed = { behaviour: 'reading', short: 'Likes to read.', confirm: 'yes' };
    expect(await answer(confirmed)).toBe(303);
    expect(await answer(confirmed)).toBe(303);
    expect(await answer({ ...confirmed, short: 'Likes to write.' })).toBe(409);
    const { db } = site.server.application;
    expect(await db.selectFrom('behaviour').select('name').execute()).not.toContainEqual({
      name: 'another',
    });
    expect(await db.selectFrom('behaviour_description').select('short').execute()).toEqual([
      { short: 'Likes to read.' },
    ]);
  },
);
