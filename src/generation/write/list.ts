import { inTransaction } from '#storage/transaction.js';
import { addCandidates } from '../candidates.js';
import type { StageWork } from '../stages.js';

/** The work of a stage whose rows stand in the file: each row is a candidate. */
export const listStage: StageWork<'list'> = async ({ database, stage, settings }) => {
  await inTransaction(
    database.db,
    (trx) =>
      addCandidates(
        trx,
        stage,
        settings.rows.map((fields, slot) => ({
          slot,
          place: 0,
          parentId: null,
          label: null,
          prompt: null,
          callId: null,
          fields,
          dropped: null,
        })),
      ),
    { repeatable: true },
  );
  return { made: settings.rows.length, kept: null };
};
