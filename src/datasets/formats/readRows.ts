import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { readCsv } from './csv.js';
import { readJsonArray } from './jsonArray.js';
import { readJsonLines, withoutMark } from './lines.js';
import { readParquet } from './parquet.js';
import { FileFailure, isRejected, type RawRow, type RejectedRow } from './rejections.js';
import { openSource, readHead, type SourceOptions } from './source.js';

/** The formats that can be read, with what an admin sees of them. */
export const formats = {
  jsonl: 'JSONL',
  json: 'JSON array',
  csv: 'CSV',
  'csv-semicolon': 'CSV with semicolons',
  tsv: 'TSV',
  parquet: 'Parquet',
} as const;
export type Format = keyof typeof formats;

export interface DetectedFormat {
  readonly format: Format;
  readonly gzipped: boolean;
  /** True where the file begins with a byte order mark, which is dropped. */
  readonly marked: boolean;
}

/**
 * Tells a file's format by its content; the name decides only between what content cannot tell
 * apart. Throws `FileFailure`.
 */
export async function detectFormat(path: string, name = path): Promise<DetectedFormat> {
  const { head, gzipped } = await readHead(path);
  if (head.subarray(0, 4).toString('latin1') === 'PAR1')
    return { format: 'parquet', gzipped, marked: false };
  if (isUtf16(head)) throw new FileFailure('utf16');
  const plain = withoutMark(head);
  const marked = plain.length !== head.length;
  const text = plain.toString('utf8').trimStart();
  if (text === '') throw new FileFailure('empty_file');
  const found = (format: Format): DetectedFormat => ({ format, gzipped, marked });
  const bare = name.toLowerCase().replace(/\.gz$/, '');
  if (bare.endsWith('.tsv')) return found('tsv');
  const header = text.split(/\r?\n/, 1)[0] ?? '';
  if (bare.endsWith('.csv'))
    return found(header.includes(',') || !header.includes(';') ? 'csv' : 'csv-semicolon');
  if (text.startsWith('[')) return found('json');
  if (text.startsWith('{') || /\.(?:jsonl|ndjson|json)$/.test(bare)) return found('jsonl');
  if (plain.includes(0)) throw new FileFailure('unknown_format');
  if (header.includes('\t')) return found('tsv');
  if (header.includes(',')) return found('csv');
  if (header.includes(';')) return found('csv-semicolon');
  throw new FileFailure('unknown_format', `It begins with “${header.slice(0, 60)}”.`);
}

/** Whether a file has the mark of UTF-16, or begins with two letters of two bytes each. */
function isUtf16(head: Buffer): boolean {
  const [one, two, three, four] = head;
  if ((one === 0xff && two === 0xfe) || (one === 0xfe && two === 0xff)) return true;
  const zeros = [one, two, three, four].map((byte) => byte === 0).join();
  return zeros === 'false,true,false,true' || zeros === 'true,false,true,false';
}

/** Parquet is read from many offsets: a gzipped one is unpacked beside itself first. */
async function* readPackedParquet(
  path: string,
  options: SourceOptions,
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  const unpacked = `${path}.unpacked-${process.pid}`;
  try {
    await pipeline(openSource(path, true, options), createWriteStream(unpacked));
    yield* readParquet(unpacked, options.unpackedLimit);
  } finally {
    await rm(unpacked, { force: true });
  }
}

/**
 * Every row of a file in batches, in order, flat in memory: read ones and rejected ones. Throws
 * `FileFailure`.
 */
export function readRows(
  path: string,
  detected: DetectedFormat,
  options: SourceOptions = {},
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  const { format, gzipped } = detected;
  if (format === 'parquet')
    return gzipped ? readPackedParquet(path, options) : readParquet(path, options.unpackedLimit);
  const source = openSource(path, gzipped, options);
  switch (format) {
    case 'jsonl':
      return readJsonLines(source);
    case 'json':
      return readJsonArray(source);
    case 'csv':
      return readCsv(source, ',');
    case 'csv-semicolon':
      return readCsv(source, ';');
    case 'tsv':
      return readCsv(source, '\t');
  }
}

/** The first rows of a file that could be read, for recognising its shape and for previews. */
export async function sampleRows(
  path: string,
  detected: DetectedFormat,
  count: number,
): Promise<RawRow[]> {
  const sample: RawRow[] = [];
  for await (const batch of readRows(path, detected)) {
    for (const row of batch) {
      // A row's bytes may be a window into a large chunk: a sample that is kept must not hold all
      // of it.
      if (!isRejected(row)) sample.push({ ...row, raw: Buffer.from(row.raw) });
      if (sample.length >= count) return sample;
    }
  }
  return sample;
}
