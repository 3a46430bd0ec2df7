import { isUtf8 } from 'node:buffer';
import { readJsonRow } from './jsonValue.js';
import { withoutMark } from './lines.js';
import { FileFailure, isRejected, type RawRow, type RejectedRow } from './rejections.js';

/** Rows of JSON by column lie all over the file: all of it is held. */
const mostBytes = 32_000_000;
const batchSize = 500;

const broken = (detail: string): never => {
  throw new FileFailure('broken_columns', detail);
};

async function wholeOf(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > mostBytes)
      broken(
        `More than ${mostBytes / 1e6} MB of it cannot be turned into rows. Save it as ` +
          'JSONL (in pandas: orient="records", lines=True).',
      );
  }
  return withoutMark(Buffer.concat(chunks));
}

type Column = Readonly<Record<string, unknown>> | readonly unknown[];

/** The columns by name, each a list or an object whose keys are the same in all of them. */
function columnsOf(whole: Buffer): readonly (readonly [string, Column])[] {
  if (!isUtf8(whole)) broken('It is not UTF-8 text.');
  const read = readJsonRow(1, whole);
  if (isRejected(read)) return broken(read.message);
  return Object.entries(read.value as Record<string, unknown>).map(([name, column]) =>
    typeof column === 'object' && column !== null
      ? [name, column as Column]
      : broken(`“${name.slice(0, 80)}” is no column.`),
  );
}

/**
 * Rows of JSON by column, as pandas writes it: `{"question": {"0": …, "1": …}}` or `{"question":
 * […], …}`. Each row's bytes are its own JSON. Throws `FileFailure` where the columns do not have
 * the same rows, and where the file is larger than can be held.
 */
export async function* readJsonColumns(
  source: AsyncIterable<Buffer>,
): AsyncGenerator<(RawRow | RejectedRow)[]> {
  const columns = columnsOf(await wholeOf(source));
  const keys = Object.keys(columns[0]?.[1] ?? {});
  for (const [name, column] of columns) {
    const own = Object.keys(column);
    if (own.length !== keys.length || keys.some((key) => !Object.hasOwn(column, key)))
      broken(
        `“${columns[0]?.[0].slice(0, 80)}” has ${keys.length} rows, “${name.slice(0, 80)}” ` +
          `has ${own.length === keys.length ? 'others' : own.length}.`,
      );
  }
  for (let from = 0; from < keys.length; from += batchSize)
    yield keys.slice(from, from + batchSize).map((key, index) => {
      const row = Object.fromEntries(
        columns.map(([name, column]) => [name, (column as Readonly<Record<string, unknown>>)[key]]),
      );
      return readJsonRow(from + index + 1, Buffer.from(JSON.stringify(row)));
    });
}
