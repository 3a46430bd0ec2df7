import { z } from 'zod';
import { text as textArea } from './controls.js';
import { feature } from './datasheet.js';
import { hint, identifier, type QuestionType, wording } from './questionType.js';

const schema = z.strictObject({
  id: identifier,
  type: z.literal('text'),
  wording,
  hint,
  required: z.boolean().default(false),
});

/** Free text. */
export const text = {
  sentence: 'Free text.',
  schema,
  editor: { wording: '', required: false, fields: {} },
  control: textArea,
  answers: {
    kind: 'further',
    answer: z.string(),
    categories: () => null,
    column: ({ wording: asked }) => ({ type: 'text', sentence: asked, value: (answer) => answer }),
    withOlder: (question) => question,
  },
  mustAnswer: ({ required }) => required,
  ends: () => null,
  criterion: ({ id }) => ({
    name: id,
    quality: feature,
    size: 'N/A',
    values: 'N/A',
    shown: '4. N/A (there is no rating instrument).',
    task: 'Raters write a text.',
    elicitation: '5. Qualitative feedback.',
    aggregation: ['Results were not processed or aggregated before being reported.'],
  }),
} satisfies QuestionType<z.output<typeof schema>, string>;
