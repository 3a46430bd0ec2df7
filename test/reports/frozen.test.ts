import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { excludeRater, withdrawRater } from '#assignment/revocation.js';
import { ReportFile, verifyReport } from '#reports/frozen/content.js';
import { ReportModel } from '#reports/model/schema.js';
import { openStudy } from '#studies/opening.js';
import { getStudy } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite } from '../support/site.js';
import { judgeAll } from './judging.js';

test('a plan registered before opening is compared with what was done', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const admin = await site.visitor('admin');
  const draft = await buildStudy(database, { datasets: [{ source: 'generated', examples: plainExamples(6, 'Made') }, { source: 'human', examples: plainExamples(6, 'Written') }], settings: { overlap: 2 }, open: false });
  const path = `/studies/${draft.public_id}`;
  expect((await admin.post(`${path}/register`, { questions: 'Is the generated set as good?', exclusionRules: '' }, `${path}/register`)).status).toBe(303);
  const page = await admin.page(`${path}/register`);
  const link = /href="(\/studies\/[^"]+\/registrations\/[^"]+)"/.exec(page)?.[1] ?? '';
  expect(JSON.parse(await admin.page(link))).toMatchObject({ format: 'assay-plan-1', questions: 'Is the generated set as good?', settings: { overlap: 2 }, comparisons: ['kind'] });
  const study = await openStudy(db, { study: draft, now: Date.now(), staff: null });
  expect((await admin.post(`${path}/register`, { questions: 'Late', exclusionRules: '' }, '/account')).status).toBe(409);
  const report = async (): Promise<ReportModel> => ReportModel.parse(await (await admin.request(`${path}/report.json`)).json());
  expect((await report()).study).toMatchObject({ registration: { questions: 'Is the generated set as good?' }, deviations: [] });
  const raters = await buildRaters(database, study, 3);
  await judgeAll(database, raters, ({ label }) => ({ label }));
  await excludeRater(db, { raterId: raters[0]?.id ?? 0, now: 9_000_000, accountId: null, reason: 'careless' });
  const settings = JSON.parse((await getStudy(db, study.id)).settings);
  await db.updateTable('study').set({ settings: JSON.stringify({ ...settings, threshold: 0.8 }) }).where('id', '=', study.id).execute();
  const { deviations } = (await report()).study;
  expect(deviations).toEqual(['Another threshold: 80 % instead of 90 %.', '1 rater was excluded; no rule of exclusion was registered.']);
});

test('a frozen report stays as it was, and every number in it can be computed again', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const researcher = await site.visitor('researcher');
  const study = await buildStudy(database, { datasets: [{ source: 'generated', examples: plainExamples(22, 'Made') }, { source: 'human', examples: plainExamples(22, 'Written') }], settings: { overlap: 3 } });
  const raters = await buildRaters(database, study, 5);
  await judgeAll(database, raters, ({ label, rater, text }) => ({ label: (text.length + rater) % 5 === 0 ? 1 - (label ?? 0) : label, relevance: 3 + ((text.length + rater) % 3) }), { most: 110 });
  const answer = await researcher.post(`/studies/${study.public_id}/report/freeze`, {}, `/studies/${study.public_id}/report`);
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
  expect(verifyReport(changed)).toMatchObject({ holds: false, untouched: false, differences: [{ place: 'datasets.0.label.upheldCount' }] });
  writeFileSync(join(site.folder, 'frozen.json'), JSON.stringify(file));

  await withdrawRater(db, { raterId: raters[0]?.id ?? 0, now: Date.now() + 1000, accountId: null, reason: 'asked' });
  expect((await researcher.request(`${link}/file.json`)).status).toBe(410);
  expect(await researcher.page(link)).toContain('Superseded');
});
