import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { notFound, Problem } from '#web/problem.js';
import { currentStages } from './generation.js';
import { type Move, moveInside } from './moves.js';

/**
 * Has a stage done again: it gets a new attempt that draws anew, and so does every stage behind it,
 * which draws as before. The attempts until now become stale and keep all that they made. The run
 * waits afterwards, to be started. Throws a `Problem` where it runs, the stage was never begun, or
 * dropped texts are removed by now.
 * @param options.position of the stage, from 0
 */
export const stageAgain = (db: Db, options: Move & { position: number }): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { generation, position } = options;
    const id = generation.id;
    await moveInside(trx, options, { verb: 'again', detail: { stage: position + 1 } });
    const stages = await currentStages(trx, id);
    const begun = stages.find((stage) => stage.position === position);
    if (begun === undefined) throw notFound('stage');
    if (begun.started_at === null)
      throw new Problem(
        409,
        'not_begun',
        `Stage ${position + 1} was not begun yet, so it cannot be done again.`,
        'It comes by itself once the stages before it are done.',
      );
    const removed = await trx
      .selectFrom('publication')
      .select('id')
      .where('generation_id', '=', id)
      .where('state', 'in', ['published', 'refused'])
      .where('dropped_until', '<=', options.now)
      .executeTakeFirst();
    if (removed !== undefined)
      throw new Problem(
        409,
        'texts_removed',
        'The time for which dropped texts of this generation are kept is over, so no stage of it can be done again.',
        'Nothing was changed. Start a new generation from its pipeline file.',
      );
    const behind = stages.filter((stage) => stage.position >= position);
    await trx
      .updateTable('generation_stage')
      .set({ state: 'stale' })
      .where('generation_id', '=', id)
      .where('position', '>=', position)
      .execute();
    await trx
      .insertInto('generation_stage')
      .values(
        behind.map((stage) => ({
          generation_id: id,
          position: stage.position,
          attempt: stage.attempt + 1,
          draw: stage.position === position ? stage.draw + 1 : stage.draw,
          kind: stage.kind,
          state: 'waiting' as const,
          result: null,
          started_at: null,
          finished_at: null,
        })),
      )
      .execute();
  });
