import type { Db } from '#storage/database.js';
import type { Stage } from './generation.js';

/** What a stage has stored so far, counted. */
export interface StageCounts {
  readonly made: number;
  /** Candidates that it scored, at least by one name. */
  readonly scored: number;
  /** Candidates about which it decided. */
  readonly decided: number;
  readonly activeMs: number;
  /** Candidates by what was done to them last in a review; null where nothing was. */
  readonly review: Partial<ReviewCounts> | null;
}

/** What reviewers did. Candidates that were opened again and nobody read since count as unread. */
export type ReviewCounts = Record<
  'accepted' | 'edited' | 'rejected' | 'skipped' | 'unread',
  number
>;

/** Counts the rows of these stages, by their id. */
export async function countsOf(
  db: Db,
  stages: readonly Pick<Stage, 'id'>[],
): Promise<Map<number, StageCounts>> {
  const ids = stages.map(({ id }) => id);
  const counts = new Map<number, StageCounts>(
    ids.map((id) => [id, { made: 0, scored: 0, decided: 0, activeMs: 0, review: null }]),
  );
  if (ids.length === 0) return counts;
  const put = (
    rows: readonly { stage_id: number; n: number | null }[],
    name: Exclude<keyof StageCounts, 'review'>,
  ): void => {
    for (const { stage_id: id, n } of rows) {
      const known = counts.get(id);
      if (known !== undefined) counts.set(id, { ...known, [name]: Number(n ?? 0) });
    }
  };
  put(
    await db
      .selectFrom('candidate')
      .select((eb) => ['stage_id', eb.fn.countAll<number>().as('n')])
      .where('stage_id', 'in', ids)
      .groupBy('stage_id')
      .execute(),
    'made',
  );
  put(
    await db
      .selectFrom('candidate_score')
      .select((eb) => ['stage_id', eb.fn.count<number>('candidate_id').distinct().as('n')])
      .where('stage_id', 'in', ids)
      .groupBy('stage_id')
      .execute(),
    'scored',
  );
  put(
    await db
      .selectFrom('candidate_decision')
      .select((eb) => ['stage_id', eb.fn.countAll<number>().as('n')])
      .where('stage_id', 'in', ids)
      .groupBy('stage_id')
      .execute(),
    'decided',
  );
  put(
    await db
      .selectFrom('candidate_review')
      .select((eb) => ['stage_id', eb.fn.sum<number | null>('active_ms').as('n')])
      .where('stage_id', 'in', ids)
      .groupBy('stage_id')
      .execute(),
    'activeMs',
  );
  const last = await db
    .selectFrom('candidate_review')
    .select((eb) => ['stage_id', 'action', eb.fn.countAll<number>().as('n')])
    .where('stage_id', 'in', ids)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('candidate_review as newest')
        .select((inner) => inner.fn.max('newest.id').as('id'))
        .where('newest.stage_id', 'in', ids)
        .groupBy(['newest.stage_id', 'newest.candidate_id']),
    )
    .groupBy(['stage_id', 'action'])
    .orderBy('action')
    .execute();
  for (const { stage_id: id, action, n } of last) {
    const known = counts.get(id);
    if (known === undefined) continue;
    const name = action === 'reopened' ? 'unread' : action;
    counts.set(id, { ...known, review: { ...known.review, [name]: Number(n) } });
  }
  return counts;
}
