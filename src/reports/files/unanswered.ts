import type { StudyData, UnansweredFacts } from '../input/data.js';
import { type Column, type Table, tableOf } from './columns.js';

export const unansweredColumns = (data: StudyData): Column<UnansweredFacts>[] => {
  const item = (row: UnansweredFacts) => data.items[row.item];
  const dataset = (row: UnansweredFacts) => data.datasets[item(row)?.dataset ?? -1];
  return [
    {
      name: 'item',
      type: 'text',
      sentence: 'Name of the item; the same in items.',
      value: (row) => item(row)?.name ?? null,
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
      name: 'rater',
      type: 'text',
      sentence: 'Pseudonym of the rater in this study.',
      value: (row) => data.raters[row.rater]?.pseudonym ?? null,
    },
    {
      name: 'how',
      type: 'text',
      sentence: 'skipped, or expired: shown, and its time ran out.',
      value: ({ how }) => how,
    },
    {
      name: 'reason',
      type: 'text',
      sentence: 'Why it was skipped.',
      value: ({ reason }) => reason,
    },
  ];
};

/** What raters who count were shown and did not answer; null where it was not kept. */
export const unansweredTable = (data: StudyData): Table | null =>
  data.unanswered === null ? null : tableOf('unanswered', unansweredColumns(data), data.unanswered);
