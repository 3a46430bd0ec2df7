import type { ItemFacts, JudgmentFacts, StudyData } from '../input/data.js';
import { analysedItems, type ItemAnalysis } from '../model/labelAnalysis.js';
import { type Column, type Table, tableOf } from './columns.js';
import { countedByItem, crowdOf, qualityOf } from './crowd.js';

interface ItemRow {
  readonly item: ItemFacts;
  readonly judgments: readonly JudgmentFacts[];
  readonly analysis: ItemAnalysis | undefined;
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
        'The most probable choice by the consensus of models; empty where there is no single one, and where votes tell nothing of how reliable raters are (one vote, or raters who cannot be told apart).',
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
      name: 'vote_shares',
      type: 'text',
      sentence: 'Share of the votes that each choice has, as they were cast, as JSON by key.',
      value: ({ item, analysis }) => jsonOf(qualityOf(item, analysis).vote_shares),
    },
    {
      name: 'soft_label',
      type: 'text',
      sentence:
        'How probable each choice is of one further rater of this crowd, as JSON by key; empty where no example of the dataset has two votes.',
      value: ({ item, analysis }) => jsonOf(qualityOf(item, analysis).soft_label),
    },
    {
      name: 'entropy',
      type: 'number',
      sentence: 'Entropy of the vote shares in bits; 0 where all agree, empty under two votes.',
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
