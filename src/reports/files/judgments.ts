import { grouped } from '#statistics/groupedBy.js';
import type { Answer } from '#studies/questions/questionType.js';
import { furtherOf } from '#studies/questions/types.js';
import type { ItemFacts, JudgmentFacts, StudyData } from '../input/data.js';
import { type Column, type Table, tableOf } from './columns.js';

interface JudgmentRow {
  readonly judgment: JudgmentFacts;
  readonly item: ItemFacts;
}

/** How answers are written where versions of the form ask of one id by different types. */
const asText = (answer: Answer): string =>
  typeof answer === 'string' ? answer : JSON.stringify(answer);

/** One column for each further question of a study's forms. */
function answerColumns(data: StudyData): Column<JudgmentRow>[] {
  const asked = grouped(
    data.forms.flatMap(({ form }) => form.questions),
    ({ id }) => id,
  );
  return [...asked].flatMap(([id, versions]): Column<JudgmentRow>[] => {
    const question = versions.at(-1);
    const further = question === undefined ? null : furtherOf(question);
    if (question === undefined || further === null) return [];
    const name = `answer_${id}`;
    if (versions.some((other) => other.type !== question.type))
      return [
        {
          name,
          type: 'text',
          sentence: question.wording,
          value: ({ judgment }) => {
            const answer = judgment.others[id];
            return answer === undefined ? null : asText(answer);
          },
        },
      ];
    const column = further.column(question);
    return [
      {
        name,
        type: column.type,
        sentence: column.sentence,
        value: ({ judgment }) => {
          const answer = further.answer.safeParse(judgment.others[id]);
          return answer.success ? column.value(answer.data) : null;
        },
      },
    ];
  });
}

/**
 * Columns of judgments that every study has; one more follows for each further question of its
 * form.
 */
export const judgmentColumns = (data: StudyData): Column<JudgmentRow>[] => {
  const dataset = (row: JudgmentRow) => data.datasets[row.item.dataset];
  const rater = (row: JudgmentRow) => data.raters[row.judgment.rater];
  return [
    {
      name: 'item',
      type: 'text',
      sentence: 'Name of the item; the same in items.',
      value: ({ item }) => item.name,
    },
    {
      name: 'dataset',
      type: 'text',
      sentence: 'Id of the dataset.',
      value: (row) => dataset(row)?.publicId ?? null,
    },
    {
      name: 'behaviour',
      type: 'text',
      sentence: 'Behaviour of the dataset.',
      value: (row) => dataset(row)?.behaviour.name ?? null,
    },
    {
      name: 'source',
      type: 'text',
      sentence: 'generated or human.',
      value: (row) => dataset(row)?.source ?? null,
    },
    {
      name: 'part',
      type: 'text',
      sentence:
        'kept or dropped by the generation that published the dataset; empty for others. What was dropped stands in figures of the discriminator alone.',
      value: (row) => dataset(row)?.part ?? null,
    },
    {
      name: 'line',
      type: 'integer',
      sentence: 'Line of the example in its file.',
      value: ({ item }) => item.line,
    },
    {
      name: 'rater',
      type: 'text',
      sentence: 'Pseudonym of the rater in this study.',
      value: (row) => rater(row)?.pseudonym ?? null,
    },
    {
      name: 'origin',
      type: 'text',
      sentence: 'rater, or simulated.',
      value: (row) => rater(row)?.origin ?? null,
    },
    {
      name: 'standing',
      type: 'text',
      sentence: 'counted, surplus, excluded or blanked; the report rests on counted ones.',
      value: ({ judgment }) => judgment.standing,
    },
    {
      name: 'label_choice',
      type: 'integer',
      sentence: 'The chosen original choice, counted from 0.',
      value: ({ judgment }) => judgment.label,
    },
    {
      name: 'label_key',
      type: 'text',
      sentence: 'The file’s key of the chosen choice.',
      value: ({ judgment, item }) =>
        judgment.label === null ? null : (item.choices[judgment.label]?.key ?? null),
    },
    {
      name: 'chose_label',
      type: 'boolean',
      sentence: 'Whether the dataset’s own label was chosen.',
      value: ({ judgment, item }) =>
        judgment.label === null || item.label === null ? null : judgment.label === item.label,
    },
    {
      name: 'unclear',
      type: 'boolean',
      sentence: 'Whether the rater called the example unclear.',
      value: ({ judgment }) => judgment.ambiguous,
    },
    {
      name: 'relevance',
      type: 'integer',
      sentence: 'Relevance from 1 to 5.',
      value: ({ judgment }) => judgment.relevance,
    },
    ...answerColumns(data),
    {
      name: 'comment',
      type: 'text',
      sentence: 'What the rater wrote beside it.',
      value: ({ judgment }) => judgment.comment,
    },
    {
      name: 'choice_order',
      type: 'text',
      sentence: 'Original choices in the order in which they stood on the screen.',
      value: ({ judgment }) => judgment.choiceOrder.join(' '),
    },
    {
      name: 'form_version',
      type: 'integer',
      sentence: 'Version of the form.',
      value: ({ judgment }) => judgment.formVersion,
    },
    {
      name: 'guidelines_version',
      type: 'integer',
      sentence: 'Version of the guidelines.',
      value: ({ judgment }) => judgment.guidelinesVersion,
    },
    {
      name: 'revision',
      type: 'integer',
      sentence: 'How often it was sent; the last one stands here.',
      value: ({ judgment }) => judgment.revision,
    },
    {
      name: 'shown_at',
      type: 'time',
      sentence: 'When the example came on the screen.',
      value: ({ judgment }) => judgment.shownAt,
    },
    {
      name: 'submitted_at',
      type: 'time',
      sentence: 'When the judgment was first sent.',
      value: ({ judgment }) => judgment.submittedAt,
    },
    {
      name: 'wall_ms',
      type: 'integer',
      sentence:
        'Milliseconds from shown to sent, by the clock of the server: breaks and everything else included.',
      value: ({ judgment }) => judgment.submittedAt - judgment.shownAt,
    },
    {
      name: 'visible_ms',
      type: 'integer',
      sentence:
        'Milliseconds of these during which the page was visible and the computer awake, where the browser counted them.',
      value: ({ judgment }) => judgment.visibleMs,
    },
    {
      name: 'active_ms',
      type: 'integer',
      sentence:
        'Milliseconds of these during which the page was in use too: from 60 seconds without a key, a pointer or a scroll on it is idle.',
      value: ({ judgment }) => judgment.activeMs,
    },
  ];
};

/** Every judgment, whatever its standing; blanked ones without answers. */
export const judgmentTable = (data: StudyData): Table =>
  tableOf(
    'judgments',
    judgmentColumns(data),
    data.judgments.flatMap((judgment): JudgmentRow[] => {
      const item = data.items[judgment.item];
      return item === undefined ? [] : [{ judgment, item }];
    }),
  );
