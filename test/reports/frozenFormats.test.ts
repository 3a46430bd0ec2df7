import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { verifyReport } from '#reports/frozen/content.js';
import { formatOf, readReport } from '#reports/frozen/formats/formats.js';
import { Form } from '#studies/form.js';
import { questionTypeNames } from '#studies/questions/types.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { freeze, walked } from './freezing.js';
import { fixture, writeFrozenRows } from './frozenRows.js';
import { judgeAll } from './judging.js';

const everyType = Form.parse({
  preset: 'every type',
  questions: [
    { id: 'label', type: 'label', wording: 'Which answer is right?' },
    { id: 'ambiguous', type: 'ambiguous', wording: 'Unclear' },
    { id: 'relevance', type: 'relevance', wording: 'Is it relevant?' },
    { id: 'fluent', type: 'yes-no', wording: 'Is it fluent?' },
    { id: 'topic', type: 'choice', wording: 'What is it about?', options: ['Work', 'Home'] },
    { id: 'faults', type: 'several', wording: 'Which faults?', options: ['Typos', 'Bias'] },
    { id: 'length', type: 'scale', wording: 'How long is it?', from: 1, to: 5 },
    { id: 'remark', type: 'text', wording: 'Anything else?' },
  ],
});

/** A frozen report of a study whose form asks a question of every type. */
async function frozen(): Promise<{ site: Site; visitor: Visitor; link: string }> {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    settings: { overlap: 2 },
    form: everyType,
  });
  const raters = await buildRaters(database, study, 2);
  await judgeAll(database, raters, ({ label, rater }) => ({
    label,
    others: {
      fluent: rater === 0,
      topic: 'Home',
      faults: rater === 0 ? ['Typos', 'Bias'] : [],
      length: 2 + rater,
      remark: 'Fine',
    },
  }));
  const visitor = await site.visitor('researcher');
  return { site, visitor, link: await freeze(visitor, study) };
}

test('a report with questions of every type is read by the reader of the format that it names', async () => {
  expect(everyType.questions.map(({ type }) => type).toSorted()).toEqual(
    [...questionTypeNames].toSorted(),
  );
  const { site, visitor, link } = await frozen();
  const { db } = site.server.application;
  const { content, format } = await db
    .selectFrom('frozen_report')
    .select(['content', 'format'])
    .executeTakeFirstOrThrow();
  const file = JSON.parse(String(gunzipSync(content)));
  expect(formatOf(file)).toBe(format);
  const { model, data } = file;
  expect(readReport(file)).toEqual({ model, data });
  expect(model.datasets[0].others).toHaveLength(5);
  expect(verifyReport(file)).toMatchObject({ holds: true, untouched: true });

  // Without its stored files it is opened through that reader.
  const before = await walked(visitor, link);
  await db.deleteFrom('frozen_file').execute();
  expect([...(await walked(visitor, link)).keys()]).toEqual([...before.keys()]);
});

test('a report that is not what its format says is answered as one that cannot be read', async () => {
  const { site, visitor, link } = await frozen();
  const { db } = site.server.application;
  const { content } = await db
    .selectFrom('frozen_report')
    .select('content')
    .executeTakeFirstOrThrow();
  const file = JSON.parse(String(gunzipSync(content)));
  file.model.totals.novel = 1;
  await db
    .updateTable('frozen_report')
    .set({ content: gzipSync(JSON.stringify(file)) })
    .execute();
  await db.deleteFrom('frozen_file').execute();
  const page = await visitor.request(link);
  expect(page.status).toBe(409);
  expect((await page.text()).replaceAll(/\s+/g, ' ')).toContain('before its pages and files');
});

// A small report with questions of every type, frozen in the format assay-report-2, and the rows of
// its study and of itself as they stood in the database, without its files.
const golden = 'frozen-assay-report-2.json';
const rows = 'frozen-assay-report-2.rows.json';

test('a report in the format assay-report-2 is read, opened and downloaded', async () => {
  const file = JSON.parse(fixture(golden));
  const { model, data } = file;
  expect([file.format, model.format]).toEqual(['assay-report-file-3', 'assay-report-2']);
  expect(readReport(file)).toMatchObject({ model, data });

  const site = await openSite();
  const id = await writeFrozenRows(site.server.application.db, rows);
  const found = await walked(await site.visitor('researcher'), `/reports/${id}`);
  expect(String(found.get(`/reports/${id}/file.json`))).toBe(fixture(golden));
  expect(JSON.parse(String(found.get(`/reports/${id}/report.json`)))).toMatchObject(model);
  expect(String(found.get(`/reports/${id}`)).replaceAll(/\s+/g, ' ')).toContain(
    'can be verified by version 0.1.0 of Assay, which froze it',
  );
  expect(found.size).toBeGreaterThan(20);
});

// A generated and a human-written set of 20 examples, judged by four raters, without texts.
test('a report in the format assay-report-3 is read and verified', () => {
  const file = JSON.parse(fixture('frozen-assay-report-3.json'));
  const { model, data } = file;
  expect([file.format, model.format]).toEqual(['assay-report-file-4', 'assay-report-3']);
  expect(readReport(file)).toEqual({ model, data });
  expect(verifyReport(file)).toMatchObject({ holds: true, untouched: true });
  expect(model.pairs[0].sensitivity).toHaveLength(3);
});
