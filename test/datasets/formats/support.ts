import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRejected, type RawRow, type RejectedRow } from '#datasets/formats/rejections.js';
import { detectFormat, type DetectedFormat } from '#datasets/formats/detectFormat.js';
import type { Reading } from '#datasets/formats/reading.js';
import { readRows } from '#datasets/formats/readRows.js';
import type { SourceOptions } from '#datasets/formats/source.js';

/** What became of one row: its line, and its value or the code of its rejection. */
export type Outcome = { readonly line: number; readonly raw: string } & (
  | { readonly value: unknown }
  | { readonly code: string; readonly message: string }
);

const outcomeOf = (row: RawRow | RejectedRow): Outcome => {
  const common = { line: row.lineNumber, raw: row.raw.toString('latin1') };
  return isRejected(row)
    ? { ...common, code: row.code, message: row.message }
    : { ...common, value: row.value };
};

/**
 * Writes content under a name, detects its format and reads every row. Throws what reading throws.
 */
export async function readContent(
  content: string | Uint8Array,
  name = 'rows.jsonl',
  options: SourceOptions & { readonly reading?: Reading } = {},
): Promise<{ detected: DetectedFormat; rows: Outcome[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-read-'));
  try {
    const path = join(folder, '0');
    writeFileSync(path, content);
    const detected = await detectFormat(path, {
      name,
      ...(options.reading === undefined ? {} : { reading: options.reading }),
    });
    const rows: Outcome[] = [];
    for await (const batch of readRows(path, detected, options)) rows.push(...batch.map(outcomeOf));
    return { detected, rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The values of rows that were read, and the codes of those that were not. */
export const valuesOf = (rows: readonly Outcome[]): unknown[] =>
  rows.map((row) => ('code' in row ? row.code : row.value));
