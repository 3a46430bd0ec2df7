import { type Selectable, sql, type SqlBool } from 'kysely';
import { getDescription, textForRaters } from '#datasets/behaviour.js';
import { choicesOf } from '#datasets/storedExample.js';
import type { Db } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import type { ExampleTable } from '#storage/datasetTables.js';
import type { CheckItem } from './checkSchedule.js';
import type { Arm } from './sources.js';
import type { StudySettings } from '#studies/settings.js';
import { currentForm, settingsOf, type Study } from '#studies/study.js';
import type { Form } from '#studies/form.js';

/**
 * What assigning and submitting need of a study; read once and kept, as most of it never changes
 * once it is open.
 */
export interface StudyForRating {
  readonly study: Study;
  readonly settings: StudySettings;
  readonly datasets: readonly RatedDataset[];
  /** The items beside the sample, in the order of their ids. */
  readonly checkItems: readonly CheckItem[];
  readonly form: Form;
  readonly formVersion: number;
  readonly guidelinesVersion: number;
}

export interface RatedDataset {
  readonly datasetId: number;
  readonly behaviourId: number;
  /**
   * Decides whose turn it is; never sent to anybody. What a generation dropped takes turns of its
   * own, so that it takes none from what is compared.
   */
  readonly arm: Arm;
  readonly descriptionId: number | null;
  /**
   * The behaviour's text that raters of this study read: the version that the study was opened
   * with.
   */
  readonly behaviourText: string;
  readonly position: number;
}

const studyWithVersions = prepared<{ study: number }>()((db, value) =>
  db
    .selectFrom('study')
    .selectAll('study')
    .select((eb) => {
      const newest = (kind: 'form' | 'guidelines') =>
        eb
          .selectFrom('study_text')
          .select((text) => text.fn.max<number>('version').as('version'))
          .where('study_id', '=', value('study'))
          .where('kind', '=', kind);
      return [newest('form').as('form_version'), newest('guidelines').as('guidelines_version')];
    })
    .where('study.id', '=', value('study')),
);

async function textOf(db: Db, descriptionId: number | null): Promise<string> {
  if (descriptionId === null) return '';
  return textForRaters(await getDescription(db, descriptionId));
}

const kept = new WeakMap<object, Map<number, { key: string; value: StudyForRating }>>();

/**
 * A study as raters meet it. State and versions are read every time (they change while raters are
 * at work); what hangs on them is parsed again only when one of them changed.
 */
export async function studyForRating(
  db: Db,
  studyId: number,
  cacheOwner: object,
): Promise<StudyForRating> {
  const [row] = (await studyWithVersions(db, { study: studyId })).rows;
  if (row === undefined) throw new Error(`There is no study ${studyId}.`);
  const { form_version: newestForm, guidelines_version: newestGuidelines, ...study } = row;
  const key = `${study.opened_at ?? 0} ${newestForm ?? 0} ${newestGuidelines ?? 0}`;
  let byStudy = kept.get(cacheOwner);
  if (byStudy === undefined) {
    byStudy = new Map();
    kept.set(cacheOwner, byStudy);
  }
  const known = byStudy.get(studyId);
  if (known?.key === key) return { ...known.value, study };
  const rows = await db
    .selectFrom('study_dataset')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .selectAll('study_dataset')
    .select(['dataset.source', 'dataset.part'])
    .where('study_dataset.study_id', '=', studyId)
    .orderBy('study_dataset.position')
    .execute();
  const datasets: RatedDataset[] = [];
  for (const dataset of rows)
    datasets.push({
      datasetId: dataset.dataset_id,
      behaviourId: dataset.behaviour_id,
      arm: dataset.part === 'dropped' ? 'dropped' : dataset.source,
      descriptionId: dataset.behaviour_description_id,
      behaviourText: await textOf(db, dataset.behaviour_description_id),
      position: dataset.position,
    });
  const checkItems = await db
    .selectFrom('item')
    .select(['id', 'example_id', 'dataset_id', 'role'])
    .where('study_id', '=', studyId)
    .where(sql<SqlBool>`role <> 'validation'`)
    .orderBy('id')
    .execute();
  const { form, version: formVersion } = await currentForm(db, studyId);
  const value: StudyForRating = {
    study,
    settings: settingsOf(study),
    datasets,
    checkItems: checkItems.flatMap(({ id, example_id, dataset_id: datasetId, role }) => {
      const dataset = datasets.find((one) => one.datasetId === datasetId);
      return dataset !== undefined && (role === 'calibration' || role === 'gold')
        ? [{ id, example_id, behaviourId: dataset.behaviourId, role }]
        : [];
    }),
    form,
    formVersion,
    guidelinesVersion: newestGuidelines ?? 0,
  };
  byStudy.set(studyId, { key, value });
  return value;
}

/** How many choices an example shows, and whether its order may be shuffled. */
export const choicesShown = (
  example: Pick<Selectable<ExampleTable>, 'choices' | 'fixed_order'>,
  settings: StudySettings,
): { choices: number; shuffled: boolean } => ({
  choices: choicesOf(example).length,
  shuffled: settings.shuffleChoices && example.fixed_order === 0,
});
