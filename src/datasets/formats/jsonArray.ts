import { isUtf8 } from 'node:buffer';
import { isJsonSpace } from './jsonOutline.js';
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

type State = 'before' | 'element-or-end' | 'element' | 'inside' | 'after';

/**
 * Rows of a JSON array, or of objects one after the other (`bare`), streamed: each one's own bytes,
 * numbered by the line on which it begins. Throws `FileFailure` where the array or the objects
 * break.
 */
export async function* readJsonArray(
  source: AsyncIterable<Buffer>,
  { bare = false }: { bare?: boolean } = {},
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  let line = 1;
  let state: State = bare ? 'after' : 'before';
  const broken = (detail: string): never => {
    throw new FileFailure(bare ? 'broken_objects' : 'broken_array', detail);
  };
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
    while (end > 0 && isJsonSpace(whole[end - 1] ?? 0)) end -= 1;
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
        else if ((byte === 0x7d || byte === 0x5d) && depth > 0) {
          depth -= 1;
          if (!bare || depth > 0) continue;
          keep(chunk.subarray(from, index + 1));
          finish();
          from = -1;
          state = 'after';
          if (batch.length >= batchSize) {
            yield batch;
            batch = [];
          }
        } else if (depth === 0 && (byte === 0x2c || byte === 0x5d)) {
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
      if (isJsonSpace(byte)) continue;
      if (bare && byte === 0x7b) {
        state = 'inside';
        from = index;
        beganAt = line;
        depth = 1;
      } else if (state === 'before' && byte === 0x5b) state = 'element-or-end';
      else if (state === 'element-or-end' && byte === 0x5d) state = 'after';
      else if (state === 'element-or-end' || state === 'element') {
        if (byte === 0x2c || byte === 0x5d) broken(`On line ${line} an element is missing.`);
        state = 'inside';
        from = index;
        beganAt = line;
        depth = byte === 0x7b || byte === 0x5b ? 1 : 0;
        inString = byte === 0x22;
        escaped = false;
      } else
        broken(
          `Line ${line} has something ` +
            `${bare ? 'between the objects' : 'before or after the array'}.`,
        );
    }
    if (state === 'inside' && from >= 0) keep(chunk.subarray(from));
  }
  if (state !== 'after')
    broken(`It ends on line ${line} before the ${bare ? 'object' : 'array'} is closed.`);
  if (batch.length > 0) yield batch;
}
