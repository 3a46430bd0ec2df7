import { expect, test } from 'vitest';
import { listDatasets } from '#datasets/dataset.js';
import { sweepImports } from '#datasets/imports/discard.js';
import { testDatabase } from '../../support/database.js';
import { importContent, lines, personaRow, rejectedRows } from './support.js';

const many = (count: number): string =>
  lines(...Array.from({ length: count }, (_, index) => personaRow(`statement ${index}`)));
const examples = async ({ db }: Awaited<ReturnType<typeof testDatabase>>): Promise<number> =>
  (await db.selectFrom('example').select('id').execute()).length;

test('one rejected row keeps the whole file out, and every rejected row is listed', async () => {
  const database = await testDatabase();
  const result = await importContent(database, {
    content: `${many(2500)}not json\n${many(10)}{"question": 7}\n`,
  });
  expect(result).toMatchObject({ outcome: 'refused', examples: 0, rejected: 2 });
  expect(await listDatasets(database.db)).toEqual([]);
  expect(await examples(database)).toBe(0);
  expect((await rejectedRows(database, result.datasetId)).map((row) => row.line_number)).toEqual([
    2501, 2512,
  ]);
});

test('a cancelled import leaves nothing', async () => {
  const database = await testDatabase();
  const controller = new AbortController();
  await expect(
    importContent(database, {
      content: many(12_000),
      context: { signal: controller.signal, report: () => controller.abort() },
    }),
  ).rejects.toThrow(/abort/i);
  expect(await listDatasets(database.db)).toEqual([]);
  expect(await examples(database)).toBe(0);
});

test('an import that died leaves an invisible version, which the next start sweeps', async () => {
  const database = await testDatabase();
  const controller = new AbortController();
  // A process that stops leaves its rows for the sweep.
  await expect(
    importContent(database, {
      content: many(12_000),
      context: {
        signal: controller.signal,
        report: () => controller.abort(),
        shouldDiscard: () => Promise.resolve(false),
      },
    }),
  ).rejects.toThrow(/abort/i);
  expect(await listDatasets(database.db)).toEqual([]);
  expect(await examples(database)).toBeGreaterThan(0);
  // However wrong the clock of the machine that imported: its last sign of life is seconds old.
  const { signal } = new AbortController();
  const sweep = { now: Date.now, signal };
  expect(await sweepImports(database.db, sweep)).toBe(0);
  await database.db
    .updateTable('dataset')
    .set((eb) => ({ alive_at: eb('alive_at', '-', 61_000) }))
    .execute();
  await expect(
    sweepImports(database.db, { now: Date.now, signal: AbortSignal.abort() }),
  ).rejects.toThrow(/abort/i);
  expect(await examples(database)).toBeGreaterThan(0);
  expect(await sweepImports(database.db, sweep)).toBe(0);
  expect(await examples(database)).toBe(0);
  expect(await database.db.selectFrom('dataset').select('state').execute()).toEqual([
    { state: 'deleted' },
  ]);
});

test('rows are written in steps of a hundred while a rater is being served', async () => {
  const database = await testDatabase();
  const reports: number[] = [];
  await importContent(database, {
    content: many(350),
    context: {
      report: ({ rows, phase }) => void (phase === 'reading' && reports.push(rows)),
      fixedStep: { rows: 100, bytes: 1e6, pauseMs: 0 },
    },
  });
  expect(reports).toEqual([100, 200, 300, 350]);
});
