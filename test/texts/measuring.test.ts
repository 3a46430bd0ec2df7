import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commands as reportCommands } from '#reports/commands.js';
import { commands as textsCommands } from '#texts/commands.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { fingerprintOf } from '#reports/input/fingerprint.js';
import { readStudyData } from '#reports/input/read.js';
import { datasetsOfStudy, mostTexts, readCorpus } from '#texts/corpus.js';
import { measureStudy, missingTexts } from '#texts/measureStudy.js';
import { storeMeasure } from '#texts/store.js';
import type { Database } from '#storage/database.js';
import { openStudy } from '#studies/opening.js';
import type { Study } from '#studies/study.js';
import { buildDataset, buildStudy, plainExamples } from '../support/builders.js';
import { commandRunner } from '../support/commands.js';
import { onceTest, testDatabase } from '../support/database.js';
import { openSite } from '../support/site.js';
import { questions } from './support.js';

const pair = [
  { source: 'generated', examples: questions(30, { seed: 'made' }) },
  { source: 'human', examples: questions(24, { seed: 'written', opening: 'Concerning' }) },
] as const;

const measureAll = (
  database: Database,
  study: Study,
  options: { again?: boolean; now?: number; signal?: AbortSignal; report?: () => void } = {},
): Promise<number> =>
  measureStudy(database.db, study.public_id, {
    source: null,
    ...options,
    now: () => options.now ?? 7,
  });

test('opening a report has the texts measured once, in the background', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const study = await buildStudy(site.server.application.database, { datasets: pair });
  const researcher = await site.visitor('researcher');
  const path = `/studies/${study.public_id}/report`;
  const [generated] = await datasetsOfStudy(db, study.id);
  const own = `${path}/datasets/${generated?.publicId ?? ''}`;
  const page = await researcher.read(path);
  expect(page).toContain('The texts are being measured: 3 datasets and pairs are still to come');
  expect(page).toContain(`<a href="${path}">Load this page again</a>`);
  // The work may be done before this page comes: it must not begin a second time.
  await researcher.page(own);
  await researcher.request(`${path}.json`);
  await site.idle();
  const after = await researcher.page(own);
  expect(after).not.toContain('being measured');
  expect(after).toContain('None of 30 texts repeats another.');
  expect(await researcher.page(`${path}/pairs/${generated?.publicId ?? ''}`)).toContain(
    `id="map-source-${generated?.publicId ?? ''}-title"`,
  );
  const jobs = await db
    .selectFrom('job')
    .select(['state', 'result', 'progress'])
    .where('kind', '=', 'texts')
    .execute();
  expect(jobs.map(({ state }) => state)).toContain('done');
  expect(
    jobs.reduce(
      (sum, { result }) => sum + Number(/"measured":(\d+)/.exec(result ?? '')?.[1] ?? 0),
      0,
    ),
  ).toBe(3);
  const model = ReportModel.parse(await (await researcher.request(`${path}.json`)).json());
  expect(model.pairs[0]?.texts?.measure.sampled).toEqual({ generated: 30, human: 24 });
  expect(model.methods.join(' ')).toContain('Deerwester');
});

test('what was measured in a draft is what the report of the opened study has', async () => {
  const database = await testDatabase();
  const draft = await buildStudy(database, { datasets: pair, open: false });
  expect(await missingTexts(database.db, draft.id)).toBe(3);
  expect(await measureAll(database, draft)).toBe(3);
  const study = await openStudy(database.db, { study: draft, now: 9, staff: null });
  expect(await missingTexts(database.db, study.id)).toBe(0);
  const { texts } = await readStudyData(database.db, study.public_id);
  expect(texts.pairs[0]?.measure.polarity.verdict).toBe('aligned');
});

test('measures stand in what a report is computed from, and change its fingerprint', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, { datasets: pair });
  const before = await fingerprintOf(database.db, study.public_id);
  expect((await readStudyData(database.db, study.public_id)).texts).toEqual({
    datasets: [null, null],
    pairs: [],
  });
  expect(await missingTexts(database.db, study.id)).toBe(3);
  expect(await measureAll(database, study)).toBe(3);
  expect(await missingTexts(database.db, study.id)).toBe(0);
  expect(await measureAll(database, study)).toBe(0);
  const { texts } = await readStudyData(database.db, study.public_id);
  expect(texts.datasets.map((measure) => measure?.sampled)).toEqual([30, 24]);
  expect(texts.pairs).toMatchObject([
    { generated: 0, human: 1, measure: { polarity: { verdict: 'aligned' } } },
  ]);
  const after = await fingerprintOf(database.db, study.public_id);
  expect(after).not.toBe(before);
  expect(await measureAll(database, study, { again: true, now: 8 })).toBe(3);
  expect((await readStudyData(database.db, study.public_id)).texts).toEqual(texts);
  expect(
    await database.db
      .selectFrom('text_measure')
      .select(['dataset_id', 'counterpart_id', 'sampled', 'computed_at'])
      .execute(),
  ).toHaveLength(3);
});

test('one study serves another on the same datasets, and the newest measure counts', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, { datasets: pair });
  await measureAll(database, study);
  const [generated] = await datasetsOfStudy(database.db, study.id);
  const { texts } = await readStudyData(database.db, study.public_id);
  const [measure] = texts.datasets;
  if (generated === undefined || measure === null || measure === undefined)
    throw new Error('nothing was measured');
  const other = {
    ...measure,
    spread: measure.spread === null ? null : { ...measure.spread, embedding: 'my model' },
  };
  await storeMeasure(
    database.db,
    { datasetId: generated.id, counterpartId: null },
    { measure: other, embedding: 'my model', sampled: 30, now: 9 },
  );
  expect(
    (await readStudyData(database.db, study.public_id)).texts.datasets[0]?.spread?.embedding,
  ).toBe('my model');
  expect(
    await database.db
      .selectFrom('text_measure')
      .select('id')
      .where('dataset_id', '=', generated.id)
      .where('counterpart_id', 'is', null)
      .execute(),
  ).toHaveLength(2);
  await measureAll(database, study, { again: true, now: 10 });
  expect(
    (await readStudyData(database.db, study.public_id)).texts.datasets[0]?.spread?.embedding,
  ).toContain('latent semantic analysis');
});

test('work that was stopped keeps what it has and goes on from there', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, { datasets: pair });
  const controller = new AbortController();
  let units = 0;
  const stopped = measureAll(database, study, {
    signal: controller.signal,
    report: () => {
      units += 1;
      if (units === 2) controller.abort();
    },
  });
  await expect(stopped).rejects.toThrow(/abort/i);
  expect(await missingTexts(database.db, study.id)).toBe(2);
  expect(await measureAll(database, study)).toBe(2);
});

onceTest(
  'of a large set a seeded sample is measured, the same each time, in the order of its lines',
  async () => {
    const database = await testDatabase();
    const publicId = await buildDataset(database.db, { examples: plainExamples(mostTexts + 50) });
    const { id } = await database.db
      .selectFrom('dataset')
      .select('id')
      .where('public_id', '=', publicId)
      .executeTakeFirstOrThrow();
    const corpus = await readCorpus(database.db, { id, publicId, sha256: 'a' });
    const lines = corpus.texts.map(({ line }) => line);
    expect(corpus).toMatchObject({ dataset: publicId, seed: 'a', examples: mostTexts + 50 });
    expect(new Set(lines).size).toBe(mostTexts);
    expect(lines).toEqual(lines.toSorted((one, other) => one - other));
    expect(lines).not.toEqual(Array.from({ length: mostTexts }, (_, index) => index + 1));
    expect(corpus.texts.every(({ line, text }) => text === `Statement ${line}`)).toBe(true);
    expect(await readCorpus(database.db, { id, publicId, sha256: 'a' })).toEqual(corpus);
    expect((await readCorpus(database.db, { id, publicId, sha256: 'b' })).texts).not.toEqual(
      corpus.texts,
    );
  },
);

onceTest(
  'the command line measures before it writes a report, and says what the texts show',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-texts-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const database = await testDatabase();
    const run = commandRunner(database, [...reportCommands, ...textsCommands], {
      ASSAY_DATA: folder,
    });
    const study = await buildStudy(database, { datasets: pair });
    const json = join(folder, 'report.json');
    await run('report', [study.public_id], { out: json });
    const model = ReportModel.parse(JSON.parse(readFileSync(json, 'utf8')));
    expect(model.datasets.map(({ texts }) => texts?.verdict[0])).toEqual([
      'None of 30 texts repeats another.',
      'None of 24 texts repeats another.',
    ]);
    const measured = await run('texts measure', [study.public_id]);
    expect(measured.said).toContain('kind, generated: None of 30 texts repeats another.');
    expect(measured.said).toContain(
      'kind, both sets: A classifier of the label was trained on one set and tried on the other',
    );
    expect(measured.answer).toMatchObject({ study: study.public_id, measured: 3 });
    await expect(run('texts measure', ['none'])).rejects.toMatchObject({ code: 'not_found' });
    const empty = await buildStudy(database, { datasets: [], open: false });
    await expect(run('texts measure', [empty.public_id])).rejects.toMatchObject({
      code: 'no_datasets',
    });
  },
);
