import type { Db } from '#storage/database.js';
import { editedIn } from '../candidates.js';
import type { Generation, Stage } from '../generation.js';
import type { OneScore } from '../keep/mean.js';

/** How many answers a count had that chose a reply. */
function answersIn(
  { pipeline }: Pick<Generation, 'pipeline'>,
  position: number,
  { kind, mass }: { kind: string; mass: number | null },
): number | null {
  const judge = pipeline.stages[position];
  if (kind !== 'sampled' || mass === null || judge?.kind !== 'judge') return null;
  return Math.max(1, Math.round(mass * judge.samples));
}

/**
 * The scores of candidates as their texts now read, by the id of the candidate: of each name those
 * of the last judge that gave it, and none that was given before a person edited the text.
 * @param options.stages the stages that count, in their order
 * @param options.ids the candidates, at most some thousand
 */
export async function readScores(
  db: Db,
  options: {
    generation: Pick<Generation, 'pipeline'>;
    stages: readonly Stage[];
    ids: readonly number[];
  },
): Promise<Map<number, OneScore[]>> {
  const { generation, stages, ids } = options;
  const found = new Map<number, OneScore[]>();
  const wanted = new Set(ids);
  const sorted = ids.toSorted((one, other) => one - other);
  const [first = 0, last = first] = [sorted[0], sorted.at(-1)];
  // By rank, candidates come from all over their stage.
  const dense = last - first < 2 * sorted.length;
  const edited = await editedIn(db, stages);
  for (const { id, kind, position } of stages) {
    if (kind !== 'judge') continue;
    const rows = await db
      .selectFrom('candidate_score')
      .select(['candidate_id', 'name', 'model_id', 'value', 'mass', 'kind'])
      .where('stage_id', '=', id)
      .where((eb) =>
        dense
          ? eb.between('candidate_id', first, last)
          : eb('candidate_id', 'in', sorted.length === 0 ? [0] : sorted),
      )
      .execute();
    const own = new Map<number, OneScore[]>();
    for (const row of rows) {
      const { candidate_id: candidate, name, model_id: modelId, value, mass } = row;
      if (!wanted.has(candidate) || (edited.get(candidate) ?? -1) > position) continue;
      const score = { name, modelId, value, mass, answers: answersIn(generation, position, row) };
      const scores = own.get(candidate);
      if (scores === undefined) own.set(candidate, [score]);
      else scores.push(score);
    }
    for (const [candidate, scores] of own) {
      const before = found.get(candidate);
      if (before === undefined) {
        found.set(candidate, scores);
        continue;
      }
      const names = new Set(scores.map(({ name }) => name));
      found.set(candidate, [...before.filter(({ name }) => !names.has(name)), ...scores]);
    }
  }
  return found;
}
