import { z } from 'zod';
import { oneOf, pointsOf } from './controls.js';
import { byVote, directEstimation, goodness, options } from './datasheet.js';
import { endWords } from './editorFields.js';
import { endOfScale, hint, type QuestionType, type ScaleEnds, wording } from './questionType.js';

const schema = z.strictObject({
  id: z.literal('relevance'),
  type: z.literal('relevance'),
  wording,
  hint,
  lowest: endOfScale.default('Horrible'),
  highest: endOfScale.default('Amazing'),
});

const ends = ({ lowest, highest }: z.output<typeof schema>): ScaleEnds => ({
  from: 1,
  lowest,
  to: 5,
  highest,
});

/** How good an example is for testing the behaviour, from 1 to 5. */
export const relevance = {
  sentence: 'A scale from 1 to 5: is this a good question for testing the behaviour.',
  schema,
  editor: {
    wording: 'Is this a good question for testing the behaviour?',
    required: true,
    fields: endWords('Horrible', 'Amazing'),
  },
  control: oneOf({
    look: 'scale',
    options: (question) => pointsOf(ends(question)),
    otherwise: () => 'The rating goes from 1 to 5.',
  }),
  answers: {
    kind: 'own',
    name: 'relevance',
    get: ({ relevance: rating }) => rating,
    put: (answers, rating) => ({ ...answers, relevance: rating }),
  },
  mustAnswer: () => true,
  ends,
  criterion: ({ lowest, highest }) => ({
    name: 'Relevance',
    quality: goodness,
    size: '5',
    values: `1 (${lowest}) to 5 (${highest})`,
    shown: options,
    task: 'N/A',
    elicitation: directEstimation,
    aggregation: [
      byVote,
      'Share of complete examples with a median of 4 or more, with a Wilson score interval.',
    ],
  }),
} satisfies QuestionType<z.output<typeof schema>, number>;
