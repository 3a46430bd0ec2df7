import { sql } from 'kysely';
import type { Db } from '#storage/database.js';

/**
 * Items that were skipped, by two raters at least where two have begun, and that nobody judged or
 * holds.
 */
export async function skippedByAll(db: Db, studyId: number): Promise<number[]> {
  const { begun } = await db
    .selectFrom('rater')
    .select((eb) => eb.fn.countAll<number>().as('begun'))
    .where('study_id', '=', studyId)
    .where('consented_at', 'is not', null)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('assignment')
    .select('item_id')
    .where('study_id', '=', studyId)
    .where('role', '=', 'validation')
    .where('state', 'in', ['returned', 'submitted', 'leased'])
    .groupBy('item_id')
    .having(
      sql<number>`sum(case when state = 'returned' then 1 else 0 end)`,
      '>=',
      Math.min(2, Math.max(1, begun)),
    )
    .having(sql<number>`sum(case when state <> 'returned' then 1 else 0 end)`, '=', 0)
    .orderBy('item_id')
    .execute();
  return rows.map((row) => row.item_id);
}
