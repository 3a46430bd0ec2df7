import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { choicesOf } from '#datasets/storedExample.js';
import { inspectFiles } from '#datasets/imports/inspection.js';
import { parseFile } from '#datasets/imports/parsing.js';
import { findFiles } from '#datasets/imports/paths.js';
import { readTruthFile } from '#simulation/truth.js';
import type { Db } from '#storage/database.js';
import { loadDemoInto } from '../../src/demo/load.js';
import { demoStudies } from '../../src/demo/studies.js';
import { demoData } from '../../src/demo/target.js';
import { onceTest } from '../support/database.js';
import { openSite } from '../support/site.js';

onceTest(
  'every row of the demonstration is an example, with the doubts that it was given and no other, and has a truth',
  async () => {
    const truth = await readTruthFile(join(demoData, 'truth.jsonl'));
    const found: Record<
      string,
      { rows: number; doubts: string[]; wrongLabels: number; unclear: number }
    > = {};
    for (const folder of readdirSync(demoData, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )) {
      const files = await inspectFiles(
        findFiles([join(demoData, folder.name)], demoData).map(
          ({ label, fullPath, byteCount }) => ({
            path: label,
            storedPath: fullPath,
            byteCount,
          }),
        ),
      );
      for (const file of files) {
        const seen = { rows: 0, doubts: [] as string[], wrongLabels: 0, unclear: 0 };
        expect(file.understood.isDataset).toBe(true);
        expect(file.plan.source).toBe(folder.name === 'generated' ? 'generated' : 'human');
        expect(file.plan.role).toBe(folder.name === 'few-shot' ? 'few-shot' : 'evaluated');
        for await (const batch of parseFile(file)) {
          for (const row of batch.rows) {
            if (row.kind === 'rejected') throw new Error(`${file.path}:${row.line} ${row.message}`);
            const choices = choicesOf(row);
            const line = truth.find(
              row.text,
              choices.map((choice) => choice.text),
            );
            seen.rows += 1;
            seen.doubts.push(...row.findings.map(({ finding }) => finding));
            if (line === undefined) throw new Error(`${file.path}:${row.line} has no truth`);
            if (line.choice !== choices[row.labelChoice ?? -1]?.text) seen.wrongLabels += 1;
            if (line.unclear === true) seen.unclear += 1;
          }
        }
        found[file.path] = { ...seen, doubts: seen.doubts.toSorted() };
      }
    }
    const bad = ['empty-question', 'template-placeholder'];
    expect(found).toEqual({
      'few-shot/asks-before-acting.jsonl': { rows: 6, doubts: [], wrongLabels: 0, unclear: 0 },
      'few-shot/values-patience.jsonl': { rows: 6, doubts: [], wrongLabels: 0, unclear: 0 },
      'generated/asks-before-acting.jsonl': { rows: 60, doubts: bad, wrongLabels: 5, unclear: 1 },
      'generated/values-patience.jsonl': { rows: 60, doubts: bad, wrongLabels: 3, unclear: 1 },
      'human-written/asks-before-acting.jsonl': {
        rows: 60,
        doubts: [],
        wrongLabels: 1,
        unclear: 1,
      },
      'human-written/values-patience.jsonl': { rows: 60, doubts: [], wrongLabels: 1, unclear: 1 },
    });
  },
);

/** How many rows every table has that a demonstration could write to. */
async function sizes(db: Db): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const table of [
    'behaviour',
    'behaviour_description',
    'dataset',
    'example',
    'study',
    'study_event',
    'item',
    'rater',
    'rater_event',
    'assignment',
    'judgment',
    'flag',
    'audit_event',
    'session',
  ] as const) {
    counted[table] = (
      await db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
    ).count;
  }
  return counted;
}

test('the demonstration is taken up after an interruption, finishes, and changes nothing when it is loaded again', async () => {
  const site = await openSite();
  const { application } = site.server;
  const { db } = application;
  // The demonstration's own studies, smaller.
  const smaller = demoStudies.map((plan) => ({
    ...plan,
    sampleSize: 8,
    most: plan.most === null ? null : 12,
  }));
  const said: string[] = [];
  const interrupted = new AbortController();
  const say = (line: string): void => {
    said.push(line);
    if (line.includes('at work')) interrupted.abort();
  };
  await expect(
    loadDemoInto({ application, address: site.address, say, signal: interrupted.signal }, smaller),
  ).rejects.toThrow();
  const target = { application, address: site.address, say, signal: new AbortController().signal };
  expect(await loadDemoInto(target, smaller)).toBe(true);
  expect(said.filter((line) => line.includes('importing'))).toHaveLength(1);

  const studies = await db
    .selectFrom('study')
    .select(['id', 'title', 'state'])
    .orderBy('id')
    .execute();
  expect(studies.map(({ title, state }) => [title.startsWith('Demo: '), state])).toEqual([
    [true, 'closed'],
    [true, 'paused'],
  ]);
  const judgments = await db
    .selectFrom('judgment')
    .innerJoin('assignment', 'assignment.id', 'judgment.assignment_id')
    .select(['assignment.study_id', 'judgment.origin', 'assignment.place_no'])
    .execute();
  expect(
    judgments.filter(
      (judgment) => judgment.study_id === studies[0]?.id && judgment.place_no !== null,
    ),
  ).toHaveLength(96);
  expect(judgments.filter((judgment) => judgment.study_id === studies[1]?.id)).toHaveLength(12);
  expect(new Set(judgments.map((judgment) => judgment.origin))).toEqual(new Set(['simulated']));
  expect(
    (await db.selectFrom('rater').select('origin').distinct().execute()).map(
      (rater) => rater.origin,
    ),
  ).toEqual(['simulated']);
  expect(
    await db
      .selectFrom('rater')
      .select('id')
      .where('study_id', '=', studies[0]?.id ?? 0)
      .execute(),
  ).toHaveLength(8);
  const repeated = await db
    .selectFrom('example_finding')
    .innerJoin('dataset', 'dataset.id', 'example_finding.dataset_id')
    .select(['example_finding.finding', 'dataset.source'])
    .execute();
  expect(repeated.map(({ finding, source }) => `${source} ${finding}`).toSorted()).toEqual(
    [
      'duplicate',
      'duplicate',
      'empty-question',
      'empty-question',
      'template-placeholder',
      'template-placeholder',
    ].map((finding) => `generated ${finding}`),
  );

  const before = await sizes(db);
  expect(await loadDemoInto(target, smaller)).toBe(false);
  await db
    .updateTable('study')
    .set({ title: 'Renamed', state: 'open' })
    .where('id', '=', studies[0]?.id ?? 0)
    .execute();
  expect(await loadDemoInto(target, smaller)).toBe(false);
  expect(await sizes(db)).toEqual(before);
});
