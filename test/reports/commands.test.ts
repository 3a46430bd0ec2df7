import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commands } from '#reports/commands.js';
import { freezeReport } from '#reports/computing/reporting.js';
import { ReportModel } from '#reports/model/schema.js';
import { readConfig } from '../../src/config.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { commandRunner } from '../support/commands.js';
import { testDatabase } from '../support/database.js';
import { gunzipSync } from 'node:zlib';
import { judgeAll } from './judging.js';
import { unzip } from './unzip.js';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('report, export and verify write files that hold together', async () => {
  const folder = newFolder();
  const database = await testDatabase();
  const run = commandRunner(database, commands, { ASSAY_DATA: folder });
  const study = await buildStudy(database, { datasets: [{ examples: plainExamples(8) }], settings: { overlap: 2 } });
  await judgeAll(database, await buildRaters(database, study, 2), ({ label }) => ({ label }));
  const json = join(folder, 'report.json');
  expect((await run('report', [study.public_id], { out: json })).said).toContain('Raters upheld 8 of 8 labels');
  const model = ReportModel.parse(JSON.parse(readFileSync(json, 'utf8')));
  const html = join(folder, 'report.html');
  await run('report', [study.public_id], { out: html });
  expect(readFileSync(html, 'utf8')).toContain('Raters upheld 8 of 8 labels');
  const zip = join(folder, 'tables.zip');
  await run('export', [study.public_id], { out: zip, format: 'parquet' });
  expect([...unzip(readFileSync(zip)).keys()]).toContain('judgments.parquet');
  const lines = join(folder, 'validated.jsonl');
  await run('export', [study.public_id], { out: lines, dataset: model.datasets[0]?.id });
  expect(readFileSync(lines, 'utf8').trimEnd().split('\n')).toHaveLength(8);
  await expect(run('export', [study.public_id], { dataset: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(run('report', ['none'])).rejects.toMatchObject({ code: 'not_found' });

  const application = { config: readConfig({ ASSAY_DATA: folder, NODE_ENV: 'test' }), database, db: database.db, now: () => 6_000_000 };
  const frozen = await freezeReport(application, { study: study.public_id, studyId: study.id, accountId: null });
  const { content } = await database.db.selectFrom('frozen_report').select('content').where('id', '=', frozen.id).executeTakeFirstOrThrow();
  const file = join(folder, 'frozen.json');
  writeFileSync(file, gunzipSync(content));
  expect(await run('report verify', [file])).toMatchObject({ status: 0, answer: { holds: true, differences: 0 } });
  writeFileSync(file, gunzipSync(content).toString('utf8').replace('"upheldCount":8', '"upheldCount":7'));
  expect(await run('report verify', [file])).toMatchObject({ status: 1, answer: { holds: false, untouched: false, differences: 1 } });
  await expect(run('report verify', [json])).rejects.toMatchObject({ code: 'not_a_report' });
});

test('stats computes agreement of any file of item, rater, value', async () => {
  const folder = newFolder();
  const run = commandRunner(await testDatabase(), commands);
  const file = join(folder, 'ratings.csv');
  // Krippendorff 2011, example C without its missing values would be another figure: the empty cells are ratings not given.
  const rows = { A: [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null], B: [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3], C: [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null], D: [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null] };
  writeFileSync(file, `\uFEFFunit,coder,code\r\n${Object.entries(rows).flatMap(([rater, values]) => values.map((value, item) => `${item},${rater},${value ?? ''}`)).join('\r\n')}\r\n`);
  const columns = { item: 'unit', rater: 'coder', value: 'code' };
  const figures = async (level: string): Promise<Record<string, { value: number }>> => (await run('stats', [file], { ...columns, level })).answer['figures'] as Record<string, { value: number }>;
  expect((await figures('nominal'))['Krippendorff’s alpha, nominal']?.value).toBeCloseTo(0.743, 3);
  expect((await figures('ordinal'))['Krippendorff’s alpha, ordinal']?.value).toBeCloseTo(0.815, 3);
  expect((await figures('interval'))['Krippendorff’s alpha, interval']?.value).toBeCloseTo(0.849, 3);
  expect((await figures('ratio'))['Krippendorff’s alpha, ratio']?.value).toBeCloseTo(0.797, 3);
  await expect(run('stats', [file])).rejects.toMatchObject({ code: 'no_column' });
  await expect(run('stats', [join(folder, 'none.csv')])).rejects.toMatchObject({ code: 'not_found' });
  await expect(run('stats', [file], { ...columns, categories: '1,2,3' })).rejects.toMatchObject({ code: 'unknown_category' });
  writeFileSync(file, 'item,rater,value\n1,a,yes\n1,b\n');
  await expect(run('stats', [file])).rejects.toMatchObject({ code: 'bad_csv' });
  writeFileSync(file, 'item,rater,value\n1,a,yes\n1,b,no\n');
  await expect(run('stats', [file], { level: 'interval' })).rejects.toMatchObject({ code: 'not_numeric' });
});
