import {
  type ColumnMetaData,
  type DataReader,
  type PageHeader,
  type SchemaElement,
} from 'hyparquet';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import {
  getMaxDefinitionLevel,
  getMaxRepetitionLevel,
  getSchemaPath,
} from 'hyparquet/src/schema.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { unpackPage } from './parquetCodecs.js';
import { FileFailure } from './rejections.js';

/** Writers fill the last group of packed values up; this much more than is wanted is no lie. */
const mostPadding = 512;

const bitWidth = (level: number): number => 32 - Math.clz32(level);

const readerOf = (bytes: Uint8Array): DataReader => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  offset: 0,
});

/**
 * Walks over the runs of the run-length and bit-packed encoding without unpacking them: the reader
 * writes as many values as a run claims, wherever its page ends. Without `length` the stream begins
 * with its length. Leaves the reader behind it.
 */
function checkRuns(
  reader: DataReader,
  options: { width: number; count: number; length?: number; column: string },
): void {
  let length = options.length;
  if (length === undefined) {
    length = reader.view.getUint32(reader.offset, true);
    reader.offset += 4;
  }
  const end = reader.offset + length;
  let seen = 0;
  while (seen < options.count) {
    const header = readVarInt(reader);
    const packed = (header & 1) === 1;
    const claimed = packed ? (header >>> 1) * 8 : header >>> 1;
    const left = options.count - seen;
    if (claimed > left + (packed ? mostPadding : 0))
      throw new FileFailure(
        'broken_parquet',
        `A page of the column “${options.column}” claims a run of ` +
          `${claimed.toLocaleString('en-GB')} values where ${left.toLocaleString('en-GB')} ` +
          'are left. Write the file again with the program that made it, or save the data as ' +
          'JSONL.',
      );
    reader.offset += packed ? (header >>> 1) * options.width : (options.width + 7) >> 3;
    seen += claimed;
  }
  reader.offset = end;
}

/** Reads definition levels whose runs were checked: how many of the values are there. */
function presentValues(reader: DataReader, width: number, count: number, highest: number): number {
  const levels: number[] = Array.from({ length: count });
  readRleBitPackedHybrid(reader, width, levels);
  return levels.filter((level) => level === highest).length;
}

/**
 * Checks a page's packed bytes against the length that they claim, and every run length of a data
 * page against the number of values that its header claims, before any is unpacked. `bytes` is the
 * page as it lies in the file. Throws `FileFailure`; what else is wrong with the page is left to
 * the reader.
 */
export function checkPageRuns(
  bytes: Uint8Array,
  header: PageHeader,
  column: ColumnMetaData,
  schema: SchemaElement[],
): void {
  const name = column.path_in_schema.join('.').slice(0, 80);
  const values = (reader: DataReader, encoding: string, count: number): void => {
    if (column.type === 'BOOLEAN' && encoding === 'RLE')
      checkRuns(reader, { width: 1, count, column: name });
    else if (
      encoding === 'PLAIN_DICTIONARY' ||
      encoding === 'RLE_DICTIONARY' ||
      encoding === 'RLE'
    ) {
      const width = reader.view.getUint8(reader.offset++);
      if (width > 0)
        checkRuns(reader, {
          width,
          count,
          length: reader.view.byteLength - reader.offset,
          column: name,
        });
    }
  };
  try {
    const path = getSchemaPath(schema, column.path_in_schema);
    const repetition = getMaxRepetitionLevel(path);
    const definition = getMaxDefinitionLevel(path);
    if (header.type === 'DICTIONARY_PAGE')
      unpackPage(bytes, header.uncompressed_page_size, column.codec);
    const first = header.data_page_header;
    if (header.type === 'DATA_PAGE' && first !== undefined) {
      const reader = readerOf(unpackPage(bytes, header.uncompressed_page_size, column.codec));
      const count = first.num_values;
      let present = count;
      if (repetition > 0) checkRuns(reader, { width: bitWidth(repetition), count, column: name });
      if (definition > 0) {
        const levels = { ...reader };
        checkRuns(reader, { width: bitWidth(definition), count, column: name });
        present = presentValues(levels, bitWidth(definition), count, definition);
      }
      values(reader, first.encoding, present);
    }
    const second = header.data_page_header_v2;
    if (header.type === 'DATA_PAGE_V2' && second !== undefined) {
      if (!(second.num_nulls >= 0 && second.num_nulls <= second.num_values))
        throw new FileFailure(
          'broken_parquet',
          `A page of the column “${name}” claims ${second.num_nulls} empty values of ` +
            `${second.num_values}.`,
        );
      const packed = second.repetition_levels_byte_length + second.definition_levels_byte_length;
      if (
        !(
          second.repetition_levels_byte_length >= 0 &&
          second.definition_levels_byte_length >= 0 &&
          packed <= bytes.length
        )
      )
        throw new Error('its levels lie outside it');
      const levels = readerOf(bytes);
      if (repetition > 0)
        checkRuns(levels, {
          width: bitWidth(repetition),
          count: second.num_values,
          length: second.repetition_levels_byte_length,
          column: name,
        });
      levels.offset = second.repetition_levels_byte_length;
      if (definition > 0)
        checkRuns(levels, {
          width: bitWidth(definition),
          count: second.num_values,
          length: second.definition_levels_byte_length,
          column: name,
        });
      const rest = bytes.subarray(packed);
      values(
        readerOf(
          second.is_compressed === false
            ? rest
            : unpackPage(rest, header.uncompressed_page_size - packed, column.codec),
        ),
        second.encoding,
        second.num_values - second.num_nulls,
      );
    }
  } catch (error) {
    if (error instanceof FileFailure) throw error;
    throw new FileFailure(
      'broken_parquet',
      `A page of the column “${name}” cannot be read${error instanceof Error ? ` (${error.message.slice(0, 160)})` : ''}.`,
    );
  }
}
