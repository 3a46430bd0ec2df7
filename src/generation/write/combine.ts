import { createRandom } from '#statistics/random.js';
import { inTransaction } from '#storage/transaction.js';
import { addCandidates, type FlowCandidate, type Fields, type Made } from '../candidates.js';
import type { StageOf } from '../pipeline.js';
import type { StageWork } from '../stages.js';

/** Pairs of one transaction. */
const pairsAtOnce = 2_000;

/**
 * The numbers of the pairs that are drawn, in order: `most` of `count`, each set of that size
 * equally likely (selection sampling: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
 */
export function* drawnPairs(count: number, most: number | null, seed: string): Generator<number> {
  let wanted = Math.min(most ?? count, count);
  const random = createRandom(seed);
  for (let pair = 0; wanted > 0; pair += 1)
    if (random() * (count - pair) < wanted) {
      wanted -= 1;
      yield pair;
    }
}

/** A candidate with a row: the fields of both, and those that are picked of the row. */
function combined(
  candidate: FlowCandidate,
  row: Fields,
  pick: StageOf<'combine'>['pick'],
): Pick<Made, 'fields' | 'dropped'> {
  const fields: Record<string, string> = { ...candidate.fields, ...row };
  for (const [name, by] of Object.entries(pick)) {
    const chosen = Object.hasOwn(candidate.fields, by) ? candidate.fields[by] : undefined;
    const own = chosen !== undefined && Object.hasOwn(row, chosen);
    const value = own ? row[chosen] : undefined;
    if (value === undefined) {
      const detail = chosen === undefined ? `no field ${by}` : `no field ${chosen} in the row`;
      return { fields, dropped: { reason: 'lacks-field', detail } };
    }
    fields[name] = value;
  }
  return { fields, dropped: null };
}

/** The work of a stage that puts every candidate together with every row. */
export const combineStage: StageWork<'combine'> = async (context) => {
  const { database, stage, settings, candidates, signal, report } = context;
  const { rows, pick, most } = settings;
  const count = candidates.length * rows.length;
  const planned = Math.min(most ?? count, count);
  let made: Made[] = [];
  let stored = 0;
  const store = async (): Promise<void> => {
    signal.throwIfAborted();
    await inTransaction(database.db, (trx) => addCandidates(trx, stage, made), {
      repeatable: true,
    });
    stored += made.length;
    report(stored, planned);
    made = [];
  };
  for (const pair of drawnPairs(count, most, `combine ${context.seed} ${stage.position}`)) {
    const candidate = candidates[Math.floor(pair / rows.length)];
    const row = rows[pair % rows.length];
    if (candidate === undefined || row === undefined) continue;
    made.push({
      slot: pair,
      place: 0,
      parentId: candidate.id,
      label: candidate.label,
      prompt: candidate.prompt,
      callId: null,
      ...combined(candidate, row, pick),
    });
    if (made.length === pairsAtOnce) await store();
  }
  await store();
  return { made: stored, kept: null };
};
