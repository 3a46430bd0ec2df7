import { z } from 'zod';
import { oneOf } from './controls.js';
import { byMajority, classification, correctness, options } from './datasheet.js';
import { hint, identifier, type QuestionType, wording } from './questionType.js';

const schema = z.strictObject({
  id: identifier,
  type: z.literal('yes-no'),
  wording,
  hint,
  required: z.boolean().default(true),
});

/** Yes or no. */
export const yesNo = {
  sentence: 'Yes or no.',
  schema,
  editor: { wording: '', required: true, fields: {} },
  control: oneOf({
    look: 'options',
    options: () => [
      { value: 'yes', text: 'Yes', digit: 1, words: '', exclusive: false, answer: true },
      { value: 'no', text: 'No', digit: 2, words: '', exclusive: false, answer: false },
    ],
    otherwise: () => 'The answer is yes or no.',
  }),
  answers: {
    kind: 'further',
    answer: z.boolean(),
    categories: () => ({
      words: ['Yes', 'No'],
      several: false,
      points: null,
      yes: 0,
      of: (answer) => [answer ? 0 : 1],
    }),
    column: ({ wording: asked }) => ({
      type: 'boolean',
      sentence: asked,
      value: (answer) => answer,
    }),
    withOlder: (question) => question,
  },
  mustAnswer: ({ required }) => required,
  ends: () => null,
  criterion: ({ id }) => ({
    name: id,
    quality: correctness,
    size: '2',
    values: 'yes, no',
    shown: options,
    task: 'N/A',
    elicitation: classification,
    aggregation: [byMajority],
  }),
} satisfies QuestionType<z.output<typeof schema>, boolean>;
