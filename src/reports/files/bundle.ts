import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { ReportModel } from '../model/schema/report.js';
import type { StudyData } from '../input/data.js';
import type { Table } from './columns.js';
import { itemTable } from './items.js';
import { judgmentTable } from './judgments.js';
import { unansweredTable } from './unanswered.js';
import { csvLines } from './csv.js';
import type { BundleFormat } from './bundleFormats.js';
import { parquetOf } from './parquet.js';

function bytesOf(table: Table, format: BundleFormat): Buffer {
  if (format === 'parquet') return Buffer.from(parquetOf(table));
  const parts: string[] = [];
  for (const line of csvLines(table)) parts.push(line);
  return Buffer.from(parts.join(''));
}

const withheld =
  'A rater whose judgments this report used has withdrawn. The tables of judgments and of what was left unanswered are left out, as are comments, single ratings, and what was said of examples with one counted judgment.';

/**
 * Writes the tables of a study as a zip: judgments and items, the numbers of the report, and a
 * manifest with settings, seed, version and the SHA-256 of each file. `withheld` leaves the table
 * of judgments out, and says so in the manifest.
 */
export async function writeBundle(
  data: StudyData,
  model: ReportModel,
  options: { format: BundleFormat; path: string; withheld: boolean },
): Promise<void> {
  const unanswered = unansweredTable(data);
  const tables = options.withheld
    ? [itemTable(data)]
    : [judgmentTable(data), itemTable(data), ...(unanswered === null ? [] : [unanswered])];
  const files = [
    ...tables.map((table) => ({
      name: `${table.name}.${options.format}`,
      rows: table.rowCount,
      bytes: bytesOf(table, options.format),
    })),
    { name: 'report.json', rows: null, bytes: Buffer.from(JSON.stringify(model, null, 2)) },
  ];
  const manifest = {
    format: 'assay-tables-1',
    software: model.software,
    study: {
      id: model.study.id,
      title: model.study.title,
      state: model.study.state,
      interim: model.study.interim,
    },
    provisional: model.provisional?.sentence ?? null,
    computed_at: new Date(model.computedAt).toISOString(),
    fingerprint: model.fingerprint,
    seed: model.study.seed,
    settings: model.study.settings,
    simulated_judgments: data.judgments.filter(
      ({ rater }) => data.raters[rater]?.origin === 'simulated',
    ).length,
    formulas:
      options.format === 'csv'
        ? 'Texts that a spreadsheet would run as formulas have an apostrophe before them; see docs/researchers/downloads.md.'
        : 'Texts stand as they are.',
    ...(options.withheld ? { withheld } : {}),
    datasets: data.datasets.map((dataset) => ({
      id: dataset.publicId,
      name: dataset.name,
      version: dataset.version,
      behaviour: dataset.behaviour.name,
      source: dataset.source,
      part: dataset.part,
      file: dataset.fileName,
      sha256: dataset.sha256,
    })),
    columns: Object.fromEntries(
      tables.map((table) => [
        table.name,
        table.columns.map(({ name, type, sentence }) => ({ name, type, sentence })),
      ]),
    ),
    files: files.map(({ name, rows, bytes }) => ({
      name,
      rows,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
  };
  const zip = new yazl.ZipFile();
  const mtime = new Date(model.computedAt);
  for (const file of files) zip.addBuffer(file.bytes, file.name, { mtime });
  zip.addBuffer(Buffer.from(JSON.stringify(manifest, null, 2)), 'manifest.json', { mtime });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(options.path));
}
