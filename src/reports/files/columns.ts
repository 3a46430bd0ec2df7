import { analysedItems, type ItemAnalysis } from '../model/labelAnalysis.js';
import type { ItemFacts, JudgmentFacts, StudyData } from '../input/data.js';
import { grouped } from '#statistics/groupedBy.js';

/** One column of a downloaded table. A `time` is UTC milliseconds; CSV writes it as ISO 8601. */
export interface Column<Row> {
  readonly name: string;
  readonly sentence: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'time';
  readonly value: (row: Row) => string | number | boolean | null;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Omit<Column<unknown>, 'value'>[];
  readonly rowCount: number;
  /** The value of a column in a row. */
  cell(row: number, column: number): string | number | boolean | null;
}

function tableOf<Row>(name: string, columns: readonly Column<Row>[], rows: readonly Row[]): Table {
  return {
    name,
    columns,
    rowCount: rows.length,
    cell: (row, column) => {
      const [source, definition] = [rows[row], columns[column]];
      return source === undefined || definition === undefined ? null : definition.value(source);
    },
  };
}

interface JudgmentRow {
  readonly judgment: JudgmentFacts;
  readonly item: ItemFacts;
}

/**
 * Columns of judgments that every study has; one more follows for each further question of its
 * form.
 */
export const judgmentColumns = (data: StudyData): Column<JudgmentRow>[] => {
  const dataset = (row: JudgmentRow) => data.datasets[row.item.dataset];
  const rater = (row: JudgmentRow) => data.raters[row.judgment.rater];
  const own: Column<JudgmentRow>[] = [
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
  ];
  const questions = new Map(
    data.forms.flatMap(({ form }) => form.questions).map((question) => [question.id, question]),
  );
  for (const question of questions.values()) {
    if (question.type === 'label' || question.type === 'ambiguous' || question.type === 'relevance')
      continue;
    const type =
      question.type === 'yes-no' ? 'boolean' : question.type === 'scale' ? 'integer' : 'text';
    own.push({
      name: `answer_${question.id}`,
      type,
      sentence: question.wording,
      value: ({ judgment }) => {
        const answer = judgment.others[question.id];
        if (answer === undefined) return null;
        return type === 'boolean'
          ? answer === true
          : type === 'integer'
            ? Number(answer)
            : String(answer);
      },
    });
  }
  own.push(
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
      name: 'active_ms',
      type: 'integer',
      sentence:
        'Milliseconds during which the page was visible and in use, where the browser counted them.',
      value: ({ judgment }) => judgment.activeMs,
    },
  );
  return own;
};

interface ItemRow {
  readonly item: ItemFacts;
  readonly judgments: readonly JudgmentFacts[];
  readonly analysis: ItemAnalysis | undefined;
}

/** What the crowd said of one item, as the report computes it. */
export function crowdOf(item: ItemFacts, counted: readonly JudgmentFacts[]) {
  const votes = item.choices.map(
    (_, choice) => counted.filter((judgment) => judgment.label === choice).length,
  );
  const cast = votes.reduce((sum, count) => sum + count, 0);
  const majority = votes.findIndex((count) => count * 2 > cast);
  const relevance = counted.flatMap((judgment) =>
    judgment.relevance === null ? [] : [judgment.relevance],
  );
  return {
    judgments: counted.length,
    complete: counted.length >= item.overlap,
    votes: Object.fromEntries(item.choices.map((choice, index) => [choice.key, votes[index] ?? 0])),
    majority: majority === -1 ? null : (item.choices[majority]?.key ?? null),
    upheld: cast === 0 || item.label === null ? null : majority === item.label,
    unclear: counted.filter((judgment) => judgment.ambiguous === true).length,
    relevance:
      relevance.length === 0
        ? null
        : relevance.reduce((sum, rating) => sum + rating, 0) / relevance.length,
  };
}

/**
 * What models and measures make of the label votes about one item; null where they make nothing of
 * them (`ItemAnalysis`).
 */
export function qualityOf(item: ItemFacts, analysis: ItemAnalysis | undefined) {
  const byKey = (shares: readonly number[] | null | undefined): Record<string, number> | null =>
    shares === null || shares === undefined
      ? null
      : Object.fromEntries(item.choices.map((choice, index) => [choice.key, shares[index] ?? 0]));
  const consensus = analysis?.consensus ?? null;
  return {
    consensus: consensus === null ? null : (item.choices[consensus]?.key ?? null),
    posterior: byKey(analysis?.posterior),
    soft_label: byKey(analysis?.softLabel),
    entropy: analysis?.entropy ?? null,
    difficulty: analysis?.difficulty ?? null,
    label_wrong: analysis?.labelWrong ?? null,
  };
}

const jsonOf = (value: object | null): string | null =>
  value === null ? null : JSON.stringify(value);

export const itemColumns = (data: StudyData): Column<ItemRow>[] => {
  const dataset = (row: ItemRow) => data.datasets[row.item.dataset];
  return [
    { name: 'item', type: 'text', sentence: 'Name of the item.', value: ({ item }) => item.name },
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
      name: 'line',
      type: 'integer',
      sentence: 'Line of the example in its file.',
      value: ({ item }) => item.line,
    },
    {
      name: 'text',
      type: 'text',
      sentence: 'The example as raters saw it.',
      value: ({ item }) => item.text,
    },
    {
      name: 'choices',
      type: 'text',
      sentence: 'The choices in their original order, as JSON.',
      value: ({ item }) => JSON.stringify(item.choices),
    },
    {
      name: 'label_choice',
      type: 'integer',
      sentence: 'The dataset’s own label as an index of the choices.',
      value: ({ item }) => item.label,
    },
    {
      name: 'label_key',
      type: 'text',
      sentence: 'The file’s key of the label.',
      value: ({ item }) => (item.label === null ? null : (item.choices[item.label]?.key ?? null)),
    },
    {
      name: 'label_confidence',
      type: 'number',
      sentence: 'The discriminator’s confidence in the label.',
      value: ({ item }) => item.confidence,
    },
    {
      name: 'wanted',
      type: 'integer',
      sentence: 'Judgments wanted.',
      value: ({ item }) => item.overlap,
    },
    {
      name: 'counted',
      type: 'integer',
      sentence: 'Judgments that count.',
      value: ({ judgments }) => judgments.length,
    },
    {
      name: 'complete',
      type: 'boolean',
      sentence: 'Whether all wanted judgments are there.',
      value: ({ item, judgments }) => crowdOf(item, judgments).complete,
    },
    {
      name: 'votes',
      type: 'text',
      sentence: 'Votes for each choice, as JSON by key.',
      value: ({ item, judgments }) => JSON.stringify(crowdOf(item, judgments).votes),
    },
    {
      name: 'majority_key',
      type: 'text',
      sentence: 'The choice that more than half chose; empty where there is none.',
      value: ({ item, judgments }) => crowdOf(item, judgments).majority,
    },
    {
      name: 'label_upheld',
      type: 'boolean',
      sentence: 'Whether more than half chose the label.',
      value: ({ item, judgments }) => crowdOf(item, judgments).upheld,
    },
    {
      name: 'unclear',
      type: 'integer',
      sentence: 'How many called it unclear.',
      value: ({ item, judgments }) => crowdOf(item, judgments).unclear,
    },
    {
      name: 'relevance',
      type: 'number',
      sentence: 'Mean relevance.',
      value: ({ item, judgments }) => crowdOf(item, judgments).relevance,
    },
    {
      name: 'consensus_key',
      type: 'text',
      sentence:
        'The most probable choice by the consensus of three models; empty where there is no single one, and where votes tell nothing of how reliable raters are (one vote, or raters who cannot be told apart).',
      value: ({ item, analysis }) => qualityOf(item, analysis).consensus,
    },
    {
      name: 'posterior',
      type: 'text',
      sentence:
        'How probable each choice is by that consensus, as JSON by key; empty where votes tell nothing of how reliable raters are.',
      value: ({ item, analysis }) => jsonOf(qualityOf(item, analysis).posterior),
    },
    {
      name: 'soft_label',
      type: 'text',
      sentence: 'Share of the votes that each choice has, without smoothing, as JSON by key.',
      value: ({ item, analysis }) => jsonOf(qualityOf(item, analysis).soft_label),
    },
    {
      name: 'entropy',
      type: 'number',
      sentence: 'Entropy of the soft label in bits; 0 where all agree, empty under two votes.',
      value: ({ item, analysis }) => qualityOf(item, analysis).entropy,
    },
    {
      name: 'difficulty',
      type: 'number',
      sentence: 'Share of pairs of raters who disagree; empty under two votes.',
      value: ({ item, analysis }) => qualityOf(item, analysis).difficulty,
    },
    {
      name: 'label_wrong',
      type: 'number',
      sentence:
        'Probability that the dataset’s own label is wrong; empty where votes tell nothing of how reliable raters are.',
      value: ({ item, analysis }) => qualityOf(item, analysis).label_wrong,
    },
    {
      name: 'skips',
      type: 'integer',
      sentence: 'How often it was skipped.',
      value: ({ item }) => item.skips,
    },
    {
      name: 'flags',
      type: 'integer',
      sentence: 'How often it was flagged.',
      value: ({ item }) => item.flags,
    },
    {
      name: 'findings',
      type: 'text',
      sentence: 'Findings of the health check.',
      value: ({ item }) => item.findings.join(' '),
    },
  ];
};

/** Judgments of each item that count, by index of the item. */
export const countedByItem = (data: StudyData): Map<number, JudgmentFacts[]> =>
  grouped(
    data.judgments.filter((judgment) => judgment.standing === 'counted'),
    (judgment) => judgment.item,
  );

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

/** Every item with what the crowd said of it. */
export function itemTable(data: StudyData): Table {
  const counted = countedByItem(data);
  const analyses = analysedItems(data);
  return tableOf(
    'items',
    itemColumns(data),
    data.items.map((item, index): ItemRow => ({
      item,
      judgments: counted.get(index) ?? [],
      analysis: analyses.get(index),
    })),
  );
}
