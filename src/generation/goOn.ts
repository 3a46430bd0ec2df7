import type { Trx, Db } from '#storage/database.js';
import type { ReviewAction } from '#storage/generationTables.js';
import { writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';
import { addDecisions, flowRows } from './candidates.js';
import { currentStages, type Stage, StageResult } from './generation.js';
import { type Move, moveInside } from './moves.js';
import { lockStage } from './review.js';
import { countsByLabel, droppedBy } from './results.js';

/** What was done last to each candidate of a review. */
async function lastActions(trx: Trx, stage: Stage): Promise<Map<number, ReviewAction>> {
  const rows = await trx
    .selectFrom('candidate_review')
    .select(['candidate_id', 'action'])
    .where('stage_id', '=', stage.id)
    .orderBy('id')
    .execute();
  return new Map(rows.map((row) => [row.candidate_id, row.action]));
}

/** How many candidates come into the stage at `position`, by label. */
const countFlow = async (
  trx: Trx,
  stages: readonly Stage[],
  position: number,
): Promise<{ label: number | null; count: number }[]> =>
  (await flowRows(trx, stages, position)
    ?.rows.select((eb) => ['candidate.label', eb.fn.countAll<number>().as('count')])
    .groupBy('candidate.label')
    .execute()) ?? [];

const sum = (rows: readonly { count: number }[]): number =>
  rows.reduce((all, { count }) => all + count, 0);

/**
 * Ends the review at which a generation stands: what was rejected is dropped, and all else goes on,
 * also what nobody looked at. The run waits afterwards, to be started. Throws a `Problem` where it
 * stands at no review.
 */
export const goOn = (db: Db, options: Move): Promise<StageResult> =>
  inTransaction(db, async (trx) => {
    const { generation, now } = options;
    // Before the stages are read: it locks the run.
    await moveInside(trx, options, { verb: 'go-on' });
    const stages = await currentStages(trx, generation.id);
    const stage = stages.find(({ state }) => state === 'review');
    if (stage === undefined)
      throw new Problem(409, 'no_review', 'There is no review to end.', 'Nothing was changed.');
    // A review that is being stored at this moment still counts; one that comes later is refused.
    await lockStage(trx, stage);
    const into = sum(await countFlow(trx, stages, stage.position));
    const actions = await lastActions(trx, stage);
    const review = { accepted: 0, edited: 0, rejected: 0, skipped: 0, unread: 0 };
    const rejected: number[] = [];
    for (const [id, action] of actions) {
      if (action === 'rejected') rejected.push(id);
      if (action !== 'reopened') review[action] += 1;
    }
    review.unread = into - review.accepted - review.edited - review.rejected - review.skipped;
    await addDecisions(
      trx,
      stage,
      rejected.map((candidateId) => ({
        candidateId,
        reason: 'rejected',
        detail: null,
        rank: null,
      })),
    );
    const flow = await countFlow(trx, stages, stage.position + 1);
    const result: StageResult = {
      in: into,
      made: 0,
      out: sum(flow),
      labels: countsByLabel(generation.pipeline, flow),
      kept: null,
      review,
      ...(await droppedBy(trx, stage)),
    };
    await trx
      .updateTable('generation_stage')
      .set({ state: 'done', result: writeJson(StageResult, result), finished_at: now })
      .where('id', '=', stage.id)
      .execute();
    return result;
  });
