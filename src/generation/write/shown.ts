import { RunStopped } from '#models/asking.js';
import { choicesOf } from '#datasets/storedExample.js';
import { createRandom, sampleWithoutReplacement } from '#statistics/random.js';
import type { Db } from '#storage/database.js';
import type { Fields } from '../candidates.js';
import type { Generation } from '../generation.js';
import type { Pipeline, StageOf } from '../pipeline.js';
import { fieldsOf, fill } from '../template.js';

type Shown = NonNullable<StageOf<'write'>['shown']>;

/** A hand-written example of the dataset that prompts show. */
export interface ShownExample {
  readonly text: string;
  readonly choices: readonly string[];
  /** The index of its label; null where it has none. */
  readonly label: number | null;
}

/** Whether an example without a label cannot be shown. */
export const needsLabel = ({ labels }: Pick<Pipeline, 'labels'>, { turn, form }: Shown): boolean =>
  (turn && labels.length > 0) || fieldsOf(form).includes('label');

/**
 * The examples that prompts may show, in the order of their file. Throws `RunStopped` where there
 * are too few by now.
 */
export async function readShown(
  db: Db,
  { datasets, pipeline }: Pick<Generation, 'datasets' | 'pipeline'>,
  shown: Shown,
): Promise<ShownExample[]> {
  const rows = await db
    .selectFrom('example')
    .innerJoin('dataset', 'dataset.id', 'example.dataset_id')
    .select(['example.text', 'example.choices', 'example.label_choice'])
    .where('dataset.public_id', '=', datasets[shown.dataset] ?? '')
    .where('dataset.state', '=', 'visible')
    .$if(needsLabel(pipeline, shown), (query) => query.where('label_choice', 'is not', null))
    .orderBy('example.line_number')
    .execute();
  if (rows.length < shown.count)
    throw new RunStopped(
      'failed',
      `Each prompt is to show ${shown.count} examples of ${shown.dataset}, which has ${rows.length}.`,
    );
  return rows.map((row) => ({
    text: row.text,
    choices: choicesOf(row).map(({ text }) => text),
    label: row.label_choice,
  }));
}

/** The letter of a choice, by its place. */
export const letterOf = (index: number): string => `(${String.fromCharCode(65 + index)})`;

/** `(A) No`: the choices of an example, with a letter and a line each. */
const choiceLines = ({ choices }: ShownExample): string =>
  choices.map((choice, index) => `${letterOf(index)} ${choice}`).join('\n');

/**
 * An example whose label is the choice in this place: that choice and the one that was there change
 * places, and letters stay where they are.
 */
export function turned(example: ShownExample, wanted: number): ShownExample {
  const { choices, label } = example;
  const [right, other] = [choices[label ?? -1], choices[wanted]];
  if (right === undefined || other === undefined) return example;
  return {
    ...example,
    label: wanted,
    choices: choices.map((choice, index) =>
      index === wanted ? right : index === label ? other : choice,
    ),
  };
}

/** The place of a label among the choices of the pipeline. */
const placeOf = ({ labels, example }: Pipeline, label: number): number =>
  example.choices.indexOf(labels[label]?.choice ?? '');

const quotedText = (text: string): string => text.replace(/^/gm, '> ');

/** What a prompt shows: the text of all examples, and each of them. */
export interface Drawn {
  /** Null where the form names a field that is missing. */
  readonly text: string | null;
  readonly examples: readonly { readonly example: ShownExample; readonly put: string }[];
}

/** Draws the examples of one prompt, none twice, in random order. Equal seeds draw the same. */
export function drawShown(
  pipeline: Pipeline,
  shown: Shown,
  given: {
    pool: readonly ShownExample[];
    label: number | null;
    fields: Fields;
    seed: string;
  },
): Drawn {
  const { label } = given;
  const drawn = sampleWithoutReplacement(given.pool, shown.count, createRandom(given.seed));
  const examples = drawn.map((one) => {
    const example = shown.turn && label !== null ? turned(one, placeOf(pipeline, label)) : one;
    const put = fill(shown.form, {
      ...given.fields,
      text: example.text,
      choices: choiceLines(example),
      label: example.label === null ? '' : letterOf(example.label),
    });
    return { example, put: put !== null && shown.quoted ? quotedText(put) : put };
  });
  const whole = examples.flatMap(({ example, put }) => (put === null ? [] : [{ example, put }]));
  return {
    text: whole.length < examples.length ? null : whole.map(({ put }) => put).join(shown.separator),
    examples: whole,
  };
}
