import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { FileFailure, type RawRow, type RejectedRow } from './rejections.js';
import { readJsonRow } from './jsonValue.js';
import { compressors } from './parquetCodecs.js';
import { checkPages } from './parquetPages.js';

const batchSize = 500;
const mostRows = 50_000_000;
const mostGroupBytes = 1_000_000_000;

function bufferOf(file: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end) {
      const from = Math.max(0, start);
      const to = Math.min(byteLength, end ?? byteLength);
      if (to <= from) return new ArrayBuffer(0);
      const { buffer } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
      return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
    },
  };
}

/**
 * A footer may claim billions of rows in a few bytes, and a reader that believes it dies: what it
 * says is checked first.
 */
function checkMetadata(metadata: FileMetaData, byteLength: number): void {
  const broken = (detail: string): never => {
    throw new FileFailure('broken_parquet', detail);
  };
  const rows = Number(metadata.num_rows);
  if (!(rows >= 0) || rows > mostRows) broken(`It claims ${metadata.num_rows} rows.`);
  const sum = metadata.row_groups.reduce((total, group) => total + Number(group.num_rows), 0);
  if (sum !== rows) broken(`It claims ${rows} rows, and its groups claim ${sum}.`);
  const columns = metadata.schema
    .slice(1)
    .filter((element) => element.num_children === undefined || element.num_children === 0).length;
  const names = new Set<string>();
  for (const element of metadata.schema.slice(1, 1 + (metadata.schema[0]?.num_children ?? 0))) {
    if (names.has(element.name)) broken(`Two columns are called “${element.name.slice(0, 80)}”.`);
    names.add(element.name);
  }
  for (const group of metadata.row_groups) {
    if (group.columns.length !== columns) broken('A column is missing in one of its groups.');
    if (Number(group.num_rows) < 0) broken('A group claims fewer than no rows.');
    let bytes = 0;
    for (const column of group.columns) {
      const meta = column.meta_data;
      if (meta === undefined) return broken('A column has no description.');
      const offset = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
      const figures = [
        offset,
        Number(meta.data_page_offset),
        Number(meta.total_compressed_size),
        Number(meta.total_uncompressed_size),
        Number(meta.num_values),
      ];
      if (figures.some((figure) => !Number.isSafeInteger(figure) || figure < 0))
        broken('A column claims a length that cannot be.');
      if (
        offset < 4 ||
        Number(meta.data_page_offset) < offset ||
        offset + Number(meta.total_compressed_size) > byteLength
      )
        broken('A column lies outside the file.');
      if (Number(meta.num_values) < Number(group.num_rows) && meta.path_in_schema.length === 1)
        broken('A column has fewer values than its group has rows.');
      bytes += Number(meta.total_uncompressed_size);
    }
    if (bytes > mostGroupBytes)
      broken(`One of its groups unpacks to ${Math.round(bytes / 1e6)} MB.`);
  }
}

/** Stands for a number that JSON does not have until the text is whole; no cell can hold it. */
const markOf = (value: number): string => `\uE000${randomUUID()}\uE000${value}`;
const mark = /"\uE000[0-9a-f-]{36}\uE000(-?[A-Za-z]+)"/g;

/**
 * A row as JSON text. NaN and the infinities stand in it as such, which is no JSON, so that the row
 * is rejected by name as a line of JSONL would be.
 */
function toJson(row: unknown): string {
  let marked = false;
  const text = JSON.stringify(row, (_key, inner: unknown) => {
    if (typeof inner === 'number' && !Number.isFinite(inner)) {
      marked = true;
      return markOf(inner);
    }
    if (typeof inner === 'bigint')
      return inner <= BigInt(Number.MAX_SAFE_INTEGER) && inner >= BigInt(Number.MIN_SAFE_INTEGER)
        ? Number(inner)
        : String(inner);
    return inner instanceof Uint8Array ? Buffer.from(inner).toString('base64') : inner;
  });
  return marked ? text.replace(mark, '$1') : text;
}

/**
 * Rows of a Parquet file as JSON, numbered from 1, in batches. Throws `FileFailure` on a damaged or
 * dishonest file, and on one whose pages unpack to more than `unpackedLimit` bytes.
 */
export async function* readParquet(
  path: string,
  unpackedLimit = Infinity,
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = bufferOf(file, size);
    let metadata: FileMetaData;
    try {
      metadata = await parquetMetadataAsync(buffer);
    } catch (error) {
      throw new FileFailure(
        'broken_parquet',
        error instanceof Error ? `(${error.message.slice(0, 160)})` : '',
      );
    }
    checkMetadata(metadata, size);
    await checkPages(buffer, metadata, unpackedLimit);
    const rows = Number(metadata.num_rows);
    for (let from = 0; from < rows; from += batchSize) {
      let objects: Record<string, unknown>[];
      try {
        objects = await parquetReadObjects({
          file: buffer,
          metadata,
          compressors,
          rowStart: from,
          rowEnd: Math.min(rows, from + batchSize),
        });
      } catch (error) {
        throw new FileFailure(
          'broken_parquet',
          error instanceof Error ? `After row ${from} (${error.message.slice(0, 160)})` : '',
        );
      }
      if (objects.length !== Math.min(batchSize, rows - from))
        throw new FileFailure(
          'broken_parquet',
          `It claims ${rows} rows and holds ${from + objects.length}.`,
        );
      yield objects.map((object, index) =>
        readJsonRow(from + index + 1, Buffer.from(toJson(object))),
      );
    }
  } finally {
    await file.close();
  }
}
