import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { addDecisions, type Decision } from '../candidates.js';
import type { Stage } from '../generation.js';

/**
 * Drops every candidate of a stage whose text an earlier one of the same label has: of equal texts
 * the first by slot and place stays. To be called once all of them are there.
 */
export async function dropCopies(database: Database, stage: Stage): Promise<void> {
  const rows = await database.db
    .selectFrom('candidate')
    .leftJoin('candidate_decision as decision', (join) =>
      join
        .onRef('decision.candidate_id', '=', 'candidate.id')
        .onRef('decision.stage_id', '=', 'candidate.stage_id'),
    )
    .select(['candidate.id', 'label', 'text_hash'])
    .where('candidate.stage_id', '=', stage.id)
    .where('decision.candidate_id', 'is', null)
    .orderBy('slot')
    .orderBy('place')
    .execute();
  const seen = new Set<string>();
  const decisions: Decision[] = [];
  for (const { id, label, text_hash: hash } of rows) {
    const text = `${label} ${Buffer.from(hash).toString('base64')}`;
    if (seen.has(text))
      decisions.push({ candidateId: id, reason: 'copy', detail: null, rank: null });
    seen.add(text);
  }
  if (decisions.length > 0)
    await inTransaction(database.db, (trx) => addDecisions(trx, stage, decisions), {
      repeatable: true,
    });
}
