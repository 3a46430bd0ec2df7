import { expect, test } from 'vitest';
import { onceTest } from '../support/database.js';
import { openSite, type Site, type Visitor } from '../support/site.js';

type Stored = Record<string, unknown>;

/** Stores of the only file of an import what a version before this one would have found and planned. */
async function asBefore(site: Site, change: { plan?: Stored; understood?: Stored }): Promise<void> {
  const { db } = site.server.application;
  const file = await db.selectFrom('import_file').selectAll().executeTakeFirstOrThrow();
  const { confirmed: _confirmed, ...plan } = JSON.parse(file.plan) as Stored;
  const {
    lookVersion: _version,
    reading: _reading,
    ...understood
  } = JSON.parse(file.understood) as Stored;
  await db
    .updateTable('import_file')
    .set({
      plan: JSON.stringify({ ...plan, source: 'human', ...change.plan }),
      understood: JSON.stringify({ ...understood, guess: null, ...change.understood }),
    })
    .execute();
}
async function fileOf(site: Site): Promise<{ id: string; state: string }> {
  const { db } = site.server.application;
  const row = await db.selectFrom('import_file').selectAll().executeTakeFirstOrThrow();
  return { id: row.public_id, state: row.state };
}
const start = async (
  admin: Visitor,
  href: string,
  fields: Record<string, string>,
): Promise<{ status: number; page: string }> => {
  const settings = { goodRows: 'no', dropDuplicates: 'no', action: 'start' };
  const response = await admin.post(href, { ...settings, ...fields }, href);
  return { status: response.status, page: await response.text() };
};

const unnamed = 'Is rain wet?,Yes\nIs snow warm?,No\nIs it so?,Yes\n';

test('an import that waited across an upgrade is looked at anew when it starts, and asks what is open', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({ 'rain.csv': unnamed });
  const { id } = await fileOf(site);
  await asBefore(site, {
    plan: {
      mapping: {
        text: 'Is rain wet?',
        choices: { kind: 'yes-no' },
        label: 'Yes',
        labelAs: 'truth',
        confidence: null,
      },
      confirmed: true,
    },
  });
  const early = await start(admin, href, {});
  expect(early.status).toBe(422);
  expect(early.page).toMatch(/Assay was upgraded .* The first row looks like data/s);
  expect((await fileOf(site)).state).toBe('reviewing');
  expect(await admin.page(href)).toContain('The first row looks like data');
  const file = `${href}/files/${id}`;
  const header = { [`${id}.header`]: 'no', action: 'look' };
  expect((await admin.post(file, header, file)).status).toBe(303);
  expect((await start(admin, href, {})).page).toContain('which column is what is a guess');
  expect((await admin.post(file, { action: 'confirm' }, file)).status).toBe(303);
  expect((await start(admin, href, {})).status).toBe(303);
  await site.idle();
  expect(await admin.page(href)).toContain('3 examples from 1 file came in.');
});

onceTest('one that is plain by the rules of today starts, and keeps what was decided', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({
    'rain.csv': `question,answer,x\n${unnamed.replaceAll('\n', ',1\n')}`,
  });
  await asBefore(site, {
    plan: {
      behaviour: 'weather',
      mapping: {
        text: 'question',
        choices: { kind: 'yes-no' },
        label: 'answer',
        labelAs: 'truth',
        confidence: null,
      },
      confirmed: true,
    },
  });
  expect((await start(admin, href, {})).status).toBe(303);
  await site.idle();
  const dataset = await site.server.application.db
    .selectFrom('dataset')
    .innerJoin('behaviour', 'behaviour.id', 'dataset.behaviour_id')
    .select(['behaviour.name', 'dataset.mapping', 'dataset.example_count'])
    .executeTakeFirstOrThrow();
  expect(dataset).toMatchObject({ name: 'weather', example_count: 3 });
  expect(JSON.parse(dataset.mapping ?? '')).toMatchObject({ labelAs: 'truth' });
});

onceTest('a mapping that nobody has confirmed is asked about in whole sentences', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const href = await admin.upload({ 'rain.csv': `question,answer\n${unnamed}` });
  await asBefore(site, {});
  const page = (await start(admin, href, {})).page;
  expect(page).toContain('is a guess. Look at the first rows, correct the mapping');
});
