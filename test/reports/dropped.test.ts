import { expect, test } from 'vitest';
import { withoutDropped } from '#reports/input/validated.js';
import { readStudyData } from '#reports/input/read.js';
import { ReportModel } from '#reports/model/schema/report.js';
import type { StudyData } from '#reports/input/data.js';
import type { Study } from '#studies/study.js';
import { type BuiltDataset, buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { openSite, type Site } from '../support/site.js';
import { judgeAll } from './judging.js';
import { reportOf } from './pairs.js';

const published = {
  generation: 'g',
  publication: 'p',
  purpose: 'To see whether it works.',
  responsible: 'Ada Lovelace',
};
const kept: BuiltDataset = { name: 'Kind', part: 'kept', provenance: published, examples: [] };

/** A pair, with what the generation dropped between its halves; every dropped label is overruled. */
async function judged(): Promise<{ site: Site; study: Study; data: StudyData }> {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [
      { ...kept, examples: plainExamples(12, 'Kept') },
      {
        ...kept,
        name: 'Kind (dropped)',
        part: 'dropped',
        examples: plainExamples(9, 'Dropped').map((one) => ({ ...one, confidence: 0.3 })),
      },
      { name: 'Kind', source: 'human', examples: plainExamples(12, 'Written') },
    ],
    settings: { overlap: 2 },
  });
  await judgeAll(database, await buildRaters(database, study, 4), ({ label, text }) => ({
    label: text.startsWith('Dropped') ? 1 - (label ?? 0) : label,
  }));
  return { site, study, data: await readStudyData(database.db, study.public_id) };
}

test('what was dropped is in no set, pair, table, card or download of a report', async () => {
  const { site, study, data } = await judged();
  const dropped = data.datasets.find(({ part }) => part === 'dropped')?.publicId ?? '';
  const visitor = await site.visitor('researcher');
  const at = `/studies/${study.public_id}`;
  const report = ReportModel.parse(await (await visitor.request(`${at}/report.json`)).json());
  expect(report.datasets.map(({ source, items }) => [source, items])).toEqual([
    ['generated', 12],
    ['human', 12],
  ]);
  expect(report.pairs).toHaveLength(1);
  expect(report.totals).toMatchObject({
    items: 24,
    counted: 48,
    dropped: { items: 9, counted: 18 },
  });
  for (const { label } of report.datasets) expect(label?.upheld.value).toBe(1);
  for (const path of [
    `${at}/report/datasets/${dropped}`,
    `${at}/datasets/${dropped}`,
    `${at}/datasets/${dropped}/publications/card`,
    `${at}/datasets/${dropped}/publications/croissant`,
  ])
    expect([path, (await visitor.request(path)).status]).toEqual([path, 404]);
  const beside = data.datasets.find(({ part }) => part === 'kept')?.publicId ?? '';
  for (const name of ['card', 'croissant'])
    expect(await visitor.page(`${at}/datasets/${beside}/publications/${name}`)).toMatch(
      /To see whether it works\.[\s\S]*Ada Lovelace/,
    );
  const api = await fetch(`${site.address}/api/v1${at}/datasets/${dropped}`, {
    headers: { authorization: `Bearer ${site.token}` },
  });
  expect(api.status).toBe(404);
  for (const path of [
    `${at}/report.html`,
    `${at}/publications/datasets-csv`,
    `${at}/publications/heds`,
  ]) {
    const response = await visitor.request(path);
    expect([path, response.status]).toEqual([path, 200]);
    const text = await response.text();
    for (const mark of ['(dropped)', dropped]) expect(text).not.toContain(mark);
  }
});

onceTest('a report is the same with and without what was dropped', async () => {
  const { data } = await judged();
  const validated = withoutDropped(data);
  expect(validated.datasets.map(({ part }) => part)).toEqual(['kept', null]);
  expect(new Set(validated.items.map(({ dataset }) => dataset))).toEqual(new Set([0, 1]));
  expect(validated.items.some(({ text }) => text.startsWith('Dropped'))).toBe(false);
  expect(validated.judgments).toHaveLength(48);
  expect(Math.max(...validated.judgments.map(({ item }) => item))).toBe(23);
  expect(withoutDropped(validated)).toBe(validated);
  // Only what is said of the discriminator may rest on what was dropped.
  const withoutConfidence = (report: ReportModel) => ({
    ...report,
    datasets: report.datasets.map((section) => ({ ...section, confidence: null })),
    methods: [],
    totals: { ...report.totals, dropped: null },
  });
  expect(withoutConfidence(reportOf(data))).toEqual(withoutConfidence(reportOf(validated)));
});
