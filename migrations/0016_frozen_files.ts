import { gunzipSync } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { run } from './dialect.js';

/** As much of a report file of any format as says what it is and who wrote it. */
const Named = z.object({
  format: z.string().catch(''),
  model: z
    .object({ software: z.object({ version: z.string() }) })
    .catch({ software: { version: '' } }),
});

/** One report at a time: each can be megabytes. */
async function nameFormats(db: Kysely<unknown>): Promise<void> {
  const { rows: reports } = await sql<{
    id: number;
  }>`select id from frozen_report order by id`.execute(db);
  for (const { id } of reports) {
    const { rows } = await sql<{
      content: Uint8Array;
    }>`select content from frozen_report where id = ${id}`.execute(db);
    for (const { content } of rows) {
      const { format, model } = Named.parse(JSON.parse(gunzipSync(content).toString('utf8')));
      await sql`update frozen_report set format = ${format}, software = ${model.software.version} where id = ${id}`.execute(
        db,
      );
    }
  }
}

/**
 * The files that a frozen report offers, as they were when it was frozen, and in which format it is
 * and which version wrote it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await run(
    db,
    `
alter table frozen_report add column format text not null default '';
alter table frozen_report add column software text not null default '';
create table frozen_file (
  frozen_report_id {INT} not null references frozen_report (id),
  name text not null,
  served text not null check (served in ('always', 'before-withdrawal', 'after-withdrawal')),
  position {INT} not null,
  kind text not null,
  page text,
  heading text not null,
  title text not null,
  sentence text not null,
  file_name text not null,
  media_type text not null,
  content {BYTES} not null,
  primary key (frozen_report_id, name, served)
{END};
`,
  );
  await nameFormats(db);
}
