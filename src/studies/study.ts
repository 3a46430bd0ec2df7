import type { Selectable } from 'kysely';
import { z } from 'zod';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import { newPublicId, newSecret } from '#storage/identifiers.js';
import { readJson, writeJson } from '#storage/json.js';
import type { StudyTable, StudyTextKind } from '#storage/tables.js';
import { notFound } from '#web/problem.js';
import { Form, formPresets } from './form.js';
import { StudySettings } from './settings.js';
import { defaultRaterTexts } from './raterTexts.js';

export type Study = Selectable<StudyTable>;

/** A study by its public id. */
export const findStudy = (db: Db, publicId: string): Promise<Study | undefined> =>
  db.selectFrom('study').selectAll().where('public_id', '=', publicId).executeTakeFirst();

/** A study by its public id. Throws "not found". */
export async function requireStudy(db: Db, publicId: string): Promise<Study> {
  const study = await findStudy(db, publicId);
  if (study === undefined) throw notFound('study');
  return study;
}

export const getStudy = (db: Db, id: number): Promise<Study> =>
  db.selectFrom('study').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** Reads a study under its lock, so that two who change it follow each other. */
export const lockStudy = (trx: Trx, id: number): Promise<Study> =>
  trx
    .selectFrom('study')
    .selectAll()
    .where('id', '=', id)
    .$if(engineOf(trx) === 'postgres', (query) => query.forNoKeyUpdate())
    .executeTakeFirstOrThrow();

export const listStudies = (db: Db): Promise<Study[]> =>
  db.selectFrom('study').selectAll().orderBy('id', 'desc').execute();

/** The settings of a study: as opened, once it was opened, else those of the draft. */
export const settingsOf = (study: Pick<Study, 'settings' | 'settings_opened'>): StudySettings =>
  readJson(StudySettings, study.settings_opened ?? study.settings, 'study.settings');

/**
 * The settings that hold now: an open study's thresholds may have been changed since it was opened.
 */
export const presentSettings = (study: Pick<Study, 'settings'>): StudySettings =>
  readJson(StudySettings, study.settings, 'study.settings');

/** The newest version of one of a study's texts. */
export const currentText = (
  db: Db,
  studyId: number,
  kind: StudyTextKind,
): Promise<{ version: number; content: string } | undefined> =>
  db
    .selectFrom('study_text')
    .select(['version', 'content'])
    .where('study_id', '=', studyId)
    .where('kind', '=', kind)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();

/** One version of one of a study's texts. Throws where there is none. */
export const textVersion = async (
  db: Db,
  studyId: number,
  kind: StudyTextKind,
  version: number,
): Promise<string> =>
  (
    await db
      .selectFrom('study_text')
      .select('content')
      .where('study_id', '=', studyId)
      .where('kind', '=', kind)
      .where('version', '=', version)
      .executeTakeFirstOrThrow()
  ).content;

/** Every version of a study's texts, oldest first. */
export const textHistory = (
  db: Db,
  studyId: number,
): Promise<{ kind: StudyTextKind; version: number; content: string; created_at: number }[]> =>
  db
    .selectFrom('study_text')
    .select(['kind', 'version', 'content', 'created_at'])
    .where('study_id', '=', studyId)
    .orderBy('kind')
    .orderBy('version')
    .execute();

/** The form that raters answer now. */
export async function currentForm(
  db: Db,
  studyId: number,
): Promise<{ version: number; form: Form }> {
  const text = await currentText(db, studyId, 'form');
  if (text === undefined) throw new Error(`study ${studyId} has no form`);
  return { version: text.version, form: readJson(Form, text.content, 'study_text.content') };
}

/** One version of the form. */
export const formVersion = async (db: Db, studyId: number, version: number): Promise<Form> =>
  readJson(Form, await textVersion(db, studyId, 'form', version), 'study_text.content');

/** Keeps a text as a new version; the same text again changes nothing. */
export async function writeText(
  trx: Trx,
  options: {
    studyId: number;
    kind: StudyTextKind;
    content: string;
    now: number;
    accountId: number | null;
  },
): Promise<boolean> {
  const current = await currentText(trx, options.studyId, options.kind);
  if (current?.content === options.content) return false;
  await trx
    .insertInto('study_text')
    .values({
      study_id: options.studyId,
      kind: options.kind,
      version: (current?.version ?? 0) + 1,
      content: options.content,
      created_at: options.now,
      created_by: options.accountId,
    })
    .execute();
  return true;
}

/** The same of the form. */
export const writeForm = (
  trx: Trx,
  options: { studyId: number; form: Form; now: number; accountId: number | null },
): Promise<boolean> =>
  writeText(trx, { ...options, kind: 'form', content: writeJson(Form, options.form) });

/** Makes a draft with the standard form and the default texts. */
export async function createStudy(
  trx: Trx,
  options: {
    title: string;
    settings: z.input<typeof StudySettings>;
    preset?: string;
    now: number;
    accountId: number | null;
  },
): Promise<Study> {
  const { now, accountId } = options;
  const study = await trx
    .insertInto('study')
    .values({
      public_id: newPublicId(),
      title: options.title,
      state: 'draft',
      settings: writeJson(StudySettings, options.settings),
      settings_opened: null,
      seed: newPublicId(),
      join_token: newSecret(),
      created_at: now,
      created_by: accountId,
      opened_at: null,
      closed_at: null,
      first_judgment_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const preset = formPresets[options.preset ?? 'standard'] ?? formPresets['standard'];
  if (preset === undefined) throw new Error('there is no standard form');
  await writeForm(trx, { studyId: study.id, form: preset.form, now, accountId });
  for (const [kind, content] of Object.entries(defaultRaterTexts))
    await writeText(trx, {
      studyId: study.id,
      kind: kind as StudyTextKind,
      content,
      now,
      accountId,
    });
  return study;
}

/** Nobody takes part in a draft: who came by its links came to try them. */
async function deleteRecruitments(trx: Trx, studyId: number): Promise<void> {
  const own = trx.selectFrom('platform_study').select('id').where('study_id', '=', studyId);
  await trx.deleteFrom('consent_event').where('study_id', '=', studyId).execute();
  for (const table of [
    'platform_action',
    'platform_event',
    'platform_submission',
    'platform_listed',
  ] as const)
    await trx.deleteFrom(table).where('platform_study_id', 'in', own).execute();
  await trx.deleteFrom('platform_study').where('study_id', '=', studyId).execute();
}

/**
 * Deletes a draft and its texts; a study that was opened stays for ever. Gives false where it is no
 * draft.
 */
export async function deleteDraft(trx: Trx, study: Study): Promise<boolean> {
  const still = await trx
    .selectFrom('study')
    .select('id')
    .where('id', '=', study.id)
    .where('state', '=', 'draft')
    .where('opened_at', 'is', null)
    .executeTakeFirst();
  if (still === undefined) return false;
  await trx.deleteFrom('known_answer').where('study_id', '=', study.id).execute();
  await trx.deleteFrom('study_dataset').where('study_id', '=', study.id).execute();
  await trx.deleteFrom('study_registration').where('study_id', '=', study.id).execute();
  await trx.deleteFrom('study_text').where('study_id', '=', study.id).execute();
  await deleteRecruitments(trx, study.id);
  await trx.deleteFrom('study_event').where('study_id', '=', study.id).execute();
  await trx.deleteFrom('study').where('id', '=', study.id).execute();
  return true;
}

/** One line of a study's history. */
export const recordStudyEvent = (
  trx: Trx,
  event: {
    studyId: number;
    at: number;
    accountId: number | null;
    action: string;
    from?: string;
    to?: string;
    detail?: Record<string, unknown>;
  },
): Promise<unknown> =>
  trx
    .insertInto('study_event')
    .values({
      study_id: event.studyId,
      at: event.at,
      account_id: event.accountId,
      action: event.action,
      from_state: event.from ?? null,
      to_state: event.to ?? null,
      detail: JSON.stringify(event.detail ?? {}),
    })
    .execute();

export const studyEvents = (db: Db, studyId: number) =>
  db
    .selectFrom('study_event')
    .leftJoin('account', 'account.id', 'study_event.account_id')
    .select([
      'study_event.at',
      'study_event.action',
      'study_event.from_state',
      'study_event.to_state',
      'study_event.detail',
      'account.email',
    ])
    .where('study_id', '=', studyId)
    .orderBy('study_event.id', 'desc')
    .limit(200)
    .execute();
