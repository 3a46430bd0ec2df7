import { isUtf8 } from 'node:buffer';
import { readJsonRow } from './jsonValue.js';
import { withoutMark } from './lines.js';
import {
  FileFailure,
  keptOfLongRow,
  longestRow,
  type RawRow,
  reject,
  type RejectedRow,
} from './rejections.js';

const batchSize = 500;
const isSpace = (byte: number): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;

type State = 'before' | 'element-or-end' | 'element' | 'inside' | 'after';

/**
 * Rows of a JSON array, streamed: each element's own bytes, numbered by the line on which it
 * begins. Throws `FileFailure` where the array breaks.
 */
export async function* readJsonArray(
  source: AsyncIterable<Buffer>,
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  let line = 1;
  let state = 'before' as State;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let beganAt = 1;
  let parts: Buffer[] = [];
  let size = 0;
  let batch: (RawRow | RejectedRow)[] = [];
  let first = true;

  const keep = (bytes: Buffer): void => {
    size += bytes.length;
    if (size <= longestRow + keptOfLongRow) parts.push(bytes);
  };
  const finish = (): void => {
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    let end = whole.length;
    while (end > 0 && isSpace(whole[end - 1] ?? 0)) end -= 1;
    const raw = whole.subarray(0, end);
    if (size > longestRow)
      batch.push(reject(beganAt, Buffer.from(raw.subarray(0, keptOfLongRow)), 'too_long'));
    else if (!isUtf8(raw)) batch.push(reject(beganAt, Buffer.from(raw), 'bad_encoding'));
    else batch.push(readJsonRow(beganAt, raw));
    parts = [];
    size = 0;
  };

  for await (const piece of source) {
    const chunk = first ? withoutMark(piece) : piece;
    first = false;
    let from = state === 'inside' ? 0 : -1;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0;
      if (byte === 10) line += 1;
      if (state === 'inside') {
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === 0x5c) escaped = true;
          else if (byte === 0x22) inString = false;
          continue;
        }
        if (byte === 0x22) inString = true;
        else if (byte === 0x7b || byte === 0x5b) depth += 1;
        else if ((byte === 0x7d || byte === 0x5d) && depth > 0) depth -= 1;
        else if (depth === 0 && (byte === 0x2c || byte === 0x5d)) {
          keep(chunk.subarray(from, index));
          finish();
          from = -1;
          state = byte === 0x2c ? 'element' : 'after';
          if (batch.length >= batchSize) {
            yield batch;
            batch = [];
          }
        }
        continue;
      }
      if (isSpace(byte)) continue;
      if (state === 'before' && byte === 0x5b) state = 'element-or-end';
      else if (state === 'element-or-end' && byte === 0x5d) state = 'after';
      else if (state === 'element-or-end' || state === 'element') {
        if (byte === 0x2c || byte === 0x5d)
          throw new FileFailure('broken_array', `On line ${line} an element is missing.`);
        state = 'inside';
        from = index;
        beganAt = line;
        depth = byte === 0x7b || byte === 0x5b ? 1 : 0;
        inString = byte === 0x22;
        escaped = false;
      } else
        throw new FileFailure(
          'broken_array',
          `Line ${line} has something before or after the array.`,
        );
    }
    if (state === 'inside' && from >= 0) keep(chunk.subarray(from));
  }
  if (state !== 'after')
    throw new FileFailure('broken_array', `It ends on line ${line} before the array is closed.`);
  if (batch.length > 0) yield batch;
}
