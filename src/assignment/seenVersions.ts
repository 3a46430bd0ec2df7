import { z } from 'zod';
import type { Db } from '#storage/database.js';
import type { Form } from '#studies/form.js';
import { formVersion } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import type { StudyForRating } from './studyForRating.js';

const version = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
  .optional();

/**
 * The fields in which an item's form sends back what stood on it: questions and guidelines may be
 * edited while it is on a screen.
 */
export const seenFields = { form_version: version, guidelines_version: version };

/** Which versions stood on a page; undefined where it did not say, which then means the newest. */
export interface SeenVersions {
  readonly form?: number | undefined;
  readonly guidelines?: number | undefined;
}

const neverShown = (): Problem =>
  new Problem(
    422,
    'unknown_version',
    'This was not made with any page of this study.',
    'Nothing was stored. Reload the page.',
  );

/** The questions that stood on a page. Throws a `Problem` on a version that the study never had. */
export async function formSeen(
  db: Db,
  studyId: number,
  newest: { readonly version: number; readonly form: Form },
  seen: number = newest.version,
): Promise<{ version: number; form: Form }> {
  if (seen < 1 || seen > newest.version) throw neverShown();
  return seen === newest.version
    ? newest
    : { version: seen, form: await formVersion(db, studyId, seen) };
}

/**
 * A study as a page showed it: what was answered there is read with its own questions, and recorded
 * under its versions.
 */
export async function asSeen(
  db: Db,
  rating: StudyForRating,
  seen: SeenVersions,
): Promise<StudyForRating> {
  const { version: shown, form } = await formSeen(
    db,
    rating.study.id,
    { version: rating.formVersion, form: rating.form },
    seen.form,
  );
  const guidelines = seen.guidelines ?? rating.guidelinesVersion;
  if (guidelines > rating.guidelinesVersion || (guidelines < 1 && rating.guidelinesVersion > 0))
    throw neverShown();
  return { ...rating, form, formVersion: shown, guidelinesVersion: guidelines };
}
