import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Db, Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { readJson } from '#storage/json.js';
import type { StudyRegistrationTable } from '#storage/tables.js';
import { Problem } from '#web/problem.js';
import { Form } from './form.js';
import type { StudyPlan } from './plan.js';
import { StudySettings } from './settings.js';
import { currentForm, currentText, lockStudy, presentSettings, type Study } from './study.js';

/**
 * What is written down before a study opens: its design as it stands, and in words what it asks and
 * whom it will exclude.
 */
export const RegisteredPlan = z.strictObject({
  format: z.literal('assay-plan-1'),
  study: z.strictObject({ id: z.string(), title: z.string(), seed: z.string() }),
  settings: StudySettings,
  form: Form,
  guidelines: z.string(),
  datasets: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      version: z.int(),
      source: z.enum(['generated', 'human']),
      behaviour: z.string(),
      sha256: z.string(),
      sampled: z.int(),
    }),
  ),
  /** Behaviours whose generated and human-written sets are compared. */
  comparisons: z.array(z.string()),
  questions: z.string(),
  exclusionRules: z.string(),
});
export type RegisteredPlan = z.output<typeof RegisteredPlan>;
export type Registration = Selectable<StudyRegistrationTable>;

/** The plan of a draft as it would be registered now. */
export async function planToRegister(
  db: Db,
  study: Study,
  plan: StudyPlan,
  words: { questions: string; exclusionRules: string },
): Promise<RegisteredPlan> {
  return {
    format: 'assay-plan-1',
    study: { id: study.public_id, title: study.title, seed: study.seed },
    settings: presentSettings(study),
    form: (await currentForm(db, study.id)).form,
    guidelines: (await currentText(db, study.id, 'guidelines'))?.content ?? '',
    datasets: plan.datasets.map(({ dataset, sampled }) => ({
      id: dataset.public_id,
      name: dataset.name,
      version: dataset.version,
      source: dataset.source,
      behaviour: dataset.behaviour_name,
      sha256: dataset.sha256,
      sampled,
    })),
    comparisons: plan.pairs.map((pair) => pair.behaviour),
    ...words,
  };
}

/**
 * Freezes a plan with its time and hash. Only before the study opens; throws a `Problem`
 * afterwards.
 */
export async function registerPlan(
  trx: Trx,
  options: { study: Study; plan: RegisteredPlan; now: number; accountId: number | null },
): Promise<Registration> {
  if ((await lockStudy(trx, options.study.id)).state !== 'draft')
    throw new Problem(
      409,
      'study_opened',
      'The study was opened already.',
      'Nothing was registered: a plan counts only if it is written down before.',
    );
  const document = JSON.stringify(RegisteredPlan.parse(options.plan), null, 2);
  return trx
    .insertInto('study_registration')
    .values({
      public_id: newPublicId(),
      study_id: options.study.id,
      document,
      sha256: createHash('sha256').update(document).digest('hex'),
      registered_at: options.now,
      registered_by: options.accountId,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Every registration of a study with the address of who made it, newest first; the newest is the
 * one that counts.
 */
export const registrationsOf = (
  db: Db,
  studyId: number,
): Promise<(Registration & { email: string | null })[]> =>
  db
    .selectFrom('study_registration')
    .leftJoin('account', 'account.id', 'study_registration.registered_by')
    .selectAll('study_registration')
    .select('account.email')
    .where('study_id', '=', studyId)
    .orderBy('study_registration.id', 'desc')
    .execute();

/** The plan inside a registration. */
export const planOfRegistration = (registration: Pick<Registration, 'document'>): RegisteredPlan =>
  readJson(RegisteredPlan, registration.document, 'study_registration.document');
