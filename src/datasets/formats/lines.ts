import { isUtf8 } from 'node:buffer';
import { readJsonRow } from './jsonValue.js';
import { keptOfLongRow, longestRow, type RawRow, reject, type RejectedRow } from './rejections.js';

const carriageReturn = 13;
const batchSize = 500;

const isBlank = (line: Buffer): boolean =>
  line.every((byte) => byte === 32 || byte === 9 || byte === carriageReturn);

/** Drops the byte order mark that some programs write before the first line. */
export const withoutMark = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/**
 * Rows of a JSONL file, in batches. Lines end at LF bytes alone (or, in a file that has none, at CR
 * bytes), so U+2028 stays inside a row; a CR before it is not part of the row; blank lines are passed
 * over but counted. A line over 16 MB is rejected without being held.
 */
export async function* readJsonLines(
  source: AsyncIterable<Buffer>,
  lineEnd: '\n' | '\r' = '\n',
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  const newline = lineEnd.charCodeAt(0);
  let lineNumber = 0;
  let batch: (RawRow | RejectedRow)[] = [];
  let carried: Buffer[] = [];
  let carriedSize = 0;
  let tooLong: Buffer | null = null;
  let first = true;

  const take = (line: Buffer, checked: boolean): void => {
    lineNumber += 1;
    const end =
      line.length > 0 && line[line.length - 1] === carriageReturn ? line.length - 1 : line.length;
    const raw = end === line.length ? line : line.subarray(0, end);
    if (raw.length < 8 && isBlank(raw)) return;
    if (!checked && !isUtf8(raw)) {
      batch.push(reject(lineNumber, Buffer.from(raw), 'bad_encoding'));
      return;
    }
    batch.push(
      raw.length > longestRow
        ? reject(lineNumber, Buffer.from(raw.subarray(0, keptOfLongRow)), 'too_long')
        : readJsonRow(lineNumber, raw),
    );
  };

  for await (const piece of source) {
    const chunk = first ? withoutMark(piece) : piece;
    first = false;
    const lastBreak = chunk.lastIndexOf(newline);
    if (lastBreak < 0) {
      if (tooLong === null) {
        carried.push(chunk);
        carriedSize += chunk.length;
        if (carriedSize > longestRow) {
          tooLong = Buffer.from(Buffer.concat(carried).subarray(0, keptOfLongRow));
          carried = [];
          carriedSize = 0;
        }
      }
      continue;
    }
    let from = chunk.indexOf(newline) + 1;
    if (tooLong !== null) {
      lineNumber += 1;
      batch.push(reject(lineNumber, tooLong, 'too_long'));
      tooLong = null;
    } else
      take(
        carriedSize > 0
          ? Buffer.concat([...carried, chunk.subarray(0, from - 1)])
          : chunk.subarray(0, from - 1),
        false,
      );
    carried = [];
    carriedSize = 0;
    const checked = isUtf8(chunk.subarray(from, lastBreak + 1));
    while (from <= lastBreak) {
      const to = chunk.indexOf(newline, from);
      take(chunk.subarray(from, to), checked);
      from = to + 1;
      if (batch.length >= batchSize) {
        yield batch;
        batch = [];
      }
    }
    if (from < chunk.length) {
      carried.push(chunk.subarray(from));
      carriedSize = chunk.length - from;
    }
  }
  if (tooLong !== null) {
    lineNumber += 1;
    batch.push(reject(lineNumber, tooLong, 'too_long'));
  } else if (carriedSize > 0) take(Buffer.concat(carried), false);
  if (batch.length > 0) yield batch;
}
