import { z } from 'zod';
import { digitAt, oneOf } from './controls.js';
import { byVote, classification, correctness, options } from './datasheet.js';
import { hint, type QuestionType, wording } from './questionType.js';

const schema = z.strictObject({
  id: z.literal('label'),
  type: z.literal('label'),
  wording,
  hint,
});

/** Which of the example's own choices fits. */
export const label = {
  sentence: 'Which of the example’s choices fits: one of them must be chosen.',
  schema,
  editor: {
    wording:
      'What is the correct answer to this question? If it is ambiguous, make your best guess anyway.',
    required: true,
    fields: {},
  },
  control: oneOf({
    look: 'choices',
    options: (_question, { choices, order }) =>
      order.map((choice, index) => ({
        value: String(index),
        text: choices[choice] ?? '',
        digit: digitAt(index),
        words: '',
        exclusive: false,
        answer: choice,
      })),
    otherwise: () => 'This is none of the choices.',
  }),
  answers: {
    kind: 'own',
    name: 'label',
    get: ({ labelChoice }) => labelChoice,
    put: (answers, labelChoice) => ({ ...answers, labelChoice }),
  },
  mustAnswer: () => true,
  ends: () => null,
  criterion: () => ({
    name: 'Label agreement',
    quality: correctness,
    size: 'The number of answers of the example.',
    values: 'The example’s own answers; yes and no for most.',
    shown: options,
    task: 'N/A',
    elicitation: classification,
    aggregation: [
      'Labels upheld: share of complete examples whose own label more than half of the raters chose, with a Wilson score interval; ties and mere pluralities are not upheld and counted apart.',
      byVote,
    ],
  }),
} satisfies QuestionType<z.output<typeof schema>, number>;
