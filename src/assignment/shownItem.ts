import { choicesOf } from '#datasets/storedExample.js';
import type { Db } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import { prepared } from '#storage/prepared.js';
import { OtherAnswers } from '#studies/questions/questionType.js';
import { controlValues } from './answers.js';
import { readChoiceOrder } from './choiceOrder.js';
import { type ItemPage, itemPage, type ItemValues } from './itemPage.js';
import { asSeen } from './seenVersions.js';
import type { StudyForRating } from './studyForRating.js';
import type { Assignment } from './transitions.js';
import type { Judgment } from './submit.js';

/** What is shown of an item's example: its text and choices, never its label. */
const exampleOfItem = prepared<{ item: number }>()((db, value) =>
  db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select(['example.text', 'example.choices', 'item.dataset_id'])
    .where('item.id', '=', value('item')),
);

/**
 * What an assignment shows: read for rendering only, never sent as it is. Earlier answers stand on
 * the form that they were given on.
 */
export async function shownItem(
  db: Db,
  options: {
    rating: StudyForRating;
    assignment: Assignment;
    judgment?: Judgment | undefined;
    mode: ItemPage['mode'];
    faults?: ItemPage['faults'];
    entered?: ItemValues;
    key?: string;
  },
): Promise<ItemPage> {
  const { assignment, judgment } = options;
  const rating =
    judgment === undefined
      ? options.rating
      : await asSeen(db, options.rating, { form: judgment.form_version });
  const [row] = (await exampleOfItem(db, { item: assignment.item_id })).rows;
  if (row === undefined) throw new Error(`There is no item ${assignment.item_id}.`);
  const order = readChoiceOrder(assignment.choice_order);
  const values =
    options.entered ??
    (judgment === undefined || judgment.blanked_at !== null
      ? {}
      : controlValues(rating.form, order, {
          labelChoice: judgment.label_choice,
          ambiguous: judgment.ambiguous === null ? null : judgment.ambiguous === 1,
          relevance: judgment.relevance,
          others: readJson(OtherAnswers, judgment.answers, 'judgment.answers'),
        }));
  return itemPage({
    assignment: assignment.public_id,
    behaviour:
      rating.datasets.find((dataset) => dataset.datasetId === row.dataset_id)?.behaviourText ?? '',
    text: row.text,
    choices: choicesOf(row).map((choice) => choice.text),
    order,
    form: rating.form,
    versions: { form: rating.formVersion, guidelines: rating.guidelinesVersion },
    values,
    comment: judgment?.comment ?? '',
    mode: options.mode,
    base: '/rate',
    resume: '/rate',
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    ...(options.key === undefined ? {} : { key: options.key }),
  });
}
