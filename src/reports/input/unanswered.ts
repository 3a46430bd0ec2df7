import { type SkipReason, skipReasons } from '#assignment/return.js';
import type { Db } from '#storage/database.js';
import type { UnansweredFacts } from './data.js';

const isReason = (text: string): text is SkipReason => Object.hasOwn(skipReasons, text);

/**
 * What was shown to raters and stands without an answer: skipped and not taken up again, or expired.
 * Raters who were excluded or withdrew are left out, as their judgments count nowhere.
 */
export async function readUnanswered(
  db: Db,
  studyId: number,
  items: ReadonlyMap<number, number>,
  raters: ReadonlyMap<number, number>,
): Promise<UnansweredFacts[]> {
  const rows = await db
    .selectFrom('assignment')
    .innerJoin('rater', 'rater.id', 'assignment.rater_id')
    .select(['assignment.id', 'assignment.item_id', 'assignment.rater_id', 'assignment.state'])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.role', '=', 'validation')
    .where('assignment.state', 'in', ['returned', 'expired'])
    .where('assignment.shown_at', 'is not', null)
    .where('rater.excluded_at', 'is', null)
    .where('rater.state', '!=', 'withdrawn')
    .orderBy('assignment.id')
    .execute();
  const skips = await db
    .selectFrom('assignment_return')
    .innerJoin('assignment', 'assignment.id', 'assignment_return.assignment_id')
    .select(['assignment_return.assignment_id', 'assignment_return.reason'])
    .where('assignment.study_id', '=', studyId)
    .orderBy('assignment_return.id')
    .execute();
  const reasons = new Map(skips.map((skip) => [skip.assignment_id, skip.reason]));
  return rows.map((row): UnansweredFacts => {
    const reason = reasons.get(row.id) ?? '';
    return {
      item: items.get(row.item_id) ?? 0,
      rater: raters.get(row.rater_id) ?? 0,
      how: row.state === 'returned' ? 'skipped' : 'expired',
      reason: row.state === 'returned' && isReason(reason) ? reason : null,
    };
  });
}
