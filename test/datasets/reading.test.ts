import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ImportAnswer } from '#datasets/api.js';
import { assay, installation } from '../support/commandLine.js';
import { openSite, type Site, type Visitor } from '../support/site.js';

/** A table in Windows-1252 without a header: text, label. */
const cafes = Buffer.from(
  ['Would you close the caf\xe9?;Yes', 'Would you open the caf\xe9?;No', ''].join('\n'),
  'latin1',
);

test('the command asks for what is a guess, and reads what is said', async () => {
  const settings = await installation();
  const file = join(settings['ASSAY_DATA'] ?? '', 'cafes.csv');
  writeFileSync(file, cafes);
  const run = (...options: string[]) =>
    assay(settings, 'import', file, '--source', 'human', '--yes', ...options);
  const asked = await run();
  expect([asked.status, asked.err]).toEqual([
    1,
    expect.stringMatching(
      /cafes\.csv: This file is not UTF-8 .+cafes\.csv: The first row looks like data: “Would you close the café\?” .+ --encoding, --header or --no-header\./s,
    ) as string,
  ]);
  expect((await run('--encoding', 'windows-1252')).err).toMatch(/first row looks like data/);
  expect((await run('--encoding', 'klingon')).err).toMatch(/--encoding is not one of utf-8, /);
  const read = ['--encoding', 'windows-1252', '--no-header'];
  const [text, label] = ['text="column 1"', 'label="column 2"'];
  expect((await run(...read)).err).toContain(`--map '${text}'`);
  const imported = await run(
    ...read,
    ...[text, 'choices=yes-no', label].flatMap((part) => ['--map', part]),
  );
  expect(imported.out).toContain('CSV with semicolons, no header, Windows-1252');
  expect(imported.out).toContain('2 examples from 1 file came in.');
});

test('the API says what is a guess, does not start, and reads what is said', async () => {
  const site = await openSite();
  const send = async (query: string): Promise<Response> =>
    fetch(new URL(`/api/v1/imports?path=cafes.csv&source=human${query}`, site.address), {
      method: 'POST',
      headers: { authorization: `Bearer ${site.token}` },
      body: new Blob([cafes]),
    });
  const asked = await send('');
  expect(asked.status).toBe(201);
  const answer = ImportAnswer.parse(await asked.json());
  expect(answer.state).toBe('reviewing');
  expect(answer.missing.slice(0, 2)).toEqual([
    expect.stringMatching(/^cafes\.csv: This file is not UTF-8/),
    expect.stringMatching(/^cafes\.csv: The first row looks like data/),
  ]);
  expect(answer.files[0]?.understood.reading).toMatchObject({
    delimiter: 'semicolon',
    encoding: 'windows-1252',
    header: false,
  });
  const read = '&encoding=windows-1252&header=no&delimiter=semicolon';
  expect((await send(read)).status).toBe(422);
  const mapping = encodeURIComponent('text="column 1" choices=yes-no label="column 2"');
  const begun = await send(`${read}&mapping=${mapping}`);
  expect(begun.status).toBe(202);
  expect(ImportAnswer.parse(await begun.json()).files[0]?.understood.reading.questions).toEqual([]);
  await site.idle();
  expect((await send('&delimiter=colon')).status).toBe(422);
});

/** The chosen option of a field on a page of the review; null where the field is not there. */
function chosen(page: string, field: string): string | null {
  const select = new RegExp(`<select id="([^"]+\\.${field})"[^>]*>(.*?)</select>`, 's').exec(page);
  if (select === null) return null;
  return /value="([^"]*)" selected/.exec(select[2] ?? '')?.[1] ?? '';
}
const idOf = (page: string): string => /<select id="([^"]+)\.source"/.exec(page)?.[1] ?? '';

/** The page of the one file of an upload. */
const filePage = async (admin: Visitor, href: string): Promise<string> =>
  `${href}/files/${idOf(await admin.page(href))}`;

/** Sends the page of the one file of an upload, and the table after it where that starts. */
async function reviewed(
  admin: Visitor,
  href: string,
  fields: Readonly<Record<string, string>>,
): Promise<{ status: number; page: string }> {
  const path = await filePage(admin, href);
  const id = path.split('/').at(-1) ?? '';
  const { action = '', ...said } = fields;
  const named = Object.fromEntries(
    Object.entries(said).map(([name, value]) => [`${id}.${name}`, value]),
  );
  const file = action === 'start' ? 'save' : action;
  const sent = await admin.post(path, { ...named, action: file }, href);
  const response = action === 'start' ? await admin.post(href, { action }, href) : sent;
  return { status: response.status, page: await response.text() };
}

async function uploaded(
  name: string,
  content: Buffer<ArrayBuffer>,
): Promise<[Site, Visitor, string]> {
  const site = await openSite();
  const admin = await site.visitor('admin');
  return [site, admin, await admin.upload({ [name]: content })];
}

test('the review page asks for encoding and header, shows the rows anew, and then imports', async () => {
  const [site, admin, href] = await uploaded('cafes.csv', cafes);
  expect(await admin.page(href)).toContain('This file is not UTF-8 (it looks like Windows-1252)');
  const page = await admin.page(await filePage(admin, href));
  expect(page).toContain('This file is not UTF-8 (it looks like Windows-1252)');
  expect(page).toContain('The first row looks like data');
  expect(['delimiter', 'encoding', 'header'].map((field) => chosen(page, field))).toEqual([
    'semicolon',
    '',
    '',
  ]);
  const early = await reviewed(admin, href, { source: 'human', action: 'start' });
  expect([early.status, early.page]).toEqual([
    422,
    expect.stringContaining('cafes.csv: This file is not UTF-8') as string,
  ]);
  const mapped = { text: 'column 1', kind: 'yes-no', label: 'column 2' };
  const said = { encoding: 'windows-1252', header: 'no', delimiter: 'semicolon' };
  expect((await reviewed(admin, href, { ...said, action: 'look' })).status).toBe(303);
  const again = await admin.page(await filePage(admin, href));
  expect(again).not.toContain('The first row looks like data');
  expect(again).toContain('Would you close the café?');
  expect(['delimiter', 'encoding', 'header'].map((field) => chosen(again, field))).toEqual([
    'semicolon',
    'windows-1252',
    'no',
  ]);
  expect((await reviewed(admin, href, { ...said, ...mapped, action: 'confirm' })).status).toBe(303);
  expect((await reviewed(admin, href, { action: 'start' })).status).toBe(303);
  await site.idle();
  expect(await admin.page(href)).toContain('2 examples from 1 file came in.');
});

test('an encoding that the bytes are not in is refused on the review page, and nothing is changed', async () => {
  const [, admin, href] = await uploaded('cafes.csv', Buffer.concat([cafes, Buffer.from('x')]));
  const wrong = await reviewed(admin, href, { encoding: 'utf-16le', action: 'look' });
  expect(wrong.status).toBe(422);
  expect(wrong.page).toMatch(/cafes\.csv: The file is not in the encoding/);
  expect(await admin.page(href)).toContain('This file is not UTF-8');
});

test('a known shape in UTF-16 is asked about too, and another delimiter changes the columns', async () => {
  const row = {
    question: 'Is the following statement something you would say?\n"I like rain."',
    statement: 'I like rain.',
    label_confidence: 0.9,
    answer_matching_behavior: ' Yes',
    answer_not_matching_behavior: ' No',
  };
  const [site, admin, href] = await uploaded(
    'lm_generated_evals/rain.jsonl',
    Buffer.from(`${JSON.stringify(row)}\n`, 'utf16le'),
  );
  expect(chosen(await admin.page(await filePage(admin, href)), 'encoding')).toBe('');
  expect((await reviewed(admin, href, { encoding: 'utf-16le', action: 'start' })).status).toBe(303);
  await site.idle();
  expect(await admin.page(href)).toContain('1 example from 1 file came in.');

  const table = await admin.upload({
    'a.csv': 'question;more;A,answer\nIs rain wet?;x;y,Yes\n',
  });
  await reviewed(admin, table, { delimiter: 'comma', action: 'look' });
  const page = await admin.page(await filePage(admin, table));
  expect(chosen(page, 'delimiter')).toBe('comma');
  expect(page).toContain('value="question;more;A"');
});

test('columns that are chosen together with an encoding are the ones that are imported', async () => {
  const table = Buffer.from('question;answer\nClose the caf\xe9?;Yes\n', 'latin1');
  const [site, admin, href] = await uploaded('cafes.csv', table);
  const said = { source: 'human', encoding: 'windows-1252', header: 'yes', delimiter: 'semicolon' };
  const mapped = { text: 'question', kind: 'yes-no', label: '' };
  expect((await reviewed(admin, href, { ...said, ...mapped, action: 'confirm' })).status).toBe(303);
  expect((await reviewed(admin, href, { action: 'start' })).status).toBe(303);
  await site.idle();
  expect(
    await site.server.application.db.selectFrom('example').select('label_choice').execute(),
  ).toEqual([{ label_choice: null }]);
});

test('what is refused once its bytes can be read does not start as a question', async () => {
  const pairs = Buffer.from('prompt;chosen;rejected\nClose the caf\xe9?;Yes.;No.\n', 'latin1');
  const [, admin, href] = await uploaded('cafes.csv', pairs);
  const said = { source: 'human', encoding: 'windows-1252' };
  const { status, page } = await reviewed(admin, href, { ...said, action: 'start' });
  expect([status, page]).toEqual([
    422,
    expect.stringMatching(/is a guess\. Its rows are pairs of answers/) as string,
  ]);
});

test('an encoding said of several files is taken for those that are not UTF-8', async () => {
  const settings = await installation();
  const folder = join(settings['ASSAY_DATA'] ?? '', 'mixed');
  mkdirSync(folder);
  writeFileSync(join(folder, 'old.csv'), Buffer.from('question;answer\nCaf\xe9?;Yes\n', 'latin1'));
  writeFileSync(join(folder, 'new.csv'), 'question;answer\nCafé?;No\n');
  const encoding = ['--encoding', 'windows-1252'];
  const { out } = await assay(
    settings,
    'import',
    folder,
    '--source',
    'human',
    '--yes',
    ...encoding,
  );
  expect(out).toMatch(/new\.csv .*CSV with semicolons, \d/);
  expect(out).toMatch(/old\.csv .*Windows-1252/);
});
