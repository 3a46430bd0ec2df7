import { z } from 'zod';
import { tick } from './controls.js';
import { byVote, classification, feature } from './datasheet.js';
import { hint, type QuestionType, wording } from './questionType.js';

const schema = z.strictObject({
  id: z.literal('ambiguous'),
  type: z.literal('ambiguous'),
  wording,
  hint,
});

/** A tick for an example on which no choice is clearly right. */
export const ambiguous = {
  sentence: 'A tick for “unclear which one is right”; unticked means no, and it is never open.',
  schema,
  editor: { wording: 'Unclear or ambiguous which answer is right', required: true, fields: {} },
  control: tick,
  answers: {
    kind: 'own',
    name: 'ambiguous',
    get: ({ ambiguous: unclear }) => unclear,
    put: (answers, unclear) => ({ ...answers, ambiguous: unclear }),
  },
  mustAnswer: () => false,
  ends: () => null,
  criterion: () => ({
    name: 'Ambiguity',
    quality: feature,
    size: '2',
    values: 'unclear, not unclear',
    shown: '2. Check-boxes (one, unticked at first).',
    task: 'N/A',
    elicitation: classification,
    aggregation: [byVote],
  }),
} satisfies QuestionType<z.output<typeof schema>, boolean>;
