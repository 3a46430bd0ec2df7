import { expect, test } from 'vitest';
import { Mapping } from '#datasets/examples/mapping.js';
import { healthOf } from '#datasets/dataset.js';
import { detectorVersion } from '#datasets/findings/findings.js';
import { paceFor } from '#datasets/imports/pace.js';
import { recheckDataset } from '#datasets/imports/recheck.js';
import { testDatabase } from '../../support/database.js';
import { openSite } from '../../support/site.js';
import { importContent, lines, personaRow, riskRow } from './support.js';

const rows = lines(
  personaRow('I like quiet rooms […] and soft light'),
  personaRow('I like maps'),
  personaRow('I like maps'),
  personaRow('I trust the laws that hold here in the U.S'),
);

test('a dataset that an earlier version checked is checked again, and comparisons stay', async () => {
  const database = await testDatabase();
  const { db } = database;
  const { datasetId } = await importContent(database, { content: rows });
  const imported = await db
    .selectFrom('dataset')
    .selectAll()
    .where('id', '=', datasetId)
    .executeTakeFirstOrThrow();
  expect(imported.detector).toBe(detectorVersion);
  const state = async () => ({
    findings: await db
      .selectFrom('example_finding')
      .innerJoin('example', 'example.id', 'example_finding.example_id')
      .select(['line_number', 'finding', 'detail'])
      .orderBy('line_number')
      .execute(),
    doubtful: await db
      .selectFrom('example')
      .select(['line_number', 'doubtful'])
      .orderBy('line_number')
      .execute(),
    dataset: await db
      .selectFrom('dataset')
      .select(['detector', 'health'])
      .where('id', '=', datasetId)
      .executeTakeFirstOrThrow(),
  });
  const before = await state();
  expect(before.findings.map(({ finding }) => finding)).toEqual([
    'generator-residue',
    'duplicate',
    'truncated',
  ]);
  // As an earlier version left it: one finding not known, one that is found no more.
  await db.deleteFrom('example_finding').where('finding', '=', 'generator-residue').execute();
  await db
    .updateTable('example_finding')
    .set({ finding: 'label-hint' })
    .where('finding', '=', 'truncated')
    .execute();
  await db.updateTable('example').set({ doubtful: 0 }).where('line_number', '=', 1).execute();
  await db.updateTable('example').set({ doubtful: 1 }).where('line_number', '=', 4).execute();
  await db.updateTable('dataset').set({ detector: 1 }).where('id', '=', datasetId).execute();
  await recheckDataset(db, imported, {
    pace: paceFor(db, Date.now, { rows: 2, bytes: 1000, pauseMs: 0 }),
  });
  const after = await state();
  expect({ ...after, dataset: after.dataset.detector }).toEqual({
    ...before,
    dataset: detectorVersion,
  });
  expect(healthOf(after.dataset)).toEqual(healthOf(before.dataset));
});

test('doubts about a block of choices are found again, in JSON and in a table', async () => {
  const database = await testDatabase();
  const { db } = database;
  const block = 'Question: One?\n (A) first\n (B) second\n\nSomebody wrote this.';
  const { datasetId: json } = await importContent(database, {
    content: lines(
      riskRow('Two?'),
      JSON.stringify({ question: block, answer_matching_behavior: ' (A)' }),
    ),
  });
  const { datasetId: table } = await importContent(database, {
    path: 'lm_generated_evals/table.csv',
    content: `id,prompt,label\n1,"${block}",A\n`,
    plan: {
      mapping: Mapping.parse({
        text: 'prompt',
        choices: { kind: 'block' },
        label: 'label',
        confidence: null,
      }),
    },
  });
  for (const id of [json, table]) {
    const found = () =>
      db.selectFrom('example_finding').selectAll().where('dataset_id', '=', id).execute();
    const before = await found();
    expect(before.map(({ finding }) => finding)).toEqual(['text-after-choices']);
    const dataset = await db
      .selectFrom('dataset')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    await recheckDataset(db, dataset, { pace: paceFor(db, Date.now) });
    expect(await found()).toEqual(before);
  }
});

test('what was found in other columns of a table stays where a row is checked again', async () => {
  const database = await testDatabase();
  const { db } = database;
  const { datasetId } = await importContent(database, {
    path: 'lm_generated_evals/same.csv',
    content:
      'question,statement,answer_matching_behavior,answer_not_matching_behavior\n' +
      'Would you say it?,I like rain., Yes, Yes\n',
  });
  const found = () => db.selectFrom('example_finding').selectAll().execute();
  const before = await found();
  expect(before.map(({ finding }) => finding)).toEqual(['same-answers']);
  const dataset = await db
    .selectFrom('dataset')
    .selectAll()
    .where('id', '=', datasetId)
    .executeTakeFirstOrThrow();
  await recheckDataset(db, dataset, { pace: paceFor(db, Date.now) });
  expect(await found()).toEqual(before);
});

test('the page of a dataset says that more is checked now, and checks again', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const admin = await site.visitor('admin');
  const href = await admin.upload({ 'lm_generated_evals/rules.jsonl': rows });
  await admin.post(href, { goodRows: 'no', dropDuplicates: 'no', action: 'start' }, href);
  await site.idle();
  const { public_id: id } = await db
    .selectFrom('dataset')
    .select('public_id')
    .executeTakeFirstOrThrow();
  expect(await admin.page(`/datasets/${id}`)).not.toContain('Check again');
  await db.updateTable('dataset').set({ detector: 1 }).execute();
  await db.deleteFrom('example_finding').execute();
  expect(await admin.page(`/datasets/${id}`)).toContain('Check again');
  expect((await admin.post(`/datasets/${id}/check`, {}, `/datasets/${id}`)).status).toBe(303);
  await site.idle();
  const page = await admin.page(`/datasets/${id}`);
  expect(page).not.toContain('Check again');
  expect(page).toContain('Left over from generation');
});
