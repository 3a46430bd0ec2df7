import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commands } from '#reports/commands.js';
import { freezeReport } from '#reports/thread/reporting.js';
import { ReportFile, reportFile } from '#reports/frozen/content.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { Problem } from '#web/problem.js';
import { readConfig } from '../../src/config.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { commandRunner, type Ran } from '../support/commands.js';
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
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(8) }],
    settings: { overlap: 2 },
  });
  await judgeAll(database, await buildRaters(database, study, 2), ({ label }) => ({ label }));
  const json = join(folder, 'report.json');
  expect((await run('report', [study.public_id], { out: json })).said).toContain(
    'Raters upheld 8 of 8 labels',
  );
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
  await expect(run('export', [study.public_id], { dataset: 'none' })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(run('report', ['none'])).rejects.toMatchObject({ code: 'not_found' });

  const application = {
    config: readConfig({ ASSAY_DATA: folder, NODE_ENV: 'test' }),
    database,
    db: database.db,
    now: () => 6_000_000,
  };
  const frozen = await freezeReport(application, { study, staff: null });
  const { content } = await database.db
    .selectFrom('frozen_report')
    .select('content')
    .where('id', '=', frozen.id)
    .executeTakeFirstOrThrow();
  const file = join(folder, 'frozen.json');
  writeFileSync(file, gunzipSync(content));
  expect(await run('report verify', [file])).toMatchObject({
    status: 0,
    answer: { holds: true, differences: 0 },
  });
  writeFileSync(
    file,
    gunzipSync(content).toString('utf8').replace('"upheldCount":8', '"upheldCount":7'),
  );
  expect(await run('report verify', [file])).toMatchObject({
    status: 1,
    answer: { holds: false, untouched: false, differences: 1 },
  });
  await expect(run('report verify', [json])).rejects.toMatchObject({ code: 'not_a_report' });
});

/**
 * A frozen report of a small study, and what `report verify` says of it once somebody has had it in
 * their hands.
 */
async function verifier(): Promise<{
  frozen: ReportFile;
  verify: (file: unknown, progress?: () => void) => Promise<Ran>;
}> {
  const folder = newFolder();
  const database = await testDatabase();
  const run = commandRunner(database, commands, { ASSAY_DATA: folder });
  const pair = (['generated', 'human'] as const).map((source) => ({
    source,
    examples: plainExamples(8, source),
  }));
  const study = await buildStudy(database, { datasets: pair, settings: { overlap: 2 } });
  await judgeAll(database, await buildRaters(database, study, 2), ({ label }) => ({ label }));
  const application = {
    config: readConfig({ ASSAY_DATA: folder, NODE_ENV: 'test' }),
    database,
    db: database.db,
    now: () => 6_000_000,
  };
  const { id } = await freezeReport(application, { study, staff: null });
  const { content } = await database.db
    .selectFrom('frozen_report')
    .select('content')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const path = join(folder, 'frozen.json');
  return {
    frozen: ReportFile.parse(JSON.parse(gunzipSync(content).toString('utf8'))),
    verify(file, progress) {
      writeFileSync(path, JSON.stringify(file));
      return run('report verify', [path], {}, true, progress);
    },
  };
}

test('verify counts apart what rests on vectors that are not in the file, and prints nothing that a terminal acts upon', async () => {
  const { frozen, verify } = await verifier();
  const whole = await verify(frozen);
  expect(whole).toMatchObject({ status: 0, answer: { takenAsWritten: 0 } });
  expect(whole.said).toMatch(/^All [\d,]+ numbers hold \(written by version \S+\)\.$/);

  const data = structuredClone(frozen.data);
  const embedding = 'mine\r\u001B[2K\u009B2K\u202E\nAll 9,999 numbers hold';
  const [spread, pair] = [data.texts.datasets[0]?.spread, data.texts.pairs[0]?.measure];
  if (
    spread === null ||
    spread === undefined ||
    pair === undefined ||
    pair.spread === null ||
    pair.map === null
  )
    throw new Error('The texts were not measured.');
  Object.assign(spread, { embedding, dimensions: 7 });
  Object.assign(pair.spread, { embedding });
  pair.map.explained = [0.99, 0.01];
  const {
    fingerprint,
    computedAt,
    software: { version },
  } = frozen.model;
  const altered = await verify(
    reportFile(computeReport(data, { fingerprint, computedAt, version }), data, frozen.corpora),
  );
  expect(altered).toMatchObject({ status: 0, answer: { holds: true } });
  const [all, again, taken] = [
    whole.answer['numbers'],
    altered.answer['numbers'],
    altered.answer['takenAsWritten'],
  ].map(Number);
  expect(taken).toBeGreaterThan(50);
  expect(Number(again) + Number(taken)).toBe(all);
  expect(altered.said).toMatch(
    /^[\d,]+ of [\d,]+ numbers were computed again and hold .*; the other [\d,]+ rest on the vectors of “mine\\u000d\\u001b\[2K\\u009b2K\\u202e\\u000aAll 9,999 numbers hold”, which are not in the file, and are taken as written\.$/,
  );

  const mended = structuredClone(frozen.data);
  if (mended.texts.datasets[0]?.spread) mended.texts.datasets[0].spread.dimensions += 1;
  expect(
    await verify(
      reportFile(
        computeReport(mended, { fingerprint, computedAt, version }),
        mended,
        frozen.corpora,
      ),
    ),
  ).toMatchObject({ status: 1, answer: { differences: 1 } });
});

test('verify refuses what no report was written with, says where, and calls nothing else a bad file', async () => {
  const { frozen, verify } = await verifier();
  const faults = async (change: (file: ReportFile) => void): Promise<unknown> => {
    const file = structuredClone(frozen);
    change(file);
    return verify(file).then(
      () => 'it was taken',
      (error: unknown) =>
        error instanceof Problem && error.code === 'not_a_report' ? error.faults : error,
    );
  };
  const first = <T>([value]: readonly T[]): T => {
    if (value === undefined) throw new Error('There is nothing.');
    return value;
  };
  expect(
    await faults((file) => (file.model.software.version = '1.0\r\u001B[2KAll 9 numbers hold')),
  ).toEqual([{ field: 'model.software.version', message: 'is not the number of a version' }]);
  expect(await faults((file) => (first(file.data.judgments).rater = 4_000_000_000))).toEqual([
    { field: 'data.judgments.0.rater', message: '4000000000 is none of the file’s 2 raters' },
  ]);
  expect(await faults((file) => (first(file.data.judgments).item = -1))).toMatchObject([
    { field: 'data.judgments.0.item' },
  ]);
  expect(await faults((file) => (first(file.data.judgments).label = 2))).toMatchObject([
    { field: 'data.judgments.0.label' },
  ]);
  expect(await faults((file) => (first(file.data.judgments).relevance = 1e9))).toMatchObject([
    { field: 'data.judgments.0.relevance' },
  ]);
  expect(await faults((file) => (first(file.data.items).dataset = 2))).toMatchObject([
    { field: 'data.items.0.dataset' },
  ]);
  expect(await faults((file) => (first(file.data.items).label = 1e9))).toMatchObject([
    { field: 'data.items.0.label' },
  ]);
  expect(
    await faults(
      (file) =>
        (first(file.data.items).choices = Array.from({ length: 5000 }, () => ({
          key: 'A',
          text: '',
        }))),
    ),
  ).toMatchObject([{ field: 'data.items.0.choices' }]);
  expect(await faults((file) => (first(file.data.texts.pairs).human = 9))).toMatchObject([
    { field: 'data.texts.pairs.0.human' },
  ]);
  expect(await faults((file) => file.data.texts.datasets.pop())).toMatchObject([
    { field: 'data.texts.datasets' },
  ]);
  expect(await faults((file) => (first(first(file.corpora).texts).label = 1e9))).toMatchObject([
    { field: 'corpora.0.texts.0.label' },
  ]);
  const failing = new RangeError('Invalid typed array length');
  await expect(
    verify(frozen, () => {
      throw failing;
    }),
  ).rejects.toBe(failing);
});

test('verify names the version that wrote a file with other figures', async () => {
  const { frozen, verify } = await verifier();
  const { format, sha256: _, ...parts } = structuredClone(frozen);
  parts.model.software.version = '9.9.9';
  const sealed = (changed: object): ReportFile => ({
    format,
    sha256: createHash('sha256').update(JSON.stringify(changed)).digest('hex'),
    ...(changed as typeof parts),
  });
  const by = 'Verify it with version 9.9.9 of Assay, which wrote it.';
  const gained = structuredClone(parts);
  Object.assign(gained.model.totals, { novel: 1 });
  await expect(verify(sealed(gained))).rejects.toMatchObject({ code: 'other_format', advice: by });
  const otherwise = structuredClone(parts);
  otherwise.model.totals.items += 1;
  expect((await verify(sealed(otherwise))).said).toContain(by);
});
