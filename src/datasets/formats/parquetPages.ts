import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { checkPageRuns } from './parquetRuns.js';
import { FileFailure, unpacksToMore } from './rejections.js';

const longestHeader = 16_384;
const mostPageBytes = 256_000_000;
/**
 * Values that are unpacked at once: those of a page, or of a nested column in one of the file's
 * groups.
 */
const mostValuesAtOnce = 10_000_000;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/**
 * Walks over the headers of every page and compares what they say with one another and with the run
 * lengths inside, before any value is unpacked: a page that claims a negative length sends the
 * reader round for ever, one that claims billions of values fills the memory. Throws `FileFailure`,
 * also where the pages together unpack to more than `unpackedLimit` bytes.
 */
export async function checkPages(
  file: AsyncBuffer,
  metadata: FileMetaData,
  unpackedLimit: number,
): Promise<void> {
  let unpacked = 0;
  for (const group of metadata.row_groups) {
    for (const { meta_data: column } of group.columns) {
      if (column === undefined) continue;
      const begin = Number(column.dictionary_page_offset ?? column.data_page_offset);
      const end = begin + Number(column.total_compressed_size);
      const nested = column.path_in_schema.length > 1;
      const name = column.path_in_schema.join('.').slice(0, 80);
      if (!nested && Number(column.num_values) !== Number(group.num_rows))
        throw new FileFailure(
          'broken_parquet',
          `The column “${name}” claims ${Number(column.num_values)} values for ` +
            `${Number(group.num_rows)} rows.`,
        );
      let values = 0;
      for (let at = begin; at < end;) {
        const reader = {
          view: new DataView(await file.slice(at, Math.min(end, at + longestHeader))),
          offset: 0,
        };
        let header: ReturnType<typeof parquetHeader>;
        try {
          header = parquetHeader(reader);
        } catch {
          throw new FileFailure('broken_parquet', 'A page has no header that can be read.');
        }
        const page = header.data_page_header ?? header.data_page_header_v2;
        const count = page?.num_values ?? header.dictionary_page_header?.num_values;
        if (
          !isCount(header.compressed_page_size) ||
          !isCount(header.uncompressed_page_size) ||
          !isCount(count)
        )
          throw new FileFailure('broken_parquet', 'A page claims a length that cannot be.');
        const start = at + reader.offset;
        at = start + header.compressed_page_size;
        if (
          at > end ||
          count > (page === undefined ? header.uncompressed_page_size : Number(column.num_values))
        )
          throw new FileFailure('broken_parquet', 'A page claims more than its column holds.');
        if (header.uncompressed_page_size > mostPageBytes)
          throw new FileFailure(
            'broken_parquet',
            `A page of the column “${name}” unpacks to ` +
              `${Math.round(header.uncompressed_page_size / 1e6)} MB. Write the file with ` +
              'smaller pages, or save the data as JSONL.',
          );
        if (count > mostValuesAtOnce || (nested && values + count > mostValuesAtOnce))
          throw new FileFailure(
            'broken_parquet',
            `The column “${name}” holds more than ` +
              `${mostValuesAtOnce.toLocaleString('en-GB')} values in one piece. Write the ` +
              'file with smaller row groups and pages, or save the data as JSONL.',
          );
        unpacked += header.uncompressed_page_size;
        if (unpacked > unpackedLimit) throw unpacksToMore(unpackedLimit);
        if (page !== undefined) values += count;
        checkPageRuns(new Uint8Array(await file.slice(start, at)), header, column, metadata.schema);
      }
      if (values !== Number(column.num_values))
        throw new FileFailure(
          'broken_parquet',
          `The pages of a column hold ${values} values, and it claims ` +
            `${Number(column.num_values)}.`,
        );
    }
  }
}
