import { z } from 'zod';
import { oneOf, optionsOf } from './controls.js';
import { classification, feature, options as multipleChoice } from './datasheet.js';
import { lines } from './editorFields.js';
import { hint, identifier, type QuestionType, wording } from './questionType.js';

const schema = z.strictObject({
  id: identifier,
  type: z.literal('choice'),
  wording,
  hint,
  options: z.array(z.string().trim().min(1).max(200)).min(2).max(9),
  required: z.boolean().default(true),
});

/** One of the options that the study gives. */
export const choice = {
  sentence: 'One of the options that the study gives.',
  schema,
  editor: {
    wording: '',
    required: true,
    fields: {
      options: lines({
        label: 'Options, one a line',
        called: 'The options',
        problem: 'must be two to nine lines of at most 200 characters',
      }),
    },
  },
  control: oneOf({
    look: 'options',
    options: ({ options }) => optionsOf(options),
    otherwise: () => 'This is none of the options.',
  }),
  answers: {
    kind: 'further',
    answer: z.string(),
    categories: ({ options }) => ({
      words: options,
      several: false,
      points: null,
      yes: null,
      of: (answer) => [options.indexOf(answer)].filter((index) => index >= 0),
    }),
    column: ({ wording: asked }) => ({ type: 'text', sentence: asked, value: (answer) => answer }),
    withOlder: (question, older) => ({
      ...question,
      options: [...new Set([...question.options, ...older.options])],
    }),
  },
  mustAnswer: ({ required }) => required,
  ends: () => null,
  criterion: ({ id, options }) => ({
    name: id,
    quality: feature,
    size: String(options.length),
    values: options.join('; '),
    shown: multipleChoice,
    task: 'N/A',
    elicitation: classification,
    aggregation: ['Answers are counted.'],
  }),
} satisfies QuestionType<z.output<typeof schema>, string>;
