import { isUtf8 } from 'node:buffer';
import { type CsvRecord, fieldsOf, splitRecords } from './csvRecords.js';
import { withoutMark } from './lines.js';
import { FileFailure, keptOfLongRow, type RawRow, reject, type RejectedRow } from './rejections.js';

const batchSize = 500;

export type Delimiter = ',' | '\t' | ';';

interface CsvOptions {
  readonly delimiter: Delimiter;
  readonly quoted: boolean;
  readonly unnamed: 'refused' | 'kept';
}

function headerOf({ raw, tooLong }: CsvRecord, options: CsvOptions): string[] {
  const broken = (detail: string): never => {
    throw new FileFailure('broken_header', detail);
  };
  if (tooLong) return broken('It is longer than 16 MB.');
  if (!isUtf8(raw)) return broken('It is not UTF-8 text. Save the file as UTF-8.');
  const fields = fieldsOf(raw.toString('utf8'), options);
  if (!Array.isArray(fields)) return broken(fields.fault);
  if (fields.some((name) => name.includes('\r')))
    return broken(
      'The lines of the file end with a carriage return alone. Save it with line feeds.',
    );
  const names = fields.map((name) => name.trim());
  const empty = names.indexOf('');
  if (empty >= 0 && options.unnamed === 'refused')
    return broken(`Column ${empty + 1} has no name.`);
  const double = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (double !== undefined) return broken(`Two columns are called “${double.slice(0, 80)}”.`);
  if (names.includes('__proto__')) return broken('A column is called __proto__.');
  return names;
}

/** Drops the byte order mark before the first record. */
async function* unmarked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of source) {
    yield first ? withoutMark(chunk) : chunk;
    first = false;
  }
}

/**
 * Rows of a CSV or TSV file with a header, in batches, each numbered by the line on which it
 * begins. Quotes enclose a field from its beginning to its end; inside TSV they are ordinary
 * characters. Throws `FileFailure` on an unusable header.
 * @param given.unnamed whether columns without a name, such as the row numbers that R and pandas
 *   write, are refused; otherwise the last of them is the field ''
 */
export async function* readCsv(
  source: AsyncIterable<Buffer>,
  delimiter: Delimiter,
  given: Pick<Partial<CsvOptions>, 'unnamed'> = {},
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  const options = { delimiter, quoted: delimiter !== '\t', unnamed: 'refused', ...given } as const;
  let header: string[] | undefined;
  let batch: (RawRow | RejectedRow)[] = [];
  for await (const records of splitRecords(unmarked(source), {
    delimiter: delimiter.charCodeAt(0),
    quoted: options.quoted,
  })) {
    for (const record of records) {
      if (record.raw.length === 0) continue;
      if (header === undefined) {
        header = headerOf(record, options);
        continue;
      }
      batch.push(rowOf(record, header, options));
      if (batch.length >= batchSize) {
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}

function rowOf(
  { line, raw, tooLong }: CsvRecord,
  header: readonly string[],
  options: CsvOptions,
): RawRow | RejectedRow {
  if (tooLong) return reject(line, Buffer.from(raw.subarray(0, keptOfLongRow)), 'too_long');
  if (!isUtf8(raw)) return reject(line, raw, 'bad_encoding');
  const fields = fieldsOf(raw.toString('utf8'), options);
  if (!Array.isArray(fields)) return reject(line, raw, 'bad_csv', fields.fault);
  if (fields.length !== header.length)
    return reject(
      line,
      raw,
      'bad_csv',
      `It has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the header has ${header.length}.`,
    );
  return {
    lineNumber: line,
    raw,
    value: Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ''])),
  };
}
