import { z } from 'zod';
import type { Db, Trx } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import { Problem } from '#web/problem.js';
import type { Form } from './form.js';
import { generatedDailyLimit, StudySettings } from './settings.js';
import {
  createStudy,
  lockStudy,
  recordStudyEvent,
  type Study,
  writeForm,
  writeText,
} from './study.js';

/** What may be changed of a study in one go; whatever is left out stays. */
export interface StudyChange {
  readonly title?: string;
  readonly settings?: StudySettings;
  readonly form?: Form;
  readonly texts?: {
    readonly guidelines?: string;
    readonly consent?: string;
    readonly warning?: string;
  };
}

interface By {
  readonly now: number;
  readonly accountId: number | null;
}

/** Notes which datasets a draft means to use, so that none of them is deleted under it. */
async function linkDatasets(
  trx: Trx,
  studyId: number,
  publicIds: readonly string[],
): Promise<void> {
  await trx.deleteFrom('study_dataset').where('study_id', '=', studyId).execute();
  if (publicIds.length === 0) return;
  const datasets = await trx
    .selectFrom('dataset')
    .select(['id', 'public_id', 'behaviour_id'])
    .where('public_id', 'in', [...publicIds])
    .where('state', '=', 'visible')
    .execute();
  for (const dataset of datasets) {
    await trx
      .insertInto('study_dataset')
      .values({
        study_id: studyId,
        dataset_id: dataset.id,
        behaviour_id: dataset.behaviour_id,
        behaviour_description_id: null,
        position: publicIds.indexOf(dataset.public_id),
        sampling: null,
      })
      .execute();
  }
}

/** Writes the texts of a change that differ from the current ones; false where none does. */
async function writeTexts(
  trx: Trx,
  studyId: number,
  { form, texts }: Pick<StudyChange, 'form' | 'texts'>,
  by: By,
): Promise<boolean> {
  let written = form !== undefined && (await writeForm(trx, { studyId, form, ...by }));
  for (const kind of ['guidelines', 'consent', 'warning'] as const) {
    const content = texts?.[kind];
    if (content !== undefined && (await writeText(trx, { studyId, kind, content, ...by })))
      written = true;
  }
  return written;
}

/** The most examples a day where a study does not say: a limit where a model wrote some of them. */
export async function usualDailyLimit(
  db: Db,
  publicIds: readonly string[],
): Promise<number | null> {
  if (publicIds.length === 0) return null;
  const generated = await db
    .selectFrom('dataset')
    .select('id')
    .where('public_id', 'in', [...publicIds])
    .where('part', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return generated === undefined ? null : generatedDailyLimit;
}

/** Makes a draft and fills it; a model's examples have a limit a day unless the settings say none. */
export async function createDraft(
  trx: Trx,
  options: Omit<StudyChange, 'settings'> & {
    title: string;
    settings: z.input<typeof StudySettings>;
  },
  by: By,
): Promise<Study> {
  const settings = StudySettings.parse({
    ...options.settings,
    dailyLimit:
      options.settings.dailyLimit === undefined
        ? await usualDailyLimit(trx, options.settings.datasets)
        : options.settings.dailyLimit,
  });
  const study = await createStudy(trx, { title: options.title, settings, ...by });
  await writeTexts(trx, study.id, options, by);
  await linkDatasets(trx, study.id, settings.datasets);
  return study;
}

/** Gives a study this title and these settings; false where it has them. */
async function writeStudy(
  trx: Trx,
  before: Study,
  { title = before.title, settings }: Pick<StudyChange, 'title' | 'settings'>,
): Promise<boolean> {
  const written = settings === undefined ? before.settings : writeJson(StudySettings, settings);
  if (title === before.title && written === before.settings) return false;
  await trx
    .updateTable('study')
    .set({ title, settings: written })
    .where('id', '=', before.id)
    .execute();
  return true;
}

/**
 * Changes a draft; false where nothing differs from what it is. Throws a `Problem` where the study
 * was opened meanwhile.
 */
export async function changeDraft(
  trx: Trx,
  study: Pick<Study, 'id'>,
  change: StudyChange,
  by: By,
): Promise<boolean> {
  const before = await lockStudy(trx, study.id);
  if (before.state !== 'draft')
    throw new Problem(
      409,
      'study_opened',
      'The study was opened meanwhile.',
      'Nothing was changed. What it samples is fixed now; texts, form and thresholds can still be edited.',
    );
  const changed = await writeStudy(trx, before, change);
  if (change.settings !== undefined) await linkDatasets(trx, study.id, change.settings.datasets);
  const written = await writeTexts(trx, study.id, change, by);
  return changed || written;
}

/**
 * Settings that may still change once a study was opened; the sample and what raters meet stay as
 * opened.
 */
export const changeableSettings = ['threshold', 'agreementMargin', 'relevanceMargin'] as const;
export type DecisionRule = Pick<StudySettings, (typeof changeableSettings)[number]>;

/**
 * Changes a study that was opened: its title, its texts (each a new version), its threshold and
 * margins. A change of threshold or margins is stamped with the time; after the first judgment it
 * is marked post hoc. False where nothing differs from what it is.
 */
export async function changeOpened(
  trx: Trx,
  { id }: Pick<Study, 'id'>,
  change: Omit<StudyChange, 'settings'> & { rule?: DecisionRule },
  by: By,
): Promise<boolean> {
  const study = await lockStudy(trx, id);
  const before = StudySettings.parse(JSON.parse(study.settings));
  const rule = change.rule ?? before;
  const settings: StudySettings = {
    ...before,
    threshold: rule.threshold,
    agreementMargin: rule.agreementMargin,
    relevanceMargin: rule.relevanceMargin,
  };
  const stored = await writeStudy(trx, study, { ...change, settings });
  const changed = changeableSettings.filter((name) => before[name] !== settings[name]);
  if (changed.length > 0) {
    const detail = {
      from: Object.fromEntries(changed.map((name) => [name, before[name]])),
      to: Object.fromEntries(changed.map((name) => [name, settings[name]])),
      postHoc: study.first_judgment_at !== null,
    };
    await recordStudyEvent(trx, {
      studyId: study.id,
      at: by.now,
      accountId: by.accountId,
      action: 'rule',
      detail,
    });
  }
  const written = await writeTexts(trx, study.id, change, by);
  return stored || written;
}
