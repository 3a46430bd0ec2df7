import { choicesOf } from '#datasets/storedExample.js';
import {
  confirmedDescription,
  getDescription,
  latestDescription,
  textForRaters,
} from '#datasets/behaviour.js';
import { findDataset } from '#datasets/dataset.js';
import type { Db } from '#storage/database.js';
import { eligibleExamples, excludedFindings } from '#studies/eligibility.js';
import { isPaired } from '#studies/pairs.js';
import { sampleExamples } from '#studies/sampling.js';
import type { StudySettings } from '#studies/settings.js';
import type { Study } from '#studies/study.js';
import { choiceOrderFor } from '../choiceOrder.js';
import { choicesShown } from '../studyForRating.js';

/** An example that a preview shows, with what raters read about its behaviour. */
export interface Previewed {
  readonly exampleId: number;
  readonly behaviour: string;
}

const examplesOfDataset = 5;

const textOf = (description: { short: string; long: string } | undefined): string =>
  description === undefined
    ? '(Nobody has described the behaviour yet.)'
    : textForRaters(description);

/**
 * A few examples of a draft as its seed would sample them, with the newest description where none
 * is confirmed yet.
 */
async function ofDraft(db: Db, study: Study, settings: StudySettings): Promise<Previewed[][]> {
  const found = (await Promise.all(settings.datasets.map((id) => findDataset(db, id)))).filter(
    (dataset) => dataset !== undefined,
  );
  const groups: Previewed[][] = [];
  for (const dataset of found) {
    const paired = isPaired(dataset, found);
    const { drawn: sample } = sampleExamples(
      await eligibleExamples(db, dataset.id, excludedFindings(settings, paired)),
      {
        size: settings.sampleSize,
        seed: `${study.seed} ${dataset.public_id}`,
        part: dataset.part,
      },
    );
    const behaviour = textOf(
      (await confirmedDescription(db, dataset.behaviour_id)) ??
        (await latestDescription(db, dataset.behaviour_id)),
    );
    groups.push(
      sample
        .slice(0, examplesOfDataset)
        .map((candidate) => ({ exampleId: candidate.id, behaviour })),
    );
  }
  return groups;
}

/** The first items of each dataset of a study that was opened. */
async function ofOpened(db: Db, study: Study): Promise<Previewed[][]> {
  const datasets = await db
    .selectFrom('study_dataset')
    .select(['dataset_id', 'behaviour_description_id'])
    .where('study_id', '=', study.id)
    .orderBy('position')
    .execute();
  const groups: Previewed[][] = [];
  for (const dataset of datasets) {
    const items = await db
      .selectFrom('item')
      .select('example_id')
      .where('study_id', '=', study.id)
      .where('dataset_id', '=', dataset.dataset_id)
      .orderBy('position')
      .limit(examplesOfDataset)
      .execute();
    const behaviour = textOf(
      dataset.behaviour_description_id === null
        ? undefined
        : await getDescription(db, dataset.behaviour_description_id),
    );
    groups.push(items.map((item) => ({ exampleId: item.example_id, behaviour })));
  }
  return groups;
}

/** A few examples of each dataset of a study, the datasets taking turns. */
export async function previewedExamples(
  db: Db,
  study: Study,
  settings: StudySettings,
): Promise<Previewed[]> {
  const groups =
    study.state === 'draft' ? await ofDraft(db, study, settings) : await ofOpened(db, study);
  return Array.from({ length: examplesOfDataset }, (_, index) =>
    groups.flatMap((group) => group[index] ?? []),
  ).flat();
}

/**
 * What the preview of one example shows: its text, its choices and the order in which they stand.
 */
export async function shownExample(
  db: Db,
  study: Study,
  settings: StudySettings,
  { exampleId }: Previewed,
): Promise<{ text: string; choices: string[]; order: number[] }> {
  const example = await db
    .selectFrom('example')
    .select(['text', 'choices', 'fixed_order'])
    .where('id', '=', exampleId)
    .executeTakeFirstOrThrow();
  return {
    text: example.text,
    choices: choicesOf(example).map((choice) => choice.text),
    order: choiceOrderFor({
      ...choicesShown(example, settings),
      seed: `preview ${study.seed} ${exampleId}`,
    }),
  };
}
