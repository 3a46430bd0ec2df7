import { workedTime } from '#assignment/workedTime.js';
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
 * and withdrawn ones too. A judgment whose page measured no time counts from shown to sent, five
 * minutes at most; of who withdrew the sum alone was kept. The median is over measured times.
 */
export async function workOfStudy(
  db: Db,
  studyId: number,
): Promise<{ raters: WorkOfRater[]; medianMs: number | null; unmeasured: number }> {
  const rows = await db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .innerJoin('rater', 'rater.id', 'assignment.rater_id')
    .select([
      'rater.id',
      'rater.public_id',
      'rater.pseudonym',
      'rater.worked_ms',
      'judgment.shown_at',
      'judgment.submitted_at',
      'judgment.active_ms',
    ])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    .where('judgment.revision', '=', 1)
    .where('rater.origin', '=', 'rater')
    .orderBy('rater.id')
    .execute();
  const raters = new Map<number, WorkOfRater>();
  const times: number[] = [];
  let unmeasured = 0;
  for (const row of rows) {
    const { id, public_id: publicId, pseudonym, worked_ms: workedMs } = row;
    const known = raters.get(id) ?? {
      raterId: id,
      publicId,
      pseudonym,
      judgments: 0,
      activeMs: workedMs ?? 0,
    };
    const time = workedTime(row);
    raters.set(id, {
      ...known,
      judgments: known.judgments + 1,
      activeMs: known.activeMs + (workedMs === null ? time : 0),
    });
    if (row.active_ms !== null) times.push(time);
    else if (workedMs === null) unmeasured += 1;
  }
  times.sort((one, other) => one - other);
  const [low, high] = [Math.floor((times.length - 1) / 2), Math.floor(times.length / 2)];
  return {
    raters: [...raters.values()],
    medianMs: times.length === 0 ? null : ((times[low] ?? 0) + (times[high] ?? 0)) / 2,
    unmeasured,
  };
}
