import { sql } from 'kysely';
import type { Db } from '#storage/database.js';
import type { Work } from './owed.js';

/** What one rater did, with who they are. */
export interface WorkOfRater extends Work {
  readonly raterId: number;
  readonly publicId: string;
  readonly pseudonym: string;
}

/**
 * What the people of a study did: every judgment that was sent, whether it counts or not, excluded
 * and withdrawn ones too. Time at work is no more than the time from shown to sent.
 */
export async function workOfStudy(
  db: Db,
  studyId: number,
): Promise<{ raters: WorkOfRater[]; medianMs: number | null }> {
  const rows = await db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .innerJoin('rater', 'rater.id', 'assignment.rater_id')
    .select([
      'rater.id',
      'rater.public_id',
      'rater.pseudonym',
      sql<number | null>`case when judgment.active_ms is null then null
        when judgment.active_ms > judgment.submitted_at - judgment.shown_at
        then judgment.submitted_at - judgment.shown_at else judgment.active_ms end`.as('active'),
    ])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    .where('judgment.revision', '=', 1)
    .where('rater.origin', '=', 'rater')
    .orderBy('rater.id')
    .execute();
  const raters = new Map<number, WorkOfRater>();
  for (const { id, public_id: publicId, pseudonym, active } of rows) {
    const known = raters.get(id) ?? { raterId: id, publicId, pseudonym, judgments: 0, activeMs: 0 };
    raters.set(id, {
      ...known,
      judgments: known.judgments + 1,
      activeMs: known.activeMs + (active ?? 0),
    });
  }
  const times = rows.flatMap(({ active }) => active ?? []).toSorted((one, other) => one - other);
  const [low, high] = [Math.floor((times.length - 1) / 2), Math.floor(times.length / 2)];
  return {
    raters: [...raters.values()],
    medianMs: times.length === 0 ? null : ((times[low] ?? 0) + (times[high] ?? 0)) / 2,
  };
}
