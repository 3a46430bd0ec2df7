import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { GuessedMappings, ImportAnswer } from '#datasets/api.js';
import {
  filesOf,
  planOf,
  requireImport,
  savePlan,
  setFileState,
} from '#datasets/imports/import.js';
import { discard } from '#datasets/review.js';
import { importValidRows, keptDays, removeUnanswered } from '#datasets/imports/refused.js';
import { onceTest } from '../support/database.js';
import { openSite, type Site } from '../support/site.js';
import { lines, personaRow } from './imports/support.js';

const uploads = (site: Site): string[] =>
  existsSync(join(site.folder, 'uploads')) ? readdirSync(join(site.folder, 'uploads')) : [];

const send = (
  site: Site,
  files: Readonly<Record<string, string>>,
  { query = '', mapping = '' } = {},
): Promise<Response> => {
  const body = new FormData();
  if (mapping !== '') body.append('mapping', mapping);
  for (const [path, content] of Object.entries(files)) {
    body.append('path', path);
    body.append('files', new Blob([content]), 'file');
  }
  return fetch(new URL(`/api/v1/imports?source=human&${query}`, site.address), {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${site.token}` },
  });
};

const table = (text: string, first: string, gold = 'gold'): string =>
  `${text},${first},second,${gold}\nIs it wet?,Rain,Sand,A\nIs it dry?,Rain,Sand,B\n`;

onceTest('a column without a name, or with a long one, keeps out its own file alone', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const admin = await site.visitor('admin');
  const long = 'q'.repeat(300);
  const href = await admin.upload({
    'persona/a.jsonl': lines(personaRow('a')),
    'b.csv': table(long, 'first'),
    'c.jsonl': lines(JSON.stringify({ '': 'Is it wet?', answer: 'Yes' })),
    'd.jsonl': lines(JSON.stringify({ question: 'Wet?', [long]: ['a', 'b'], answer: 'a' })),
    ' .csv': table('stem', 'first'),
  });
  const page = await admin.read(href);
  expect(page).toContain('Review 5 files');
  expect(page).toContain('1 file was recognised');
  const [, ...files] = await filesOf(
    db,
    (await requireImport(db, href.split('/').at(-1) ?? '')).id,
  );
  expect(files.map(({ state, understood }) => [state, understood])).toEqual([
    ['not-a-dataset', expect.stringContaining('no name, or one of more than 200 characters')],
    ['not-a-dataset', expect.stringContaining('no name, or one of more than 200 characters')],
    ['not-a-dataset', expect.stringContaining('no name, or one of more than 200 characters')],
    ['reviewing', expect.anything()],
  ]);
});

onceTest('an upload that cannot be recorded leaves no bytes', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const blank = await send(site, { 'persona/a.jsonl': '' }, { query: 'behaviour=%20' });
  expect([blank.status, await blank.text()]).toEqual([422, expect.stringContaining('behaviour')]);
  await db.schema.dropTable('import_file').execute();
  expect((await send(site, { 'persona/a.jsonl': lines(personaRow('a')) })).status).toBe(500);
  expect(uploads(site)).toEqual([]);
});

onceTest('a plan that is saved after its import was started is refused', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const admin = await site.visitor('admin');
  const href = await admin.upload({ 'b.csv': table('stem', 'first') });
  const [file] = await filesOf(db, (await requireImport(db, href.split('/').at(-1) ?? '')).id);
  if (file === undefined) throw new Error('there is no file');
  await setFileState(db, file.id, { state: 'queued' });
  await expect(savePlan(db, file, { ...planOf(file), name: 'later' })).rejects.toMatchObject({
    status: 409,
    code: 'import_started',
  });
  const [after] = await filesOf(db, file.import_id);
  expect(after?.plan).toBe(file.plan);
});

onceTest(
  'what an answer proposes to confirm holds what was said already, each by its path',
  async () => {
    const site = await openSite();
    const files = {
      'a.csv': table('stem', 'first'),
      'b.csv': table('frage', 'eins'),
      'old/b.csv': table('vraag', 'een'),
    };
    const query = 'behaviour=weather';
    const mapping = JSON.stringify({ 'a.csv': 'text=stem choices=first,second label=gold' });
    const asked = await send(site, files, { query, mapping });
    expect(asked.status).toBe(422);
    const { confirm } = GuessedMappings.parse(await asked.json());
    expect(Object.keys(JSON.parse(confirm) as object)).toEqual(['a.csv', 'b.csv', 'old/b.csv']);
    const begun = await send(site, files, { query, mapping: confirm });
    expect(begun.status).toBe(202);
    const left = await send(site, files, { query: `${query}&leave_out=b.csv`, mapping: confirm });
    expect(left.status).toBe(202);
    expect(ImportAnswer.parse(await left.json()).files).toMatchObject([
      { path: 'a.csv', state: 'queued' },
      { path: 'b.csv', state: 'left-out' },
      { path: 'old/b.csv', state: 'queued' },
    ]);
    await site.idle();
  },
);

onceTest('what a page is asked with, and does not take, is refused with a sentence', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({ 'persona/a.jsonl': lines(personaRow('a')) });
  const page = `${href}/descriptions`;
  expect((await admin.request(`${page}?after=a&after=b`)).status).toBe(422);
  expect((await admin.post(page, { short: 'Reads.' }, page)).status).toBe(422);
});

onceTest(
  'a review that was started in the meantime keeps its uploads when it is discarded',
  async () => {
    const site = await openSite();
    const { db } = site.server.application;
    const admin = await site.visitor('admin');
    const href = await admin.upload({ 'persona/a.jsonl': lines(personaRow('a')) });
    const entry = await requireImport(db, href.split('/').at(-1) ?? '');
    await db.updateTable('import').set({ state: 'running' }).where('id', '=', entry.id).execute();
    await expect(discard(site.server.application, entry)).rejects.toMatchObject({ status: 409 });
    expect(uploads(site)).toHaveLength(1);
    expect((await filesOf(db, entry.id)).map(({ state }) => state)).toEqual(['reviewing']);
  },
);

onceTest('the valid rows of a cancelled import are refused as cancelled', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  await send(site, { 'persona/a.jsonl': lines(personaRow('a'), 'broken') });
  await site.idle();
  const entry = await db.selectFrom('import').selectAll().executeTakeFirstOrThrow();
  const files = await filesOf(db, entry.id);
  const start = () => importValidRows(site.server.application, entry, { files, accountId: null });
  await db.updateTable('import').set({ state: 'cancelled' }).execute();
  await expect(start()).rejects.toMatchObject({ status: 409, code: 'import_cancelled' });
  await db.updateTable('import').set({ state: 'running' }).execute();
  await expect(start()).rejects.toMatchObject({ status: 409, code: 'import_started' });
});

onceTest('the upload of a refused file stays for a week, and no longer', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  expect((await send(site, { 'persona/a.jsonl': lines(personaRow('a'), 'broken') })).status).toBe(
    202,
  );
  await site.idle();
  expect(uploads(site)).toHaveLength(1);
  const week = keptDays * 24 * 60 * 60_000;
  await removeUnanswered({ db, now: () => Date.now() + week - 60_000 });
  expect(uploads(site)).toHaveLength(1);
  await removeUnanswered({ db, now: () => Date.now() + week + 60_000 });
  expect(uploads(site)).toEqual([]);
});
