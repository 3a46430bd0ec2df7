import { keptOfLongRow, longestRow } from './rejections.js';

/**
 * One record of a CSV file: its own bytes without the line end, and the line on which it begins.
 */
export interface CsvRecord {
  readonly line: number;
  readonly raw: Buffer;
  /** True where it was longer than a row may be; `raw` is then its beginning. */
  readonly tooLong: boolean;
}

const quote = 0x22;
const carriageReturn = 0x0d;

/**
 * Splits CSV into records at line ends outside quotes (`quoted` off: at every line end), keeping
 * every byte; flat in memory. `newline` is the byte that ends lines: a line feed, or a carriage
 * return where files have that alone.
 */
export async function* splitRecords(
  source: AsyncIterable<Buffer>,
  options: { delimiter: number; quoted: boolean; newline?: number },
): AsyncGenerator<CsvRecord[]> {
  const { delimiter, quoted, newline = 0x0a } = options;
  let line = 1;
  let beganAt = 1;
  let inQuotes = false;
  let fieldStart = true;
  let justClosed = false;
  let parts: Buffer[] = [];
  let size = 0;
  let tooLong = false;

  const keep = (bytes: Buffer): void => {
    if (tooLong) return;
    parts.push(bytes);
    size += bytes.length;
    if (size <= longestRow) return;
    // The rest of this record is passed over to the next line end, whatever its quotes say.
    tooLong = true;
    inQuotes = false;
    parts = [Buffer.from(Buffer.concat(parts).subarray(0, keptOfLongRow))];
  };
  const finish = (): CsvRecord => {
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    const raw = !tooLong && whole.at(-1) === carriageReturn ? whole.subarray(0, -1) : whole;
    const record = { line: beganAt, raw, tooLong };
    parts = [];
    size = 0;
    tooLong = false;
    inQuotes = false;
    fieldStart = true;
    justClosed = false;
    beganAt = line;
    return record;
  };

  for await (const chunk of source) {
    const records: CsvRecord[] = [];
    let from = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index];
      if (byte === newline) {
        line += 1;
        if (inQuotes) continue;
        keep(chunk.subarray(from, index));
        from = index + 1;
        records.push(finish());
      } else if (byte === quote) {
        // A doubled quote closes and opens at once, so that no look ahead is needed.
        if (inQuotes) {
          inQuotes = false;
          justClosed = true;
        } else {
          inQuotes = quoted && !tooLong && (fieldStart || justClosed);
          justClosed = false;
        }
        fieldStart = false;
      } else {
        fieldStart = byte === delimiter && !inQuotes;
        justClosed = false;
      }
    }
    if (from < chunk.length) keep(chunk.subarray(from));
    yield records;
  }
  if (size > 0) yield [finish()];
}

/**
 * The fields of one record, or why it has none: a quote that does not close, or something after one
 * that does.
 * @param options.spaced whether blanks may stand around the quotes of a field
 */
export function fieldsOf(
  text: string,
  options: { delimiter: string; quoted: boolean; spaced?: boolean },
): string[] | { readonly fault: string } {
  const { delimiter, quoted, spaced = false } = options;
  const blanksFrom = (at: number): number => {
    let end = at;
    while (spaced && text[end] === ' ') end += 1;
    return end;
  };
  if (!quoted || !text.includes('"')) return text.split(delimiter);
  const fields: string[] = [];
  for (let at = blanksFrom(0); ; at = blanksFrom(at)) {
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at);
      fields.push(text.slice(at, end < 0 ? undefined : end));
      if (end < 0) return fields;
      at = end + 1;
      continue;
    }
    let end = text.indexOf('"', at + 1);
    while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
    if (end < 0) return { fault: 'A quote does not close.' };
    fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
    const next = blanksFrom(end + 1);
    if (next === text.length) return fields;
    if (text[next] !== delimiter)
      return { fault: `“${text.slice(next, next + 20)}” follows a closing quote.` };
    at = next + 1;
  }
}
