import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { getDataset, healthOf, listDatasets } from '#datasets/dataset.js';
import { markCounterparts } from '#datasets/imports/counterparts.js';
import { type ParsedRow, rowParser } from '#datasets/imports/parsing.js';
import { beginVersion, type Version, type VersionFacts } from '#datasets/imports/version.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { openStudy } from '#studies/opening.js';
import { createStudy } from '#studies/study.js';
import { buildDataset, plainExamples } from '../../support/builders.js';
import { engine, testDatabase } from '../../support/database.js';
import { watchStatements } from '../../support/faults.js';
import { openSite } from '../../support/site.js';
import { lines, personaRow, storedRows } from './support.js';

const facts: VersionFacts = {
  name: 'kindness',
  behaviour: 'kind',
  source: 'generated',
  role: 'evaluated',
  family: 'persona',
  mapping: null,
  provenance: { generator: 'a model', prompt: 'Write statements.' },
  file: null,
  accountId: null,
  part: null,
  dropDuplicates: false,
};

const written = [
  personaRow('I help people.'),
  personaRow('I greet [name] by name.', false),
  personaRow('I listen.'),
  personaRow('I help people.'),
];

/** Rows that come from no file, as they are parsed. */
const rowsOf = (texts: readonly string[]): ParsedRow[] => {
  const parse = rowParser(facts, { countRows: true });
  return texts.map((text, index) =>
    parse({ lineNumber: index + 1, raw: Buffer.from(text), value: JSON.parse(text) as unknown }),
  );
};

async function begun(database: Database, of = facts): Promise<Version> {
  const version = await beginVersion(database, of, {
    now: () => 1_000_000,
    signal: new AbortController().signal,
    fixedStep: { rows: 3, bytes: 1e6, pauseMs: 0 },
  });
  onTestFinished(() => version.close());
  return version;
}

test('a version made without a file is shown on its page and sampled by a study', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  await buildDataset(db, { behaviour: 'kind', source: 'human', examples: plainExamples(2) });
  const version = await begun(database);
  await version.write(rowsOf(written));
  await version.finish();
  expect(await listDatasets(db)).toHaveLength(1);
  let noted = '';
  const { dataset } = await version.show(async (_trx, shown) => void (noted = shown.public_id));
  expect(noted).toBe(dataset.public_id);
  expect(await getDataset(db, dataset.id)).toMatchObject({
    state: 'visible',
    version: 1,
    file_name: 'kindness.jsonl',
    format: 'JSONL',
    byte_count: Buffer.byteLength(lines(...written)),
    sha256: createHash('sha256')
      .update(lines(...written))
      .digest('hex'),
    import_file_id: null,
  });
  expect(await storedRows(database, dataset.id)).toMatchObject([
    { line: 1, findings: [], label: 0 },
    { line: 2, findings: ['template-placeholder'], label: 1, doubtful: 1 },
    { line: 3, findings: [] },
    { line: 4, findings: ['duplicate'], doubtful: 1 },
  ]);

  const researcher = await site.visitor('researcher');
  const path = `/datasets/${dataset.public_id}?finding=template-placeholder`;
  const page = (await researcher.page(path)).replaceAll(/\s+/g, ' ');
  for (const words of [
    'version 1 · 4 examples · <code>kindness.jsonl</code>',
    'Template placeholder left in',
    'I greet [name] by name.',
    'Write statements.',
  ])
    expect(page).toContain(words);

  const settings = { datasets: [dataset.public_id], sampleSize: 2, overlap: 1 };
  const draft = await inTransaction(db, (trx) =>
    createStudy(trx, { title: 'Kindness', settings, now: 1, accountId: null }),
  );
  const study = await openStudy(db, { study: draft, now: 2, staff: null });
  const items = await db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select(['text', 'label_confidence'])
    .where('item.study_id', '=', study.id)
    .orderBy('text')
    .execute();
  expect(items).toMatchObject([
    { text: expect.stringContaining('I help people.'), label_confidence: 0.9 },
    { text: expect.stringContaining('I listen.'), label_confidence: 0.9 },
  ]);
});

test('what is stored with the showing fails with it, and a version can be discarded', async () => {
  const database = await testDatabase();
  const version = await begun(database);
  await version.write(rowsOf(written));
  await version.finish();
  await expect(version.show(() => Promise.reject(new Error('no audit')))).rejects.toThrow(
    'no audit',
  );
  expect(await listDatasets(database.db)).toEqual([]);
  await version.discard();
  expect(await storedRows(database, version.datasetId)).toEqual([]);
  expect((await getDataset(database.db, version.datasetId)).state).toBe('deleted');
});

test('a refused version stores no more examples, and its rejected rows are listed', async () => {
  const database = await testDatabase();
  const version = await begun(database);
  await version.write(rowsOf(written));
  version.refuse();
  await version.write(rowsOf(['{"statement":"x"}', ...written]));
  await version.finish();
  expect(version.counts).toEqual({ examples: 4, rejected: 1, dropped: 0 });
  await version.discard();
  expect(
    await database.db.selectFrom('rejected_row').select(['dataset_id', 'code']).execute(),
  ).toMatchObject([{ dataset_id: version.datasetId }]);
});

test('a version is shown whole and once, and a refused one not at all', async () => {
  const database = await testDatabase();
  const version = await begun(database);
  await version.write(rowsOf(written));
  await expect(version.show(() => Promise.reject(new Error('no audit')))).rejects.toThrow(
    'no audit',
  );
  const { dataset } = await version.show(async () => undefined);
  expect(dataset).toMatchObject({ state: 'visible', example_count: 4 });
  expect(dataset.sha256).toBe(
    createHash('sha256')
      .update(lines(...written))
      .digest('hex'),
  );
  expect(await storedRows(database, dataset.id)).toHaveLength(4);
  await expect(version.show(async () => undefined)).rejects.toThrow('shown already');
  const refused = await begun(database);
  await refused.write(rowsOf(written));
  refused.refuse();
  await expect(refused.show(async () => undefined)).rejects.toThrow('refused');
  expect(await listDatasets(database.db)).toHaveLength(1);
});

test.runIf(engine() === 'postgres')(
  'a version whose showing was stored and not confirmed is shown once',
  async () => {
    const database = await testDatabase();
    const version = await begun(database);
    await version.write(rowsOf(written));
    const faults = watchStatements();
    let noted = 0;
    const { dataset } = await version.show(async () => {
      noted += 1;
      faults.arm({ fault: 'cut-after', at: 1, from: 'once', matching: /^commit/ });
    });
    faults.disarm();
    expect(faults.fired).toBe(1);
    expect(noted).toBe(1);
    expect(await getDataset(database.db, dataset.id)).toEqual(dataset);
    expect(dataset).toMatchObject({ state: 'visible', version: 1, example_count: 4 });
  },
);

test('two versions that become visible at the same moment mark the rows that they share', async () => {
  const database = await testDatabase();
  const { signal } = new AbortController();
  const compared = [new AbortController(), new AbortController()];
  const show = async (source: VersionFacts['source'], index: number): Promise<number> => {
    const file = {
      name: 'x.jsonl',
      format: 'JSONL',
      byteCount: 1,
      importFileId: null,
      // Both have compared themselves with what is visible before either is shown.
      async sha256() {
        compared[index]?.abort();
        for (const other of compared) if (!other.signal.aborted) await once(other.signal, 'abort');
        return 'x';
      },
    };
    const version = await begun(database, { ...facts, source, file });
    await version.write(rowsOf(written.slice(0, 2)));
    const shown = await version.show(async () => undefined);
    expect(await markCounterparts(database.db, version.pace, shown, { signal })).toBeNull();
    return version.datasetId;
  };
  for (const id of await Promise.all([show('generated', 0), show('human', 1)])) {
    expect((await storedRows(database, id)).map((row) => row.findings)).toEqual([
      ['in-both-sets'],
      ['in-both-sets', 'template-placeholder'],
    ]);
    expect(healthOf(await getDataset(database.db, id)).findings).toMatchObject({
      'in-both-sets': 2,
    });
  }
});
