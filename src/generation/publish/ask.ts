import { recordAudit } from '#accounts/audit.js';
import { getRun } from '#models/run.js';
import type { Db } from '#storage/database.js';
import { isUniqueViolation } from '#storage/faults.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import type { Generation } from '../generation.js';
import { countChosen, finishedStages } from './chosen.js';
import { type Publication, publicationOf, writeCounts } from './publication.js';

const unchanged = 'Nothing was changed.';

/**
 * Asks that what a generation kept becomes a dataset. Throws a `Problem` where its run or its last
 * stage is not done, where nothing was kept, and where the same was asked before and not refused.
 */
export async function askForPublication(
  db: Db,
  options: { generation: Generation; staff: Staff | null; now: number },
): Promise<Publication> {
  const { generation, staff, now } = options;
  return inTransaction(db, async (trx) => {
    const run = await getRun(trx, generation.run_id);
    const finished = await finishedStages(trx, generation);
    if (run.state !== 'done' || finished === undefined)
      throw new Problem(
        409,
        'generation_not_done',
        'Not every stage of this generation is done.',
        `${unchanged} Its run and its last stage must be done.`,
      );
    const counts = await countChosen(trx, generation, finished);
    if (counts.kept.length === 0)
      throw new Problem(
        422,
        'nothing_kept',
        'Nothing was kept, so there is nothing to publish.',
        `${unchanged} The page of the generation says for which reasons candidates were dropped.`,
      );
    try {
      const row = await trx
        .insertInto('publication')
        .values({
          public_id: newPublicId(),
          generation_id: generation.id,
          stage_id: finished.last.id,
          state: 'asked',
          counts: writeCounts(counts),
          note: null,
          kept_dataset_id: null,
          dropped_dataset_id: null,
          asked_at: now,
          asked_by: staff?.accountId ?? null,
          decided_at: null,
          decided_by: null,
          published_at: null,
          dropped_until: null,
          dropped_removed_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      await recordAudit(trx, {
        at: now,
        staff,
        action: 'publication.ask',
        subject: `publication ${row.public_id}`,
        detail: {
          generation: generation.public_id,
          kept: counts.kept.reduce((sum, { count }) => sum + count, 0),
          dropped: counts.dropped.reduce((sum, { count }) => sum + count, 0),
        },
      });
      return publicationOf(row);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new Problem(
        409,
        'publication_asked',
        'It was asked before that this is published.',
        `${unchanged} What was asked is decided on the page of the generation.`,
      );
    }
  });
}
