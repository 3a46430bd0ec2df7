import { gunzipSync } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { run } from './dialect.js';

/** As much of a report file of any format as says whose answers it holds. */
const Held = z.object({
  data: z.object({
    raters: z.array(z.object({ pseudonym: z.string() })),
    judgments: z.array(z.object({ rater: z.int(), standing: z.string() })),
  }),
});

/**
 * Reports that were frozen before hold the answers of everybody who had not withdrawn, also of
 * judgments that count nowhere.
 */
async function readHeld(db: Kysely<unknown>): Promise<void> {
  const { rows: reports } = await sql<{
    id: number;
  }>`select id from frozen_report order by id`.execute(db);
  for (const report of reports) {
    const { rows } = await sql<{
      content: Uint8Array;
    }>`select content from frozen_report where id = ${report.id}`.execute(db);
    for (const { content } of rows) {
      const { data } = Held.parse(JSON.parse(gunzipSync(content).toString('utf8')));
      const held = new Set(
        data.judgments.flatMap(({ rater, standing }) =>
          standing === 'blanked' ? [] : (data.raters[rater]?.pseudonym ?? []),
        ),
      );
      for (const pseudonym of held)
        await sql`insert into frozen_report_rater (frozen_report_id, rater_id) select frozen_report.id, rater.id from frozen_report join rater on rater.study_id = frozen_report.study_id where frozen_report.id = ${report.id} and rater.pseudonym = ${pseudonym}`.execute(
          db,
        );
    }
  }
}

/** Whose answers a frozen report holds: when one of them withdraws, it is superseded. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await run(
    db,
    `
create table frozen_report_rater (
  frozen_report_id {INT} not null references frozen_report (id),
  rater_id {INT} not null references rater (id),
  primary key (frozen_report_id, rater_id)
{END};
`,
  );
  await readHeld(db);
}
