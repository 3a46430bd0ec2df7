import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { projectFolder } from '#web/folders.js';

const Cell = z.union([
  z.string(),
  z.number(),
  z.null(),
  z.object({ base64: z.string() }).transform(({ base64 }) => Buffer.from(base64, 'base64')),
]);
const Rows = z.record(z.string(), z.array(z.record(z.string(), Cell)));

/** A file of `test/fixtures` as text. */
export const fixture = (name: string): string =>
  readFileSync(join(projectFolder, 'test/fixtures', name), 'utf8');

/**
 * Writes a kept export of a study and its frozen report as an earlier version stored them; gives
 * the report's public id.
 */
export async function writeFrozenRows(db: Db, name: string): Promise<string> {
  const tables = Rows.parse(JSON.parse(fixture(name)));
  const open = db as unknown as {
    insertInto(table: string): { values(rows: unknown): { execute(): Promise<unknown> } };
  };
  for (const [table, rows] of Object.entries(tables))
    for (const row of rows) await open.insertInto(table).values(row).execute();
  return String(tables['frozen_report']?.[0]?.['public_id']);
}
