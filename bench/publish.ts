/**
 * Publishing a generation against importing the same rows from a file, in the same run, on SQLite.
 * Half of the candidates are kept, the others were well formed and went; each has a score of two
 * models.
 *
 *   node .build/bench/publish.js [--candidates 60000]
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { importFile } from '#datasets/imports/importFile.js';
import { askForPublication } from '#generation/publish/ask.js';
import { decide } from '#generation/publish/decide.js';
import { publish } from '#generation/publish/publish.js';
import { openDatabase } from '#storage/database.js';
import { migrate } from '#storage/migrate.js';
import { buildGeneration, statements } from '../test/generation/publish/support.js';

const { values: options } = parseArgs({
  options: { candidates: { type: 'string', default: '60000' } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'assay-publish-'));
const path = join(folder, 'bench.sqlite');
const { signal } = new AbortController();
const database = openDatabase({ engine: 'sqlite', path });
try {
  await migrate(database);
  const { db } = database;
  const generation = await buildGeneration(database, {
    written: statements(Number(options.candidates)),
  });
  const now = Date.now();
  const began = performance.now();
  const asked = await askForPublication(db, { generation, staff: null, now });
  const asking = performance.now() - began;
  await decide(db, {
    publication: asked,
    approve: true,
    note: '',
    staff: null,
    approval: 'own',
    now,
  });
  const start = performance.now();
  const published = await publish(database, asked.id, { now: Date.now, signal });
  const publishing = performance.now() - start;
  if (published === null) throw new Error('Nothing was published.');

  // The same rows as files, under another behaviour.
  let importing = 0;
  const datasets = await db.selectFrom('dataset').select(['id', 'name']).orderBy('id').execute();
  for (const { id, name } of datasets) {
    const rows = await db
      .selectFrom('example')
      .select('raw')
      .where('dataset_id', '=', id)
      .orderBy('line_number')
      .execute();
    const storedPath = join(folder, String(id));
    writeFileSync(storedPath, rows.map(({ raw }) => `${Buffer.from(raw).toString()}\n`).join(''));
    const from = performance.now();
    await importFile(
      database,
      {
        path: `${name}.jsonl`,
        storedPath,
        byteCount: statSync(storedPath).size,
        plan: {
          name: `${name} again`,
          behaviour: 'imported',
          source: 'generated',
          role: 'evaluated',
          family: 'persona',
          mapping: null,
          provenance: { generator: '', prompt: '', discriminator: '' },
          leaveOut: false,
          saidByFolder: false,
          confirmed: true,
          format: 'JSONL',
          reading: {},
        },
        settings: { goodRows: false, dropDuplicates: false },
        importFileId: null,
        accountId: null,
      },
      { now: Date.now, signal, report: () => undefined },
    );
    importing += performance.now() - from;
  }
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  say(`candidates  ${options.candidates}, ${published.kept} kept, ${published.dropped} dropped`);
  say(`asking      ${seconds(asking)}`);
  say(`publishing  ${seconds(publishing)}`);
  say(`importing   ${seconds(importing)}`);
  say(`speed       ${(importing / publishing).toFixed(2)} of the import`);
} finally {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}
