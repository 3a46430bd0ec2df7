import { z } from 'zod';
import { optionsOf, severalOf } from './controls.js';
import { byVote, classification, feature } from './datasheet.js';
import { line, lines } from './editorFields.js';
import { hint, identifier, type QuestionType, wording } from './questionType.js';

const schema = z
  .strictObject({
    id: identifier,
    type: z.literal('several'),
    wording,
    hint,
    options: z
      .array(z.string().trim().min(1).max(200))
      .min(2)
      .max(100)
      .refine((options) => new Set(options).size === options.length, 'holds an option twice'),
    none: z.string().trim().max(200, 'is longer than 200 characters').default(''),
    required: z.boolean().default(true),
  })
  .refine(({ options, none }) => !options.includes(none), {
    path: ['none'],
    message: 'is one of the options',
  });
type Several = z.output<typeof schema>;

const all = ({ options, none }: Several): string[] => (none === '' ? options : [...options, none]);

/** Any number of options, or an answer that excludes them. */
export const several = {
  sentence:
    'Any number of the options that the study gives, or an answer such as “None of these” alone.',
  schema,
  editor: {
    wording: '',
    required: true,
    fields: {
      options: lines({
        label: 'Options, one a line',
        called: 'The options',
        problem: 'must be 2 to 100 different lines of at most 200 characters',
      }),
      none: line({
        label: '“None of these” answer (optional)',
        called: 'The answer that excludes the others',
        fresh: 'None of these',
      }),
    },
  },
  control: severalOf({
    options: ({ options, none }) => [
      ...optionsOf(options),
      ...(none === ''
        ? []
        : [
            {
              value: String(options.length),
              text: none,
              digit: 0,
              words: '',
              exclusive: true,
              answer: none,
            },
          ]),
    ],
  }),
  answers: {
    kind: 'further',
    answer: z.array(z.string()),
    categories: (question) => {
      const words = all(question);
      return {
        words,
        several: true,
        points: null,
        yes: null,
        of: (answer) => answer.map((chosen) => words.indexOf(chosen)).filter((index) => index >= 0),
      };
    },
    column: ({ wording: asked }) => ({
      type: 'text',
      sentence: `${asked} The chosen options, as JSON.`,
      value: (answer) => JSON.stringify(answer),
    }),
    withOlder: (question, older) => ({
      ...question,
      options: [...new Set([...question.options, ...all(older)])].filter(
        (option) => option !== question.none,
      ),
    }),
  },
  mustAnswer: ({ required }) => required,
  ends: () => null,
  criterion: (question) => ({
    name: question.id,
    quality: feature,
    size: String(all(question).length),
    values: all(question).join('; '),
    shown: '2. Check-boxes.',
    task: 'N/A',
    elicitation: classification,
    aggregation: ['Each option by itself, as chosen or not.', byVote],
  }),
} satisfies QuestionType<Several, string[]>;
