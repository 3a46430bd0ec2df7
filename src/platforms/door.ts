import type { Rater } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import type { Study } from '#studies/study.js';
import type { Submission } from './hear.js';
import type { Outcome } from './platform.js';
import type { Recruitment } from './recruitment.js';
import { type Barred, whyBarred } from './takingPart.js';

/** Where somebody stands who came by a platform’s link. */
export type Door =
  | { readonly stands: 'rater'; readonly rater: Rater }
  | { readonly stands: 'ended'; readonly outcome: Outcome; readonly barred: Barred | null }
  | { readonly stands: 'not-begun' }
  | { readonly stands: 'paused' }
  | { readonly stands: 'may-join' };

/** The rater of this study who is this person. */
export const raterOfPerson = async (
  db: Db,
  studyId: number,
  fingerprint: string | null,
): Promise<Rater | undefined> =>
  fingerprint === null
    ? undefined
    : db
        .selectFrom('rater')
        .selectAll()
        .where('study_id', '=', studyId)
        .where('fingerprint', '=', fingerprint)
        .executeTakeFirst();

/** Whether a visit has ended for good: with a code, or because its person said no. */
export const isOver = ({ code, outcome }: Pick<Submission, 'code' | 'outcome'>): boolean =>
  code !== null || outcome === ('no-consent' satisfies Outcome);

/** Whether somebody who comes now may get an example: the study is open and a place is free. */
export async function anythingLeft(db: Db, study: Pick<Study, 'id' | 'state'>): Promise<boolean> {
  if (study.state !== 'open') return false;
  const free = await db
    .selectFrom('item')
    .select('id')
    .where('study_id', '=', study.id)
    .where((eb) => eb('free_places', '<>', eb.lit(0)))
    .limit(1)
    .executeTakeFirst();
  return free !== undefined;
}

/**
 * Looks where somebody stands before they consent: a rater of this study is the same rater whatever
 * the session, a visit that ended stays ended, and who cannot take part learns it here.
 */
export async function doorOf(
  db: Db,
  options: { recruitment: Recruitment; study: Study; submission: Submission },
): Promise<Door> {
  const { recruitment, study, submission } = options;
  const { fingerprint } = submission;
  const rater = await raterOfPerson(db, study.id, fingerprint);
  if (rater !== undefined) return { stands: 'rater', rater };
  const barred = fingerprint === null ? null : await whyBarred(db, recruitment, fingerprint);
  if (isOver(submission))
    return { stands: 'ended', outcome: submission.outcome as Outcome, barred };
  if (study.state === 'draft') return { stands: 'not-begun' };
  if (barred !== null) return { stands: 'ended', outcome: 'screened-out', barred };
  if (study.state === 'paused') return { stands: 'paused' };
  return (await anythingLeft(db, study))
    ? { stands: 'may-join' }
    : { stands: 'ended', outcome: 'nothing-left', barred: null };
}
