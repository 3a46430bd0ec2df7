import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { excludeRater, withdrawRater } from '#assignment/revocation.js';
import { ReportFile, verifyReport } from '#reports/frozen/content.js';
import { requireFrozen } from '#reports/frozen/frozen.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { openStudy } from '#studies/opening.js';
import { getStudy } from '#studies/study.js';
import { up as rememberRaters } from '../../migrations/0011_frozen_raters.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { openSite } from '../support/site.js';
import { freeze } from './freezing.js';
import { judgeAll } from './judging.js';

// `onceTest`: computing a stored report again: the others do so as well, with smaller ones.

onceTest('a plan registered before opening is compared with what was done', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const admin = await site.visitor('admin');
  const draft = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(6, 'Made') },
      { source: 'human', examples: plainExamples(6, 'Written') },
    ],
    settings: { overlap: 2 },
    open: false,
  });
  const path = `/studies/${draft.public_id}`;
  expect(
    (
      await admin.post(
        `${path}/register`,
        { questions: 'Is the generated set as good?', exclusionRules: '' },
        `${path}/register`,
      )
    ).status,
  ).toBe(303);
  const page = await admin.page(`${path}/register`);
  const link = /href="(\/studies\/[^"]+\/registrations\/[^"]+)"/.exec(page)?.[1] ?? '';
  expect(JSON.parse(await admin.page(link))).toMatchObject({
    format: 'assay-plan-1',
    questions: 'Is the generated set as good?',
    settings: { overlap: 2 },
    comparisons: ['kind'],
  });
  const study = await openStudy(db, { study: draft, now: Date.now(), staff: null });
  expect(
    (await admin.post(`${path}/register`, { questions: 'Late', exclusionRules: '' }, '/account'))
      .status,
  ).toBe(409);
  const report = async (): Promise<ReportModel> =>
    ReportModel.parse(await (await admin.request(`${path}/report.json`)).json());
  expect((await report()).study).toMatchObject({
    registration: { questions: 'Is the generated set as good?' },
    deviations: [],
  });
  const raters = await buildRaters(database, study, 3);
  await judgeAll(database, raters, ({ label }) => ({ label }));
  await excludeRater(db, {
    raterId: raters[0]?.id ?? 0,
    now: 9_000_000,
    accountId: null,
    reason: 'careless',
  });
  const settings = JSON.parse((await getStudy(db, study.id)).settings);
  await db
    .updateTable('study')
    .set({ settings: JSON.stringify({ ...settings, threshold: 0.8 }) })
    .where('id', '=', study.id)
    .execute();
  const { deviations } = (await report()).study;
  expect(deviations).toEqual([
    'Another threshold: 80 % instead of 90 %.',
    '1 rater was excluded; no rule of exclusion was registered.',
  ]);
});

onceTest(
  'a frozen report stays as it was, and every number in it can be computed again',
  async () => {
    const site = await openSite();
    const { database, db } = site.server.application;
    const researcher = await site.visitor('researcher');
    const study = await buildStudy(database, {
      datasets: [
        { source: 'generated', examples: plainExamples(22, 'Made') },
        { source: 'human', examples: plainExamples(22, 'Written') },
      ],
      settings: { overlap: 3 },
    });
    const raters = await buildRaters(database, study, 5);
    await judgeAll(
      database,
      raters,
      ({ label, rater, text }) => ({
        label: (text.length + rater) % 5 === 0 ? 1 - (label ?? 0) : label,
        relevance: 3 + ((text.length + rater) % 3),
      }),
      { most: 110 },
    );
    const answer = await researcher.post(
      `/studies/${study.public_id}/report/freeze`,
      {},
      `/studies/${study.public_id}/report`,
    );
    const link = answer.headers.get('location') ?? '';
    expect(link).toMatch(/^\/reports\//);
    const before = await researcher.page(link);
    const file: unknown = await (await researcher.request(`${link}/file.json`)).json();
    const verification = verifyReport(file);
    expect(verification).toMatchObject({ holds: true, untouched: true, differences: [] });
    expect(verification.numbers).toBeGreaterThan(300);

    await judgeAll(database, raters, ({ label }) => ({ label }));
    const strip = (html: string): string => html.replaceAll(/name="csrf" value="[^"]*"/g, '');
    expect(strip(await researcher.page(link))).toBe(strip(before));

    const changed = ReportFile.parse(structuredClone(file));
    const [dataset] = changed.model.datasets;
    if (dataset?.label !== null && dataset?.label !== undefined) dataset.label.upheldCount += 1;
    expect(verifyReport(changed)).toMatchObject({
      holds: false,
      untouched: false,
      differences: [{ place: 'datasets.0.label.upheldCount' }],
    });
    writeFileSync(join(site.folder, 'frozen.json'), JSON.stringify(file));

    await withdrawRater(db, {
      raterId: raters[0]?.id ?? 0,
      now: Date.now() + 1000,
      accountId: null,
      reason: 'asked',
    });
    expect((await researcher.request(`${link}/file.json`)).status).toBe(410);
    expect(await researcher.page(link)).toContain('Superseded');
  },
);

test('a rater whose judgments a frozen report does not hold withdraws without any change to it', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const researcher = await site.visitor('researcher');
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(6) }],
    settings: { overlap: 3 },
  });
  const raters = await buildRaters(database, study, 4);
  const withdraw = (rater: number, now = Date.now()): Promise<unknown> =>
    withdrawRater(db, { raterId: raters[rater]?.id ?? 0, now, accountId: null, reason: 'asked' });
  await judgeAll(database, raters.slice(0, 3), ({ label, rater }) => ({
    label,
    relevance: 2 + rater,
    comment: `Words of rater ${rater}`,
  }));
  await excludeRater(db, {
    raterId: raters[1]?.id ?? 0,
    now: 9_000_000,
    accountId: null,
    reason: 'careless',
  });
  await withdraw(2);
  const link = await freeze(researcher, study);

  await judgeAll(
    database,
    raters.slice(3),
    ({ label }) => ({ label, comment: 'Words of a newcomer' }),
    { most: 1 },
  );
  await withdraw(3);
  expect(await researcher.page(link)).not.toContain('Superseded');
  const answer = await researcher.request(`${link}/file.json`);
  expect(answer.status).toBe(200);
  const file = ReportFile.parse(await answer.json());
  expect(verifyReport(file)).toMatchObject({ holds: true, untouched: true });
  expect(file.data.judgments.map(({ standing }) => standing).toSorted()).toEqual(
    ['blanked', 'counted', 'excluded'].flatMap((standing) =>
      Array.from({ length: 6 }, () => standing),
    ),
  );
  expect(
    [
      ...new Set(file.data.judgments.map(({ comment, relevance }) => `${comment} ${relevance}`)),
    ].toSorted(),
  ).toEqual(['Words of rater 0 2', 'null 3', 'null null']);

  // As it is where somebody withdraws after the data was read and before the report was stored.
  await withdraw(0, (await requireFrozen(db, link.slice('/reports/'.length))).frozen_at - 1);
  expect((await researcher.request(`${link}/file.json`)).status).toBe(410);
  expect(await researcher.page(link)).toContain('Superseded');
  const next = await freeze(researcher, study);
  expect((await researcher.request(`${next}/file.json`)).status).toBe(200);

  // An excluded rater's answers are in it: what would be found with them is said.
  await withdraw(1);
  expect((await researcher.request(`${next}/file.json`)).status).toBe(410);
});

test('a superseded report keeps its numbers and gives out no comment and no single rating, on any page and in its file', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const researcher = await site.visitor('researcher');
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(3) }],
    settings: { overlap: 2 },
  });
  const raters = await buildRaters(database, study, 2);
  await judgeAll(
    database,
    raters,
    ({ rater }) => ({ label: rater, relevance: 1 + rater, comment: `Words of rater ${rater}` }),
    { most: 5 },
  );
  const link = await freeze(researcher, study);
  const file = ReportFile.parse(await (await researcher.request(`${link}/file.json`)).json());
  const addresses = [`${link}/datasets/${file.model.datasets[0]?.id ?? ''}`, `${link}/report.html`];
  const ratings = /relevance (?:1, 2|2, 1)/;
  const alone = '<td class="number">0 of 1</td><td class="number">1.0</td>';
  for (const address of addresses) {
    const page = await researcher.read(address);
    for (const said of ['Words of rater 0', 'Words of rater 1', alone])
      expect(page).toContain(said);
    expect(page).toMatch(ratings);
    expect(page).not.toContain('Superseded');
  }

  await withdrawRater(db, {
    raterId: raters[0]?.id ?? 0,
    now: Date.now(),
    accountId: null,
    reason: 'asked',
  });
  for (const address of addresses) {
    const page = await researcher.read(address);
    expect(page).not.toMatch(ratings);
    for (const gone of ['Words of rater', alone]) expect(page).not.toContain(gone);
    for (const kept of [
      'Superseded',
      'Upheld by strict majority',
      'No answer has a majority',
      '<td class="number">0 of 2</td><td class="number">1.5</td>',
    ])
      expect(page).toContain(kept);
  }
  expect(await researcher.page(link)).not.toContain('Words of rater');
});

test('reports that were frozen before anybody wrote down whose answers they hold are looked through', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const researcher = await site.visitor('researcher');
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    settings: { overlap: 2 },
  });
  const raters = await buildRaters(database, study, 4);
  await judgeAll(database, raters.slice(0, 2), ({ label }) => ({ label }));
  await withdrawRater(db, {
    raterId: raters[0]?.id ?? 0,
    now: 9_000_000,
    accountId: null,
    reason: 'asked',
  });
  await judgeAll(database, raters.slice(2, 3), ({ label }) => ({ label }), { most: 1 });
  await freeze(researcher, study);
  const written = (): Promise<unknown> =>
    db.selectFrom('frozen_report_rater').selectAll().orderBy('rater_id').execute();
  const before = await written();
  expect(before).toMatchObject([{ rater_id: raters[1]?.id }, { rater_id: raters[2]?.id }]);
  await sql`drop table frozen_report_rater`.execute(db);
  await rememberRaters(db as Parameters<typeof rememberRaters>[0]);
  expect(await written()).toEqual(before);
});
