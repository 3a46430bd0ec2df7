import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { readCsv } from './csv.js';
import type { DetectedFormat } from './detectFormat.js';
import { toUtf8 } from './encoding.js';
import { readJsonArray } from './jsonArray.js';
import { readJsonColumns } from './jsonColumns.js';
import { bytesOfList } from './jsonList.js';
import type { JsonShape } from './jsonShape.js';
import { readJsonLines } from './lines.js';
import { readParquet } from './parquet.js';
import type { RawRow, RejectedRow } from './rejections.js';
import { openSource, type SourceOptions } from './source.js';

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
  const { gzipped } = detected;
  if (detected.format === 'parquet')
    return gzipped ? readPackedParquet(path, options) : readParquet(path, options.unpackedLimit);
  const source = toUtf8(openSource(path, gzipped, options), detected.encoding);
  switch (detected.format) {
    case 'jsonl':
      return readJsonLines(source, detected.lineEnd);
    case 'table':
      return readCsv(source, detected.table);
    case 'json':
      return readJson(source, detected.shape);
  }
}

function readJson(
  source: AsyncIterable<Buffer>,
  shape: JsonShape,
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  switch (shape.kind) {
    case 'array':
      return readJsonArray(source);
    case 'list':
      return readJsonArray(bytesOfList(source, shape.name));
    case 'objects':
      return readJsonArray(source, { bare: true });
    case 'columns':
      return readJsonColumns(source);
  }
}

/** True where rows are numbered by their place, from 1, and not by the line on which they begin. */
export const isNumberedByPlace = (detected: DetectedFormat): boolean => detected.format === 'json';
