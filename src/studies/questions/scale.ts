import { z } from 'zod';
import { oneOf, pointsOf } from './controls.js';
import { byVote, directEstimation, goodness, options } from './datasheet.js';
import { endWords, number } from './editorFields.js';
import { endOfScale, hint, identifier, type QuestionType, wording } from './questionType.js';

const schema = z.strictObject({
  id: identifier,
  type: z.literal('scale'),
  wording,
  hint,
  from: z.int().min(0).max(1),
  to: z.int().min(2).max(9),
  lowest: endOfScale.default(''),
  highest: endOfScale.default(''),
  required: z.boolean().default(true),
});

/** A scale between two whole numbers. */
export const scale = {
  sentence: 'A scale between two whole numbers.',
  schema,
  editor: {
    wording: '',
    required: true,
    fields: {
      from: number({
        label: 'Lowest point',
        called: 'The lowest point',
        fresh: '1',
        problem: 'must be 0 or 1',
      }),
      to: number({
        label: 'Highest point',
        called: 'The highest point',
        fresh: '5',
        problem: 'must be a whole number from 2 to 9',
      }),
      ...endWords('', ''),
    },
  },
  control: oneOf({
    look: 'scale',
    options: (question) => pointsOf(question),
    otherwise: ({ from, to }) => `The rating goes from ${from} to ${to}.`,
  }),
  answers: {
    kind: 'further',
    answer: z.number(),
    categories: (question) => ({
      words: pointsOf(question).map(({ text }) => text),
      several: false,
      points: { from: question.from, to: question.to },
      yes: null,
      of: (answer) =>
        answer >= question.from && answer <= question.to ? [answer - question.from] : [],
    }),
    column: ({ wording: asked }) => ({
      type: 'integer',
      sentence: asked,
      value: (answer) => answer,
    }),
    withOlder: (question, older) => ({
      ...question,
      from: Math.min(question.from, older.from),
      to: Math.max(question.to, older.to),
    }),
  },
  mustAnswer: ({ required }) => required,
  ends: ({ from, lowest, to, highest }) => ({ from, lowest, to, highest }),
  criterion: ({ id, from, lowest, to, highest }) => ({
    name: id,
    quality: goodness,
    size: String(to - from + 1),
    values: `${from} (${lowest}) to ${to} (${highest})`,
    shown: options,
    task: 'N/A',
    elicitation: directEstimation,
    aggregation: [byVote],
  }),
} satisfies QuestionType<z.output<typeof schema>, number>;
