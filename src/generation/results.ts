import type { Db } from '#storage/database.js';
import type { Stage, StageResult } from './generation.js';
import type { Pipeline } from './pipeline.js';
import { reasonOf } from './reasons.js';

/** How many of the sentences behind the reasons are kept with a stage. */
const mostDetails = 20;

/** What a stage dropped, by reason, and the commonest sentences behind it. */
export async function droppedBy(
  db: Db,
  stage: Pick<Stage, 'id'>,
): Promise<Pick<StageResult, 'dropped' | 'details'>> {
  const rows = await db
    .selectFrom('candidate_decision')
    .select((eb) => ['reason', 'detail', eb.fn.countAll<number>().as('count')])
    .where('stage_id', '=', stage.id)
    .where('kept', '=', 0)
    .groupBy(['reason', 'detail'])
    .orderBy('count', 'desc')
    .orderBy('reason')
    .orderBy('detail')
    .execute();
  const dropped: Record<string, number> = {};
  for (const { reason, count } of rows)
    if (reason !== null) dropped[reason] = (dropped[reason] ?? 0) + Number(count);
  return {
    dropped,
    details: rows.slice(0, mostDetails).map(({ reason, detail, count }) => ({
      reason: reason ?? '',
      detail: detail ?? reasonOf(reason ?? '')?.sentence ?? '',
      count: Number(count),
    })),
  };
}

/** How many candidates there are of each label; empty where none of them has one. */
export function countsByLabel(
  pipeline: Pipeline,
  candidates: readonly { readonly label: number | null; readonly count?: number }[],
): number[] {
  const counts = pipeline.labels.map(() => 0);
  let labelled = 0;
  for (const { label, count = 1 } of candidates) {
    if (label === null) continue;
    labelled += count;
    counts[label] = (counts[label] ?? 0) + count;
  }
  return labelled === 0 ? [] : counts;
}

const mostNamed = 3;

/**
 * Why nothing that could be published can come after this stage: no candidate is left, or none of
 * one label. Null where that is not so.
 */
export function deadEnd(
  pipeline: Pipeline,
  stage: Pick<Stage, 'position' | 'kind'>,
  result: StageResult,
): string | null {
  const missing = pipeline.labels.filter((_, label) => result.labels[label] === 0);
  if (result.out > 0 && missing.length === 0) return null;
  const left =
    result.out === 0
      ? 'no candidate is left'
      : `no candidate is left of ${missing.map(({ choice }) => `“${choice.trim()}”`).join(', ')}`;
  const why = result.details
    .slice(0, mostNamed)
    .map(({ detail, count }) => ` ${detail} (${count})`)
    .join('');
  return `After stage ${stage.position + 1} (${stage.kind}) ${left}, so it ends here.${
    why === '' ? '' : ` What was said most often:${why}`
  }`;
}
