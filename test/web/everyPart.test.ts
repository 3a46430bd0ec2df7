import { expect, test } from 'vitest';
import { publications } from '#reports/publication/publications.js';
import { PowerAnswer } from '#studies/power/schema.js';
import { freeze } from '../reports/freezing.js';
import { judgeAll } from '../reports/judging.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { describeInBrowser } from '../support/browser.js';
import { begin, sendBy, studySite } from '../support/ratingInBrowser.js';
import { openSite } from '../support/site.js';

// What is tested thoroughly on SQLite alone (vitest.config.mjs lists it) is gone through once here,
// on PostgreSQL; the demonstration does the same for simulated raters.

test('a judged study has its report, every file of it, every plot, and a forecast', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(20, 'Made') },
      { source: 'human', examples: plainExamples(20, 'Written') },
    ],
    settings: { overlap: 3, sampleSize: 20 },
  });
  await judgeAll(database, await buildRaters(database, study, 4), ({ label, rater, text }) => ({
    label,
    relevance: 2 + ((text.length + rater) % 3),
  }));
  const visitor = await site.visitor('researcher');
  const base = `/studies/${study.public_id}`;
  const report = await visitor.page(`${base}/report`);
  expect(report).toContain('Labels upheld per dataset');
  const [dataset = ''] = (
    await database.db.selectFrom('dataset').select('public_id').orderBy('id').execute()
  ).map(({ public_id }) => public_id);
  const paths = [
    '/report.html',
    '/report.json',
    '/tables?format=csv',
    '/tables?format=parquet',
    `/report/datasets/${dataset}`,
    `/report/pairs/${dataset}`,
    `/datasets/${dataset}`,
    '/report/plots/agreement-plot.svg',
    '/report/plots/agreement-plot.png',
    ...publications.map(({ name, scope }) =>
      scope === 'study' ? `/publications/${name}` : `/datasets/${dataset}/publications/${name}`,
    ),
  ];
  for (const path of paths) {
    const answer = await visitor.request(`${base}${path}`);
    expect([path, answer.status, (await answer.arrayBuffer()).byteLength > 200]).toEqual([
      path,
      200,
      true,
    ]);
  }
  const frozen = await freeze(visitor, study);
  for (const path of ['', '/file.json', '/report.html', '/plots/agreement-plot.png']) {
    const answer = await visitor.request(`${frozen}${path}`);
    expect([path, answer.status]).toEqual([path, 200]);
  }
  const draft = await buildStudy(database, {
    datasets: [{ name: 'planned', behaviour: 'planned', examples: plainExamples(20) }],
    open: false,
  });
  const forecast = await fetch(
    `${site.address}/api/v1/studies/${draft.public_id}/power?pilot=${study.public_id}&runs=100`,
    { headers: { authorization: `Bearer ${site.token}` } },
  );
  expect(PowerAnswer.safeParse(await forecast.json()).success).toBe(true);
});

describeInBrowser('a rater in a browser', (use) => {
  test('rates a study to its end', async () => {
    const { link, db } = await studySite({}, 1);
    const page = await begin(await use.newContext(), link);
    for (let turn = 0; turn < 2; turn += 1) {
      await page.locator('fieldset.choices.active').waitFor();
      await page.keyboard.press('Digit2');
      await page.locator('fieldset.scale.active').waitFor();
      await (turn === 0 ? sendBy(page, ['Digit4']) : page.keyboard.press('Digit4'));
    }
    await page.getByRole('heading', { name: 'You are done' }).waitFor();
    expect(await db.selectFrom('judgment').select('relevance').execute()).toEqual([
      { relevance: 4 },
      { relevance: 4 },
    ]);
  });
});
