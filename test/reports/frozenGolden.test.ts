import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { withdrawRater } from '#assignment/revocation.js';
import { commands } from '#reports/commands.js';
import { readReport } from '#reports/frozen/formats/formats.js';
import { up as keepFiles } from '../../migrations/0016_frozen_files.js';
import { commandRunner } from '../support/commands.js';
import { onceTest, testDatabase } from '../support/database.js';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { walked } from './freezing.js';
import { fixture, writeFrozenRows } from './frozenRows.js';
import { unzip } from './unzip.js';

// `onceTest`: what is the same once an old database is migrated and its report read.

// A small report, frozen by version 0.1.0 before files were kept with frozen reports. It is a
// generated and a human-written set of 8 examples, judged by four raters; the rows beside it are
// how it stood in the database.
const golden = fixture('frozen-assay-report-1.json');
const rows = 'frozen-assay-report-1.rows.json';

interface Opened {
  readonly site: Site;
  readonly visitor: Visitor;
  readonly link: string;
}

/** A server whose database was written by that version, and migrated since. */
async function upgraded(): Promise<Opened> {
  const site = await openSite();
  const { db } = site.server.application;
  await sql`drop table frozen_file`.execute(db);
  await sql`alter table frozen_report drop column format`.execute(db);
  await sql`alter table frozen_report drop column software`.execute(db);
  const id = await writeFrozenRows(db, rows);
  await keepFiles(db as Parameters<typeof keepFiles>[0]);
  return { site, visitor: await site.visitor('researcher'), link: `/reports/${id}` };
}

onceTest(
  'a report in the format assay-report-1 is opened, paged through and downloaded in every format',
  async () => {
    const { site, visitor, link } = await upgraded();
    const found = await walked(visitor, link);
    const { model } = JSON.parse(golden);
    const textOf = (name: string): string => String(found.get(`${link}/${name}`));
    expect(textOf('file.json')).toBe(golden);
    expect(JSON.parse(textOf('report.json'))).toMatchObject(model);
    expect(String(found.get(link))).toContain(model.verdict[0]);
    expect(textOf('report.html')).toContain(model.verdict[0]);
    expect([...unzip(found.get(`${link}/tables-csv.zip`) ?? Buffer.alloc(0)).keys()]).toContain(
      'judgments.csv',
    );
    for (const { id } of model.datasets) {
      const lines = textOf(`${id}-validated.jsonl`).trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).crowd.judgments)).toEqual(Array(8).fill(3));
    }
    expect(textOf('report.html')).toContain('Words of rater 0');
    const endings = [...found.keys()].map((href) => href.split('.').at(-1) ?? '');
    expect([...new Set(endings)].filter((ending) => ending.length < 6).toSorted()).toEqual(
      ['bib', 'csv', 'html', 'json', 'jsonl', 'md', 'png', 'svg', 'tex', 'zip'].toSorted(),
    );

    // What was made then is kept: another look gives the same bytes without the stored report.
    const content = gzipSync('{}');
    await site.server.application.db.updateTable('frozen_report').set({ content }).execute();
    for (const [href, bytes] of found)
      if (/\.\w+$/.test(href) && !href.endsWith('/file.json')) {
        const again = await visitor.request(href);
        expect(Buffer.from(await again.arrayBuffer()).equals(bytes), href).toBe(true);
      }
  },
);

onceTest('after a withdrawal it gives out no single judgment', async () => {
  const { site, visitor, link } = await upgraded();
  const { db } = site.server.application;
  const rater = await db.selectFrom('rater').select('id').executeTakeFirstOrThrow();
  await withdrawRater(db, { raterId: rater.id, now: Date.now(), accountId: null, reason: 'asked' });
  const found = await walked(visitor, link);
  expect(found.size).toBeGreaterThan(30);
  for (const [href, bytes] of found) {
    const parts = href.endsWith('.zip') ? unzip(bytes) : new Map([[href, bytes]]);
    expect([...parts.keys()].filter((name) => name.startsWith('judgments'))).toEqual([]);
    for (const part of parts.values()) expect(part.includes('Words of rater'), href).toBe(false);
  }
  expect((await visitor.request(`${link}/file.json`)).status).toBe(410);
});

onceTest(
  'a report in a format without a reader says which version can read and verify it',
  async () => {
    const { site, visitor, link } = await upgraded();
    const { db } = site.server.application;
    const content = gzipSync(golden.replace('assay-report-file-2', 'assay-report-file-1'));
    await db.updateTable('frozen_report').set({ content, format: 'assay-report-file-1' }).execute();
    const page = await visitor.request(link);
    expect(page.status).toBe(409);
    const said = (await page.text()).replaceAll(/\s+/g, ' ');
    expect(said).toContain('was frozen by version 0.1.0 of Assay, before its pages and files');
    expect(said).toContain('verified by version 0.1.0.');
    const file = await visitor.request(`${link}/file.json`);
    expect(JSON.parse(await file.text()).format).toBe('assay-report-file-1');
  },
);

test('the migration names format and version of every frozen report', async () => {
  const { site } = await upgraded();
  expect(
    await site.server.application.db
      .selectFrom('frozen_report')
      .select(['format', 'software'])
      .execute(),
  ).toEqual([{ format: 'assay-report-file-2', software: '0.1.0' }]);
});

onceTest('the kept rows hold the kept file', () => {
  const [report] = JSON.parse(fixture(rows)).frozen_report;
  expect(String(gunzipSync(Buffer.from(report.content.base64, 'base64')))).toBe(golden);
  expect(readReport(JSON.parse(golden))?.model.format).toBe('assay-report-1');
});

onceTest('verify says that numbers of formats before were computed by other rules', async () => {
  const { folder } = await openSite();
  const run = commandRunner(await testDatabase(), commands, { ASSAY_DATA: folder });
  const path = join(folder, 'frozen.json');
  const verify = (file: object): ReturnType<typeof run> => {
    writeFileSync(path, JSON.stringify(file));
    return run('report verify', [path]);
  };
  const file = JSON.parse(golden);
  await expect(verify(file)).rejects.toMatchObject({
    code: 'other_format',
    message: expect.stringMatching(
      /assay-report-file-2, .* other rules .* checksum fits\.$/,
    ) as string,
    advice: 'Verify it with version 0.1.0 of Assay, which wrote it.',
  });
  file.model.datasets[0].label.upheldCount += 1;
  await expect(verify(file)).rejects.toMatchObject({
    message: expect.stringMatching(/checksum does not fit: it was changed/) as string,
  });
  await expect(verify({ ...file, format: 'assay-report-file-9' })).rejects.toMatchObject({
    code: 'other_format',
    message: expect.stringMatching(/this version computes assay-report-file-4/) as string,
  });
});
