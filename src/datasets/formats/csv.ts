import { isUtf8 } from 'node:buffer';
import { type CsvRecord, fieldsOf, splitRecords } from './csvRecords.js';
import { withoutMark } from './lines.js';
import { delimiters } from './reading.js';
import { FileFailure, keptOfLongRow, type RawRow, reject, type RejectedRow } from './rejections.js';
import { separatorLine, type TableLayout } from './tableLayout.js';

const batchSize = 500;

interface CsvOptions {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly indexColumn: boolean;
  readonly unnamed: 'refused' | 'kept';
}

/** The name of each column in order; null for an index column, which is left out of the rows. */
type Header = readonly (string | null)[];

const broken = (detail: string): never => {
  throw new FileFailure('broken_header', detail);
};

function firstFields({ raw, tooLong }: CsvRecord, options: CsvOptions): string[] {
  if (tooLong) return broken('It is longer than 16 MB.');
  if (!isUtf8(raw)) return broken('It is not UTF-8 text. Save the file as UTF-8.');
  const fields = fieldsOf(raw.toString('utf8'), options);
  return Array.isArray(fields) ? fields : broken(fields.fault);
}

function headerOf(record: CsvRecord, options: CsvOptions): Header {
  const names = firstFields(record, options).map((name) =>
    name.trim().replace(/\s*[\r\n]+\s*/g, ' '),
  );
  const from = options.indexColumn ? 1 : 0;
  const empty = names.indexOf('', from);
  if (empty === 0) names[0] = 'column 1';
  else if (empty > 0 && options.unnamed === 'refused')
    return broken(`Column ${empty + 1} has no name.`);
  const double = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (double !== undefined) return broken(`Two columns are called “${double.slice(0, 80)}”.`);
  if (names.includes('__proto__')) return broken('A column is called __proto__.');
  return options.indexColumn ? [null, ...names.slice(1)] : names;
}

/** Drops the byte order mark before the first record. */
async function* unmarked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of source) {
    yield first ? withoutMark(chunk) : chunk;
    first = false;
  }
}

const isBlank = (raw: Buffer): boolean => raw.length < 1000 && raw.toString('latin1').trim() === '';
const isSeparatorLine = ({ line, raw }: CsvRecord): boolean =>
  line === 1 && raw.length < 100 && separatorLine.test(raw.toString('latin1'));

/**
 * Rows of a table in batches, each numbered by the line on which it begins. Quotes enclose a cell
 * from its beginning to its end, or are ordinary characters, as `layout` says. Throws `FileFailure`
 * on an unusable header.
 * @param given.unnamed whether columns without a name, such as the row names that R writes, are
 *   refused; otherwise the last of them is the field ''
 */
export async function* readCsv(
  source: AsyncIterable<Buffer>,
  layout: TableLayout,
  given: { readonly unnamed?: CsvOptions['unnamed'] } = {},
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  const { quoted, indexColumn } = layout;
  const delimiter = delimiters[layout.delimiter];
  const options = { delimiter, quoted, indexColumn, unnamed: given.unnamed ?? 'refused' };
  let header: Header | undefined;
  let batch: (RawRow | RejectedRow)[] = [];
  for await (const records of splitRecords(unmarked(source), {
    delimiter: delimiter.charCodeAt(0),
    quoted,
    newline: layout.lineEnd.charCodeAt(0),
  })) {
    for (const record of records) {
      if (record.raw.length === 0) continue;
      if (header === undefined) {
        if (isBlank(record.raw) || isSeparatorLine(record)) continue;
        header = layout.header
          ? headerOf(record, options)
          : firstFields(record, options).map((_field, index) => `column ${index + 1}`);
        if (layout.header) continue;
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
  header: Header,
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
      `It has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the first row ` +
        `has ${header.length}.`,
    );
  const value: Record<string, string> = {};
  for (const [index, name] of header.entries())
    if (name !== null) value[name] = fields[index] ?? '';
  return { lineNumber: line, raw, value };
}
