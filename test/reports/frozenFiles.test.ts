import { gzipSync } from 'node:zlib';
import type { KyselyPlugin } from 'kysely';
import { parseHTML } from 'linkedom';
import { expect, onTestFinished, test } from 'vitest';
import { excludeRater, withdrawRater } from '#assignment/revocation.js';
import type { Rater } from '#raters/rater.js';
import { openDatabase } from '#storage/database.js';
import type { Study } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { watchStatements } from '../support/faults.js';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { freeze } from './freezing.js';
import { judgeAll } from './judging.js';
import { unzip } from './unzip.js';

// `onceTest`: what becomes of a report once its files are stored runs once; that they are stored
// whole, read back and held beside a withdrawal runs on both engines.

interface Judged {
  readonly site: Site;
  readonly study: Study;
  readonly raters: readonly Rater[];
  readonly visitor: Visitor;
}

/** A pair of small sets, judged by three raters with comments. */
async function judgedStudy(most = Infinity): Promise<Judged> {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(6, 'Made') },
      { source: 'human', examples: plainExamples(6, 'Written') },
    ],
    settings: { overlap: 2 },
  });
  const raters = await buildRaters(database, study, 3);
  await judgeAll(
    database,
    raters,
    ({ label, rater, text }) => ({
      label: (text.length + rater) % 3 === 0 ? 1 - (label ?? 0) : label,
      relevance: 1 + ((text.length + rater) % 5),
      comment: `Words of rater ${rater}`,
    }),
    { most },
  );
  return { site, study, raters, visitor: await site.visitor('researcher') };
}

/** Addresses of the pages of a report, the first one first. */
async function pagesOf(visitor: Visitor, base: string): Promise<string[]> {
  const { document } = parseHTML(await visitor.page(base));
  const links = [...document.querySelectorAll('.report-nav a')].map((link) =>
    String(link.getAttribute('href')),
  );
  return [base, ...links.filter((href) => /\/(datasets|pairs)\/\w+$/.test(href))];
}

/** What a report's pages offer for download: address by what the link says, page by page. */
async function offered(visitor: Visitor, base: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [index, page] of (await pagesOf(visitor, base)).entries()) {
    const { document } = parseHTML(await visitor.page(page));
    for (const link of document.querySelectorAll('a[download]'))
      found.set(`${index}: ${link.textContent.trim()}`, String(link.getAttribute('href')));
  }
  return found;
}

const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());

onceTest(
  'a frozen report offers what the live one does, and gives the same bytes from then on',
  async () => {
    const { site, study, raters, visitor } = await judgedStudy(20);
    // The first look has the texts measured; a report is frozen once they are.
    await visitor.page(`/studies/${study.public_id}/report`);
    await site.idle();
    const live = await offered(visitor, `/studies/${study.public_id}/report`);
    const link = await freeze(visitor, study);
    const frozen = await offered(visitor, link);
    const own = [...frozen.keys()].filter((title) => !live.has(title));
    expect(own).toEqual([0, 1, 2, 3].map((page) => `${page}: JSON with its data`));
    expect([...live.keys()].filter((title) => !frozen.has(title))).toEqual([]);

    const files = new Map<string, Buffer>();
    for (const [title, href] of frozen) {
      const response = await visitor.request(href);
      expect(response.status, href).toBe(200);
      files.set(title, await bytesOf(response));
      const ofLive = live.get(title);
      if (ofLive === undefined || !/JSONL$|^0: SVG|^0: Tables as CSV/.test(title)) continue;
      const same = await visitor.request(ofLive);
      const type = 'content-type';
      expect(response.headers.get(type), href).toBe(same.headers.get(type));
      if (!title.endsWith('(zip)'))
        expect(String(files.get(title))).toBe(String(await bytesOf(same)));
    }
    const pages = await Promise.all(
      (await pagesOf(visitor, link)).map((page) => visitor.page(page)),
    );

    await judgeAll(site.server.application.database, raters, ({ label }) => ({ label }));
    for (const [title, href] of frozen) {
      const again = await bytesOf(await visitor.request(href));
      expect(again.equals(files.get(title) ?? Buffer.alloc(0)), href).toBe(true);
    }
    const strip = (html: string): string => html.replaceAll(/name="csrf" value="[^"]*"/g, '');
    for (const [index, page] of (await pagesOf(visitor, link)).entries())
      expect(strip(await visitor.page(page))).toBe(strip(pages[index] ?? ''));
  },
);

test('a frozen report opens whatever has become of the form of reports', async () => {
  const { site, study, visitor } = await judgedStudy(12);
  const link = await freeze(visitor, study);
  const links = [...(await pagesOf(visitor, link)), ...(await offered(visitor, link)).values()];
  const content = gzipSync(JSON.stringify({ format: 'assay-report-file-9', unlike: 'any other' }));
  await site.server.application.db
    .updateTable('frozen_report')
    .set({ content, format: 'assay-report-file-9', software: '9.9.9' })
    .execute();
  expect(links.length).toBeGreaterThan(30);
  for (const href of links) expect((await visitor.request(href)).status, href).toBe(200);
  expect((await visitor.page(link)).replaceAll(/\s+/g, ' ')).toContain(
    'can be verified by version 9.9.9 of Assay, which froze it',
  );
});

onceTest(
  'once a rater withdrew, no file of a frozen report holds a comment, and its tables have items alone',
  async () => {
    const { site, study, raters, visitor } = await judgedStudy(13);
    const link = await freeze(visitor, study);
    const pseudonyms = raters.map(({ pseudonym }) => pseudonym);
    const before = await offered(visitor, link);
    const tables = before.get('0: Tables as CSV (zip)') ?? '';
    const zip = unzip(await bytesOf(await visitor.request(tables)));
    expect([...zip.keys()]).toContain('judgments.csv');
    expect(String(zip.get('judgments.csv'))).toContain('Words of rater 0');

    await withdrawRater(site.server.application.db, {
      raterId: raters[0]?.id ?? 0,
      now: Date.now(),
      accountId: null,
      reason: 'asked',
    });
    const after = await offered(visitor, link);
    const withData = [0, 1, 2, 3].map((page) => `${page}: JSON with its data`);
    expect([...before.keys()].filter((title) => !after.has(title))).toEqual(withData);
    expect((await visitor.request(before.get(withData[0] ?? '') ?? '')).status).toBe(410);
    const links = [...(await pagesOf(visitor, link)), ...after.values()];
    for (const href of links) {
      const response = await visitor.request(href);
      expect(response.status, href).toBe(200);
      const bytes = await bytesOf(response);
      const parts = href.includes('tables') ? [...unzip(bytes).values()] : [bytes];
      for (const part of parts) expect(part.includes('Words of rater'), href).toBe(false);
    }
    const items = unzip(await bytesOf(await visitor.request(tables)));
    expect([...items.keys()].toSorted()).toEqual(['items.csv', 'manifest.json', 'report.json']);
    const rows = String(items.get('items.csv')).trimEnd().split('\n');
    expect(rows).toHaveLength(13);
    for (const pseudonym of pseudonyms)
      expect(String(items.get('items.csv'))).not.toContain(pseudonym);
    // An example with one judgment would tell it by its votes.
    const [names = '', ...lines] = rows;
    const counted = names.split(',').indexOf('counted');
    const alone = lines.filter((line) => / ?,1,false,/.test(line));
    expect(counted).toBeGreaterThan(0);
    expect(alone.length).toBeGreaterThan(0);
    for (const line of alone) expect(line).not.toMatch(/""(Yes|No)"": ?1/);
  },
);

onceTest('files of a frozen report hold no answers of judgments that count nowhere', async () => {
  const { site, study, raters, visitor } = await judgedStudy();
  const { db } = site.server.application;
  await excludeRater(db, {
    raterId: raters[1]?.id ?? 0,
    now: 9_000_000,
    accountId: null,
    reason: 'careless',
  });
  const files = await offered(visitor, await freeze(visitor, study));
  const zip = unzip(
    await bytesOf(await visitor.request(files.get('0: Tables as CSV (zip)') ?? '')),
  );
  const judgments = String(zip.get('judgments.csv'));
  expect(judgments).toContain(',excluded,');
  expect(judgments).toContain('Words of rater 0');
  expect(judgments).not.toContain('Words of rater 1');
});

test('a report is frozen together with its line in the audit log, or not at all', async () => {
  const { site, study, visitor } = await judgedStudy(8);
  const { db } = site.server.application;
  const kept = async (): Promise<number[]> => {
    const counts: number[] = [];
    for (const table of ['frozen_report', 'frozen_report_rater', 'frozen_file'] as const)
      counts.push((await db.selectFrom(table).selectAll().execute()).length);
    const lines = await db
      .selectFrom('audit_event')
      .select('detail')
      .where('action', '=', 'report.freeze')
      .execute();
    return [...counts, lines.length];
  };
  const path = `/studies/${study.public_id}/report`;
  const csrf = await visitor.csrf('/account');
  const faults = watchStatements();
  for (const matching of [/insert into "audit_event"/, /^commit/i]) {
    faults.arm({ fault: 'full', at: 1, from: 'onwards', matching });
    const body = new URLSearchParams({ csrf });
    const answer = await visitor.request(`${path}/freeze`, { method: 'POST', body });
    faults.disarm();
    expect(answer.status).toBe(503);
    expect(faults.fired).toBeGreaterThan(0);
    expect(await kept()).toEqual([0, 0, 0, 0]);
  }
  await freeze(visitor, study);
  const [reports, holders, files, lines] = await kept();
  expect([reports, holders, lines]).toEqual([1, 3, 1]);
  expect(files).toBeGreaterThan(30);
});

onceTest(
  'the study’s page and its history lead to its frozen reports and its registered plan',
  async () => {
    const { site, study, visitor } = await judgedStudy(4);
    const path = `/studies/${study.public_id}`;
    expect(await visitor.page(path)).not.toContain('Frozen reports and registered plans');
    const link = await freeze(visitor, study);
    await site.server.application.db
      .insertInto('study_registration')
      .values({
        public_id: 'the-plan',
        study_id: study.id,
        document: '{}',
        sha256: 'ab'.repeat(32),
        registered_at: 1_000_000,
        registered_by: null,
      })
      .execute();
    for (const page of [path, `${path}/history`]) {
      const html = await visitor.page(page);
      expect(html).toContain(`href="${link}"`);
      expect(html).toContain(`href="${path}/registrations/the-plan"`);
    }
    expect(await visitor.page(`${path}/history`)).toContain('by researcher@lab.example');
  },
);

onceTest('the API lists frozen reports, their files, and gives each out', async () => {
  const { site, study, raters, visitor } = await judgedStudy(10);
  const link = await freeze(visitor, study);
  const get = (path: string): Promise<Response> =>
    fetch(`${site.address}${path}`, { headers: { authorization: `Bearer ${site.token}` } });
  const id = link.slice('/reports/'.length);
  const { reports } = (await (await get(`/api/v1/studies/${study.public_id}/reports`)).json()) as {
    reports: unknown[];
  };
  expect(reports).toMatchObject([{ id, format: 'assay-report-file-4', supersededAt: null }]);
  const read = async () =>
    (await (await get(`/api/v1/reports/${id}`)).json()) as {
      supersededAt: number | null;
      verifiedBy: string;
      files: { name: string; href: string }[];
    };
  const report = await read();
  expect(report.files.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['file.json', 'report.json', 'tables-parquet.zip', 'methods.tex']),
  );
  for (const { href } of report.files) {
    const response = await get(href);
    expect(response.status, href).toBe(200);
    await response.arrayBuffer();
  }
  await withdrawRater(site.server.application.db, {
    raterId: raters[0]?.id ?? 0,
    now: Date.now(),
    accountId: null,
    reason: 'asked',
  });
  const superseded = await read();
  expect(superseded.supersededAt).not.toBeNull();
  expect(superseded.files.map(({ name }) => name)).not.toContain('file.json');
  expect((await get(`/api/v1/reports/${id}/files/file.json`)).status).toBe(410);
  expect((await get(`/api/v1/reports/${id}/files/none.txt`)).status).toBe(404);
});

test('a withdrawal while the files of an old report are made is seen by the answer that waits for them', async () => {
  const { site, study, raters, visitor } = await judgedStudy(6);
  const link = await freeze(visitor, study);
  const { application } = site.server;
  const { db } = application;
  await db.deleteFrom('frozen_file').execute();
  const asked = new WeakSet<object>();
  let withdrawn = false;
  const elsewhere = openDatabase(application.database.location, { poolSize: 1 });
  onTestFinished(() => elsewhere.close());
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      if (JSON.stringify(node).includes('frozen_file')) asked.add(queryId);
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      if (asked.has(queryId) && !withdrawn) {
        withdrawn = true;
        await withdrawRater(elsewhere.db, {
          raterId: raters[0]?.id ?? 0,
          now: Date.now(),
          accountId: null,
          reason: 'asked',
        });
      }
      return result;
    },
  };
  Object.assign(application, { db: db.withPlugin(plugin) });
  const page = await visitor.page(link);
  expect(withdrawn).toBe(true);
  expect(page).toContain('Superseded');
  expect(page).not.toContain('JSON with its data');
});

onceTest('a draft is not frozen, and can be deleted afterwards', async () => {
  const site = await openSite();
  const study = await buildStudy(site.server.application.database, {
    datasets: [{ examples: plainExamples(4) }],
    open: false,
  });
  const admin = await site.visitor('admin');
  const path = `/studies/${study.public_id}`;
  const answer = await admin.post(`${path}/report/freeze`, {}, `${path}/report`);
  expect(answer.status).toBe(409);
  expect(await answer.text()).toContain('was never opened');
  expect((await admin.post(`${path}/delete`, {}, `${path}/delete`)).status).toBe(303);
});

onceTest('pages and plots are not given out as files of a frozen report', async () => {
  const { site, study, visitor } = await judgedStudy(6);
  const link = await freeze(visitor, study);
  const names = await site.server.application.db
    .selectFrom('frozen_file')
    .select(['name', 'kind'])
    .where('name', '!=', '')
    .execute();
  const own = names.filter(({ kind }) => kind === 'page' || kind === 'plot');
  expect(new Set(own.map(({ kind }) => kind)).size).toBe(2);
  for (const { name } of own) {
    const file = encodeURIComponent(name);
    expect((await visitor.request(`${link}/${file}`)).status, name).toBe(404);
    const answer = await fetch(`${site.address}/api/v1${link}/files/${file}`, {
      headers: { authorization: `Bearer ${site.token}` },
    });
    expect(answer.status, name).toBe(404);
  }
});
