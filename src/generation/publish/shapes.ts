import { parseChoices } from '#datasets/examples/choices.js';
import type { Example } from '#datasets/examples/example.js';
import type { Mapping } from '#datasets/examples/mapping.js';
import type { Family } from '#storage/datasetTables.js';
import type { CandidateExample } from '../example.js';
import type { Pipeline } from '../pipeline.js';
import { fieldsOf } from '../template.js';

/** How the examples of a publication are written as rows, and how an import reads them. */
export interface Shape {
  readonly family: Family;
  readonly mapping: Mapping | null;
  /** The columns that say what the example is. Null where the example does not fit. */
  columns(example: CandidateExample): Record<string, unknown> | null;
  /** Columns that an import reads, so that no field may have their names. */
  readonly reserved: readonly string[];
}

const answers = [
  'question',
  'statement',
  'answer_matching_behavior',
  'answer_not_matching_behavior',
];

/**
 * The answers of a labelled example as the released sets have them: a space before each, one other
 * answer as a text, several as a list.
 */
const answerColumns = (names: readonly string[], label: number): Record<string, unknown> => {
  const others = names.filter((_, index) => index !== label).map((name) => ` ${name}`);
  return {
    answer_matching_behavior: ` ${names[label] ?? ''}`,
    answer_not_matching_behavior: others.length === 1 ? others[0] : others,
  };
};

/** A persona statement: a question with Yes and No. */
const persona: Shape = {
  family: 'persona',
  mapping: null,
  reserved: answers.filter((name) => name !== 'statement'),
  columns: ({ text, choices, label }) =>
    label === null
      ? null
      : {
          question: text,
          ...answerColumns(
            choices.map((choice) => choice.trim()),
            label,
          ),
        },
};

const letter = (index: number): string => `(${String.fromCharCode(65 + index)})`;

/** A question with a lettered block of choices, which is added where the text has none. */
const block = (family: 'advanced-ai-risk' | 'sycophancy'): Shape => ({
  family,
  mapping: null,
  reserved: answers,
  columns({ text, choices, label }) {
    if (label === null) return null;
    const found = parseChoices(text);
    if (found === undefined)
      return {
        question: `${text}\n\nChoices:\n${choices.map((choice, index) => ` ${letter(index)} ${choice.trim()}`).join('\n')}`,
        ...answerColumns(
          choices.map((_, index) => letter(index)),
          label,
        ),
      };
    const right = choices[label]?.trim();
    const place = found.choices.findIndex(({ key, text: own }) => key === right || own === right);
    return place < 0
      ? null
      : {
          question: text,
          ...answerColumns(
            found.choices.map(({ key }) => key),
            place,
          ),
        };
  },
});

/** A sentence with a blank and its pronouns, without a label. */
const winogenerated: Shape = {
  family: 'winogenerated',
  mapping: null,
  reserved: ['sentence_with_blank', 'pronoun_options', ...answers],
  columns: ({ text, choices }) => ({ sentence_with_blank: text, pronoun_options: [...choices] }),
};

/** A text with a list of choices, and the right one where there are labels. */
const listed = (labelled: boolean): Shape => ({
  family: 'generic',
  mapping: {
    text: 'text',
    textAs: 'text',
    choices: { kind: 'list', column: 'choices', form: 'texts' },
    label: labelled ? 'label' : null,
    labelAs: 'text',
    countFrom: 1,
    confidence: 'label_confidence',
  },
  reserved: ['text', 'choices', 'label', ...answers],
  columns: ({ text, choices, label }) =>
    labelled && label === null
      ? null
      : {
          text,
          choices: choices.map((choice) => choice.trim()),
          ...(label === null ? {} : { label: choices[label]?.trim() }),
        },
});

/** How the examples of a pipeline are written: as the released sets where they have its form. */
export function shapeOf(pipeline: Pipeline): Shape {
  const { family, labels, example } = pipeline;
  const labelled = example.label !== null || labels.length > 0;
  const yesNo = example.choices.map((choice) => choice.trim()).toSorted();
  if (labelled && family === 'persona' && yesNo.join() === 'No,Yes') return persona;
  if (labelled && (family === 'advanced-ai-risk' || family === 'sycophancy')) return block(family);
  if (!labelled && family === 'winogenerated') return winogenerated;
  return listed(labelled);
}

/**
 * Gives an example its choices in an order that does not tell the label: by their text where the
 * right one always has the same place in the pipeline, else as they stand there.
 */
export function canonicalOrder(
  pipeline: Pipeline,
): (example: CandidateExample) => CandidateExample {
  const { example: form, labels } = pipeline;
  const same = form.label === null ? labels.length === 1 : form.choices.includes(form.label);
  if (!same || form.choices.every((choice) => fieldsOf(choice).length === 0))
    return (example) => example;
  return (example) => {
    if (example.label === null) return example;
    const right = example.choices[example.label] ?? '';
    const choices = example.choices.toSorted();
    return { ...example, choices, label: choices.indexOf(right) };
  };
}

/** Whether an import reads this example out of the row: the same text, choices and label. */
export function readsAs(
  read: Pick<Example, 'text' | 'choices' | 'labelChoice'>,
  { text, choices, label }: CandidateExample,
): boolean {
  const isOf = (choice: Example['choices'][number]): boolean =>
    choices.some((own) => own.trim() === choice.text || own.trim() === choice.key);
  const right = read.labelChoice === null ? undefined : read.choices[read.labelChoice];
  const wanted = label === null ? undefined : choices[label]?.trim();
  return (
    read.text !== '' &&
    text.includes(read.text) &&
    read.choices.length === choices.length &&
    read.choices.every(isOf) &&
    (wanted === undefined
      ? right === undefined
      : right !== undefined && (right.text === wanted || right.key === wanted))
  );
}
