import { sql } from 'kysely';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { getDataset, healthOf, listDatasets } from '#datasets/dataset.js';
import { endCancelled } from '#datasets/imports/cancelled.js';
import { createImport, filesOf, getImport, planOf } from '#datasets/imports/import.js';
import { importFile } from '#datasets/imports/importFile.js';
import { inspectFile } from '#datasets/imports/inspectFile.js';
import { defaultSettings, isComplete } from '#datasets/imports/plan.js';
import { runImport } from '#datasets/imports/runImport.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { buildDataset, plainExamples } from '../../support/builders.js';
import { onceTest, testDatabase } from '../../support/database.js';
import { importContent, lines, riskRow, storedRows, testFolder } from './support.js';

/** An import of these files that waits in the queue; gives what runs it, as a job does. */
async function queued(
  database: Database,
  contents: Readonly<Record<string, string>>,
  folder = testFolder(),
) {
  const { db } = database;
  const files = await Promise.all(
    Object.entries(contents).map(async ([path, content], index) => {
      const file = { path, storedPath: join(folder, String(index)), byteCount: content.length };
      writeFileSync(file.storedPath, content);
      return { ...file, ...(await inspectFile(file)) };
    }),
  );
  const entry = await inTransaction(db, (trx) =>
    createImport(trx, { files, settings: defaultSettings, accountId: null, now: 1 }),
  );
  await db.updateTable('import_file').set({ state: 'queued' }).execute();
  return {
    id: entry.id,
    files: () => filesOf(db, entry.id),
    run: () =>
      runImport(database, entry.id, {
        now: () => 1_000_000,
        signal: new AbortController().signal,
        report: () => undefined,
      }),
  };
}

const shared = lines(riskRow('One?'), riskRow('Two?'));

test('an import whose counterparts could not be marked stays visible, says so, and marks them when it runs again', async () => {
  const database = await testDatabase();
  const { db } = database;
  const human = await importContent(database, {
    path: 'human_generated_evals/x.jsonl',
    content: shared,
  });
  const { health } = await getDataset(db, human.datasetId);
  const setHealth = (text: string | null) =>
    db.updateTable('dataset').set({ health: text }).where('id', '=', human.datasetId).execute();
  await setHealth('unreadable');
  const work = await queued(database, { 'lm_generated_evals/x.jsonl': shared });
  expect(await work.run()).toMatchObject({ imported: 1, refused: 0, examples: 2 });
  const [dataset] = (await listDatasets(db)).filter((listed) => listed.source === 'generated');
  expect(await work.files()).toMatchObject([
    {
      state: 'done',
      dataset_id: dataset?.id,
      message: expect.stringContaining('on its own side alone') as string,
    },
  ]);
  expect((await storedRows(database, dataset?.id ?? 0)).map((row) => row.findings)).toEqual([
    ['in-both-sets'],
    ['in-both-sets'],
  ]);

  await setHealth(health);
  await work.run();
  expect(await work.files()).toMatchObject([
    { state: 'done', dataset_id: dataset?.id, message: null },
  ]);
  expect((await storedRows(database, human.datasetId)).map((row) => row.findings)).toEqual([
    ['in-both-sets'],
    ['in-both-sets'],
  ]);
  expect(healthOf(await getDataset(db, human.datasetId)).findings).toEqual({ 'in-both-sets': 2 });
  expect(
    (await listDatasets(db)).map((listed) => `${listed.source} ${listed.version}`).toSorted(),
  ).toEqual(['generated 1', 'human 1']);
});

test('an import that runs again imports what was left, and nothing twice', async () => {
  const database = await testDatabase();
  const work = await queued(database, {
    'lm_generated_evals/a.jsonl': lines(riskRow('One?')),
    'lm_generated_evals/b.jsonl': lines(riskRow('Two?')),
  });
  const [first] = await work.files();
  // The process died right after the first file was visible: that it is done was stored with it.
  await database.db
    .updateTable('import_file')
    .set({ state: 'left-out' })
    .where('id', '<>', first?.id ?? 0)
    .execute();
  await work.run();
  await database.db
    .updateTable('import_file')
    .set({ state: 'queued' })
    .where('id', '<>', first?.id ?? 0)
    .execute();
  expect(await work.run()).toMatchObject({ imported: 1 });
  expect((await work.files()).map((file) => file.state)).toEqual(['done', 'done']);
  expect(
    (await listDatasets(database.db))
      .map((listed) => `${listed.name} ${listed.version}`)
      .toSorted(),
  ).toEqual(['a 1', 'b 1']);
});

onceTest('a mapping that nobody has confirmed is not imported', async () => {
  const database = await testDatabase();
  const work = await queued(database, { 'b.csv': 'stem,first,second,gold\nWet?,a,b,A\n' });
  const [file] = await work.files();
  if (file === undefined) throw new Error('there is no file');
  await database.db
    .updateTable('import_file')
    .set({ plan: JSON.stringify({ ...planOf(file), source: 'human', confirmed: false }) })
    .execute();
  expect(await work.run()).toMatchObject({ imported: 0, refused: 1 });
  expect((await work.files())[0]?.message).toContain('Nobody has confirmed which column is what');
});

onceTest('only what can still be imported is kept once an import is done', async () => {
  const database = await testDatabase();
  const { db } = database;
  const folder = join(testFolder(), 'uploads', '1');
  mkdirSync(folder, { recursive: true });
  const contents = {
    'lm_generated_evals/a.jsonl': lines(riskRow('One?'), 'broken'),
    'lm_generated_evals/b.jsonl': lines(riskRow('Two?')),
  };
  const work = await queued(database, contents, folder);
  // Nobody can answer for a refused file before that: its upload would be removed under the answer.
  await sql`create unique index no_import_is_done on import (state) where state = 'done'`.execute(
    db,
  );
  await db
    .insertInto('import')
    .values({
      public_id: 'x',
      account_id: null,
      state: 'done',
      settings: '{}',
      job_id: null,
      created_at: 1,
      finished_at: 1,
    })
    .execute();
  await expect(work.run()).rejects.toThrow();
  const kept = (await work.files()).map(({ stored_path: path }) => existsSync(path ?? ''));
  expect(kept).toEqual([true, false]);
});

test('a cancelled import stays cancelled where its job runs again', async () => {
  const database = await testDatabase();
  const { db } = database;
  const work = await queued(database, { 'lm_generated_evals/a.jsonl': lines(riskRow('One?')) });
  // The process stopped right after the import was cancelled in it, and gave the job back.
  await endCancelled(db, work.id, 1);
  await work.run();
  expect((await getImport(db, work.id)).state).toBe('cancelled');
});

test('a dataset and the file that it came from are shown and done at the same moment', async () => {
  const database = await testDatabase();
  const { db } = database;
  const work = await queued(database, { 'lm_generated_evals/a.jsonl': lines(riskRow('One?')) });
  // Whatever keeps the file from being done keeps the dataset out of sight.
  await sql`create unique index no_file_is_done on import_file (state) where state = 'done'`.execute(
    db,
  );
  const other = await queued(database, { 'lm_generated_evals/b.jsonl': lines(riskRow('Two?')) });
  await work.run();
  await other.run();
  expect((await other.files())[0]).toMatchObject({ state: 'failed' });
  expect((await listDatasets(db)).map((listed) => listed.name)).toEqual(['a']);
});

test('an import takes what died out of sight, and leaves its rows to the sweep', async () => {
  const database = await testDatabase();
  const { db } = database;
  for (const behaviour of ['deleted', 'dead'])
    await buildDataset(db, { behaviour, examples: plainExamples(2) });
  const [deleted, dead] = await db.selectFrom('dataset').select('id').orderBy('id').execute();
  const become = (id: number | undefined, state: 'deleted' | 'importing') =>
    db
      .updateTable('dataset')
      .set({ state, alive_at: 1 })
      .where('id', '=', id ?? 0)
      .execute();
  await become(deleted?.id, 'deleted');
  await become(dead?.id, 'importing');
  const work = await queued(database, { 'lm_generated_evals/a.jsonl': lines(riskRow('One?')) });
  await work.run();
  expect((await getDataset(db, dead?.id ?? 0)).state).toBe('deleted');
  expect(await storedRows(database, deleted?.id ?? 0)).toHaveLength(2);
  expect(await storedRows(database, dead?.id ?? 0)).toHaveLength(2);
});

test('an import that two threads run at once shows each file once', async () => {
  const database = await testDatabase();
  const { db } = database;
  const work = await queued(database, {
    'lm_generated_evals/a.jsonl': lines(riskRow('One?')),
    'lm_generated_evals/b.jsonl': lines(riskRow('Two?')),
  });
  const [one, other] = await Promise.all([work.run(), work.run()]);
  expect(one.imported + other.imported).toBe(2);
  expect((await listDatasets(db)).map((dataset) => dataset.name).toSorted()).toEqual(['a', 'b']);
  expect(await work.files()).toMatchObject([
    { state: 'done', message: null },
    { state: 'done', message: null },
  ]);
  expect((await getImport(db, work.id)).state).toBe('done');
});

test('a file that was done in the meantime is not shown again', async () => {
  const database = await testDatabase();
  const { db } = database;
  const content = lines(riskRow('One?'));
  const work = await queued(database, { 'lm_generated_evals/a.jsonl': content });
  const [file] = await work.files();
  const { plan } = await importContent(database, { content });
  if (file?.stored_path == null || !isComplete(plan)) throw new Error('no file');
  const given = {
    path: file.path,
    storedPath: file.stored_path,
    byteCount: file.byte_count,
    plan,
    settings: defaultSettings,
    importFileId: file.id,
    accountId: null,
  };
  const before = await listDatasets(db);
  await db.updateTable('import_file').set({ state: 'done', message: 'as it was' }).execute();
  await expect(
    importFile(database, given, {
      now: () => 1_000_000,
      signal: new AbortController().signal,
      report: () => undefined,
    }),
  ).rejects.toThrow('not being imported any more');
  expect(await listDatasets(db)).toEqual(before);
  expect(await work.files()).toMatchObject([{ state: 'done', message: 'as it was' }]);
});
