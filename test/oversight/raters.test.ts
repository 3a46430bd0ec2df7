import { expect, test } from 'vitest';
import { submitJudgment } from '#assignment/submit.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import type { Rater } from '#raters/rater.js';
import type { Study } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { openSite, type Site, Visitor } from '../support/site.js';

async function judged(): Promise<{
  site: Site;
  admin: Visitor;
  study: Study;
  rater: Rater;
  href: string;
  page: string;
}> {
  const site = await openSite();
  const { database } = site.server.application;
  const now = Date.now();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(6) }],
    settings: { overlap: 1, sampleSize: 6 },
    now,
  });
  const [rater] = await buildRaters(database, study, 1, now);
  if (rater === undefined) throw new Error('a rater');
  for (let turn = 0; turn < 3; turn += 1) {
    const item = await currentItem({ database, raterId: rater.id, now });
    if (isNothing(item)) throw new Error('an item');
    await submitJudgment(
      { database, raterId: rater.id, now },
      {
        assignment: item.public_id,
        key: `key ${turn}`,
        answers: { labelChoice: 0, ambiguous: turn === 0, relevance: 5, others: {} },
        comment: turn === 0 ? 'A <b>comment</b>' : null,
        activeMs: 4000,
      },
      { fetchAhead: false },
    );
  }
  const href = `/studies/${study.public_id}`;
  return {
    site,
    admin: await site.visitor('admin'),
    study,
    rater,
    href,
    page: `${href}/raters/${rater.public_id}`,
  };
}

test('block, unblock, exclude, restore and withdraw through the pages, each with its line in the history and the audit log', async () => {
  const { site, admin, rater, href, page } = await judged();
  const { db } = site.server.application;
  const states = async () =>
    (await db.selectFrom('assignment').select('state').orderBy('id').execute()).map(
      (row) => row.state,
    );
  const places = async () =>
    (
      await db
        .selectFrom('assignment')
        .select('place_no')
        .where('state', '=', 'submitted')
        .execute()
    ).filter((row) => row.place_no !== null).length;
  const first = await admin.read(page);
  expect(first).toContain('3 judgments, all of them counted');
  expect(first).toContain('A &lt;b&gt;comment&lt;/b&gt;');
  await currentItem({
    database: site.server.application.database,
    raterId: rater.id,
    now: Date.now(),
  });

  const without = await admin.post(`${page}/block`, { reason: '  ' }, page);
  expect(without.status).toBe(422);
  expect(
    (await admin.post(`${page}/block`, { reason: 'Too quick.' }, page)).headers.get('location'),
  ).toBe(page);
  expect(await states()).toEqual(['submitted', 'submitted', 'submitted', 'revoked']);
  expect(await admin.read(page)).toContain('<span class="state blocked">blocked</span>');
  expect((await admin.post(`${page}/unblock`, {}, page)).status).toBe(303);
  expect((await admin.post(`${page}/unblock`, {}, page)).status).toBe(409);

  await admin.post(`${page}/exclude`, { reason: 'At random.' }, page);
  expect(await places()).toBe(0);
  expect(await admin.read(page)).toContain('are excluded: At random.');
  expect(await admin.read(href)).toContain('<span class="state excluded">excluded</span>');
  await admin.post(`${page}/restore`, {}, page);
  expect(await places()).toBe(3);

  await admin.post(`${page}/withdraw`, { reason: 'Asked for it.' }, page);
  expect(
    await db.selectFrom('judgment').select(['label_choice', 'comment', 'blank_reason']).execute(),
  ).toEqual(
    [1, 2, 3].map(() => ({ label_choice: null, comment: null, blank_reason: 'Asked for it.' })),
  );
  const last = await admin.read(page);
  expect(last).toContain('The answer was erased.');
  expect(last).not.toContain('What you can do');
  for (const words of [
    'Blocked',
    'May work again',
    'Judgments excluded',
    'Judgments restored',
    'Withdrawn, answers blanked',
    'Too quick.',
    'by admin@lab.example',
  ])
    expect(last).toContain(words);
  expect((await admin.post(`${page}/exclude`, { reason: 'x' }, page)).status).toBe(409);
  const actions = (
    await db
      .selectFrom('audit_event')
      .select('action')
      .where('action', 'like', 'rater.%')
      .orderBy('id')
      .execute()
  ).map((row) => row.action);
  expect(actions).toEqual([
    'rater.block',
    'rater.unblock',
    'rater.exclude',
    'rater.restore',
    'rater.withdraw',
  ]);
});

test('what changes nothing about a rater leaves no line in the audit log', async () => {
  const { site, admin, page } = await judged();
  const { db } = site.server.application;
  const verbs = ['restore', 'block', 'block', 'unblock', 'exclude', 'exclude', 'exclude'];
  for (const verb of [...verbs, 'restore', 'restore', 'withdraw', 'withdraw'])
    expect((await admin.post(`${page}/${verb}`, { reason: 'A test.' }, '/account')).status).toBe(
      303,
    );
  const lines = await db
    .selectFrom('audit_event')
    .select('action')
    .where('action', 'like', 'rater.%')
    .orderBy('id')
    .execute();
  const did = ['block', 'unblock', 'exclude', 'restore', 'withdraw'];
  expect(lines.map((line) => line.action)).toEqual(did.map((verb) => `rater.${verb}`));
  const events = await db
    .selectFrom('rater_event')
    .select('action')
    .where('action', 'in', did)
    .orderBy('id')
    .execute();
  expect(events.map((event) => event.action)).toEqual(did);
});

onceTest(
  'a researcher reads everything about a rater and changes nothing; a rater of another study is not there',
  async () => {
    const { site, page, study } = await judged();
    const researcher = await site.visitor('researcher');
    const read = await researcher.page(page);
    expect(read).toContain('3 judgments');
    expect(read).not.toContain('What you can do');
    for (const verb of ['block', 'unblock', 'exclude', 'restore', 'withdraw', 'link'])
      expect((await researcher.post(`${page}/${verb}`, { reason: 'x' }, '/account')).status).toBe(
        403,
      );
    const { database } = site.server.application;
    const other = await buildStudy(database, {
      datasets: [{ name: 'other', examples: plainExamples(1) }],
      now: Date.now(),
    });
    expect((await researcher.request(page.replace(study.public_id, other.public_id))).status).toBe(
      404,
    );
  },
);

test('personal links are shown once, open the consent, and a new one replaces the old one', async () => {
  const { site, admin, href } = await judged();
  const { db } = site.server.application;
  const made = await (await admin.post(`${href}/invitations`, { count: '3' }, href)).text();
  const links = [...made.matchAll(/^(?:<pre[^>]*>)?(r-\d+) {2}(\S+\/r\/[\w-]+)$/gm)].map(
    (match) => ({ rater: match[1] ?? '', path: new URL(match[2] ?? '').pathname }),
  );
  expect(links.map((link) => link.rater)).toEqual(['r-02', 'r-03', 'r-04']);
  const csv = decodeURIComponent(
    /href="data:text\/csv;charset=utf-8,([^"]*)"/.exec(made)?.[1] ?? '',
  );
  expect(csv.split('\r\n')).toHaveLength(5);
  expect(csv.startsWith('rater,link\r\nr-02,http')).toBe(true);
  for (const { path } of links) expect(await admin.read(href)).not.toContain(path);
  const invited = await db.selectFrom('rater').select('state').orderBy('id').execute();
  expect(invited.map((row) => row.state)).toEqual(['consented', 'invited', 'invited', 'invited']);
  const comer = new Visitor(site.address);
  expect((await comer.request(links[0]?.path ?? '')).headers.get('location')).toBe('/consent');
  for (const count of ['0', '501', '2.5', 'many', ''])
    expect((await admin.post(`${href}/invitations`, { count }, href)).status).toBe(422);

  const { public_id: second } = await db
    .selectFrom('rater')
    .select('public_id')
    .where('pseudonym', '=', 'r-02')
    .executeTakeFirstOrThrow();
  const renewed = await (
    await admin.post(`${href}/raters/${second}/link`, {}, `${href}/raters/${second}`)
  ).text();
  const path = new URL(/(http\S+\/r\/[\w-]+)\n/.exec(renewed)?.[1] ?? '').pathname;
  expect((await new Visitor(site.address).request(links[0]?.path ?? '')).status).toBe(404);
  expect((await new Visitor(site.address).request(path)).headers.get('location')).toBe('/consent');
  await admin.post(`${href}/close`, {}, href);
  expect((await admin.post(`${href}/invitations`, { count: '1' }, '/account')).status).toBe(409);
});

test('comments and flags are listed with their raters, and the live part says when the study has changed', async () => {
  const { admin, href } = await judged();
  expect(await admin.read(`${href}/examples?show=commented`)).toContain(
    'A &lt;b&gt;comment&lt;/b&gt;',
  );
  expect(await admin.read(`${href}/examples?show=flagged`)).toContain(
    'Nothing of this kind so far.',
  );
  expect(await admin.read(`${href}/examples?show=unclear`)).toContain('Unclear to everybody');
  expect(await admin.read(`${href}/examples?show=nonsense`)).toContain(
    'Nothing of this kind so far.',
  );
  const live = await admin.read(`${href}/progress?state=open`);
  expect(live).toMatch(/<dd>3 <small>of 6<\/small>/);
  expect(live).not.toContain('<html');
  expect(await admin.read(`${href}/progress?state=paused`)).toContain('data-finished');
});
