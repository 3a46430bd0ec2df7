import { sql } from 'kysely';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Pace } from './pace.js';

/** A finding that stands on a line of a dataset. */
export interface Mark {
  readonly line: number;
  readonly detail: string | null;
}

/**
 * Puts one finding on examples that are already stored, in short steps; where it stands already it
 * stays as it is. `excludes` also makes them doubtful, so that studies leave them out by default.
 * Gives how many lines were asked for.
 */
export async function markExamples(
  db: Db,
  pace: Pace,
  options: { datasetId: number; finding: string; excludes: boolean; marks: Iterable<Mark> },
): Promise<number> {
  const { datasetId, finding, excludes } = options;
  let total = 0;
  let step: Mark[] = [];
  const flush = async (): Promise<void> => {
    if (step.length === 0) return;
    const given = sql.join(
      step.map((mark) => sql`(cast(${mark.line} as bigint), cast(${mark.detail} as text))`),
    );
    const lines = step.map((mark) => mark.line);
    await inTransaction(db, async (trx) => {
      await sql`
        with given (line, detail) as (values ${given})
        insert into example_finding (dataset_id, finding, example_id, detail)
        select example.dataset_id, ${finding}, example.id, given.detail
        from given join example on example.dataset_id = ${datasetId} and example.line_number = given.line
        where true
        on conflict do nothing`.execute(trx);
      if (excludes)
        await trx
          .updateTable('example')
          .set({ doubtful: 1 })
          .where('dataset_id', '=', datasetId)
          .where('line_number', 'in', lines)
          .where('doubtful', '=', 0)
          .execute();
    });
    total += step.length;
    step = [];
    await pace.breathe();
  };
  for (const mark of options.marks) {
    step.push(mark);
    if (step.length >= Math.min(pace.step.rows, 500)) await flush();
  }
  await flush();
  return total;
}
