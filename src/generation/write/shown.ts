import { RunStopped } from '#models/asking.js';
import { type Choice, choicesOf } from '#datasets/storedExample.js';
import { createRandom, sampleWithoutReplacement } from '#statistics/random.js';
import type { Db } from '#storage/database.js';
import type { Fields } from '../candidates.js';
import type { Generation } from '../generation.js';
import type { Pipeline, StageOf } from '../pipeline.js';
import { fill } from '../template.js';

type Shown = NonNullable<StageOf<'write'>['shown']>;

/** A hand-written example of the dataset that prompts show. */
export interface ShownExample {
  readonly text: string;
  readonly choices: readonly Choice[];
  /** The index of its label; null where it has none. */
  readonly label: number | null;
}

/**
 * The examples that prompts may show, in the order of their file: of the newest version that there
 * was when the generation was made. Throws `RunStopped` where there are too few.
 */
export async function readShown(
  db: Db,
  generation: Pick<Generation, 'created_at'>,
  { dataset: name, count }: Shown,
): Promise<ShownExample[]> {
  const dataset = await db
    .selectFrom('dataset')
    .select('id')
    .where('name', '=', name)
    .where('role', '=', 'few-shot')
    .where('state', '=', 'visible')
    .where('visible_at', '<=', generation.created_at)
    .orderBy('version', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const rows =
    dataset === undefined
      ? []
      : await db
          .selectFrom('example')
          .select(['text', 'choices', 'label_choice'])
          .where('dataset_id', '=', dataset.id)
          .orderBy('line_number')
          .execute();
  if (rows.length < count)
    throw new RunStopped(
      'failed',
      dataset === undefined
        ? `There is no dataset of few-shot examples called ${name}.`
        : `The dataset ${name} has ${rows.length} examples, and each prompt is to show ${count}.`,
    );
  return rows.map((row) => ({
    text: row.text,
    choices: choicesOf(row),
    label: row.label_choice,
  }));
}

const isItsKey = ({ key, text }: Choice): boolean => key.trim() === text.trim();

/** `(A) No`; `Yes`, where the key says no more. */
const choiceLine = (choice: Choice): string =>
  isItsKey(choice) ? choice.text : `${choice.key} ${choice.text}`;

/**
 * An example whose label is the choice with this index: the texts of the two choices change places,
 * and their letters stay where they are. Answers without letters, such as Yes and No, cannot change
 * places: such an example stays as it is.
 */
export function turned(example: ShownExample, wanted: number): ShownExample {
  const { choices, label } = example;
  const [now, then] = [choices[label ?? -1], choices[wanted]];
  if (now === undefined || then === undefined || label === wanted) return example;
  if (choices.some(isItsKey)) return example;
  return {
    ...example,
    label: wanted,
    choices: choices.map((choice) => {
      if (choice === now) return { key: choice.key, text: then.text };
      return choice === then ? { key: choice.key, text: now.text } : choice;
    }),
  };
}

/** The choice of an example that is the label which is written for. */
function wantedChoice(
  { labels }: Pick<Pipeline, 'labels'>,
  { choices }: ShownExample,
  label: number,
): number {
  const written = labels[label]?.choice.trim();
  const same = choices.findIndex(({ key, text }) =>
    [key.trim(), text.trim()].includes(written ?? ''),
  );
  return same < 0 ? label : same;
}

/** What a prompt shows: the text of all examples, and each of them. */
export interface Drawn {
  /** Null where the form names a field that is missing. */
  readonly text: string | null;
  readonly examples: readonly { readonly example: ShownExample; readonly put: string }[];
}

/** Draws the examples of one prompt, none twice, in random order. Equal seeds draw the same. */
export function drawShown(
  pipeline: Pick<Pipeline, 'labels'>,
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
  const examples = drawn.map((example) => {
    const one =
      shown.turn && label !== null
        ? turned(example, wantedChoice(pipeline, example, label))
        : example;
    const put = fill(shown.form, {
      ...given.fields,
      text: one.text,
      choices: one.choices.map(choiceLine).join('\n'),
      label: one.choices[one.label ?? -1]?.key.trim() ?? '',
    });
    return { example: one, put };
  });
  const whole = examples.flatMap(({ example, put }) => (put === null ? [] : [{ example, put }]));
  return {
    text: whole.length < examples.length ? null : whole.map(({ put }) => put).join(shown.separator),
    examples: whole,
  };
}
