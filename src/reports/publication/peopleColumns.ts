import { sourceWords } from '#datasets/dataset.js';
import type { Completeness } from '../model/schema/comparison.js';
import type { PairSection } from '../model/schema/report.js';
import { pValue } from '../model/words.js';
import {
  type Cell,
  number,
  numberAs,
  type PairRow,
  type TableColumn,
  text,
} from './tableColumns.js';

/** One set of a compared pair with what was left unanswered. */
export interface SetOfPair {
  readonly pair: PairSection;
  readonly source: 'generated' | 'human';
  readonly completeness: Completeness;
}

const p = (value: number | null | undefined): Cell => numberAs(value, pValue);

/** The p-values of a pair stand in the row of its generated set. */
const once =
  (value: (completeness: Completeness) => number | null | undefined) =>
  ({ source, completeness }: SetOfPair): Cell =>
    source === 'generated' ? p(value(completeness)) : { kind: 'empty' };

const counted =
  (name: 'wanted' | 'counted' | 'missing' | 'answered' | 'skipped' | 'expired') =>
  ({ source, completeness }: SetOfPair): Cell =>
    number(completeness[source][name]);

export const completenessColumns: readonly TableColumn<SetOfPair>[] = [
  { name: 'behaviour', title: 'Behaviour', kind: 'text', cell: ({ pair }) => text(pair.behaviour) },
  {
    name: 'source',
    title: 'Source',
    kind: 'text',
    cell: ({ source }) => text(sourceWords[source]),
  },
  { name: 'wanted', title: 'Wanted', kind: 'count', cell: counted('wanted') },
  { name: 'given', title: 'Given', kind: 'count', cell: counted('counted') },
  { name: 'missing', title: 'Missing', kind: 'count', cell: counted('missing') },
  { name: 'p_missing', title: 'p', kind: 'number', cell: once(({ missing }) => missing?.p) },
  { name: 'skipped', title: 'Skipped', kind: 'count', cell: counted('skipped') },
  { name: 'p_skipped', title: 'p', kind: 'number', cell: once(({ skips }) => skips?.p) },
  { name: 'expired', title: 'Expired', kind: 'count', cell: counted('expired') },
];

/** How much raters differ in their leaning to one set, for each measure of a pair. */
export const leaningColumn: TableColumn<PairRow> = {
  name: 'rater_leaning_sd',
  title: 'SD of raters’ leanings',
  kind: 'figure',
  cell: ({ pair, difference }) => {
    const found = pair.leanings.find(({ measure }) => measure === difference?.measure);
    return found === undefined || difference === null
      ? { kind: 'empty' }
      : { kind: 'figure', figure: found.deviation, unit: difference.unit };
  },
};

const ofSide = (
  source: 'generated' | 'human',
  name: 'wanted' | 'counted' | 'skipped',
): TableColumn<PairRow> => ({
  name: `${source}_${name === 'counted' ? 'given' : name}`,
  title: `${sourceWords[source]}, ${name === 'counted' ? 'given' : name}`,
  kind: 'count',
  cell: ({ pair }) =>
    pair.completeness === null ? { kind: 'empty' } : number(pair.completeness[source][name]),
});

/** What the file of pairs says of people beside the differences. */
export const peopleColumns: readonly TableColumn<PairRow>[] = [
  leaningColumn,
  ...(['generated', 'human'] as const).flatMap((source) =>
    (['wanted', 'counted', 'skipped'] as const).map((name) => ofSide(source, name)),
  ),
  {
    name: 'p_skipped',
    title: 'p of no difference in skips',
    kind: 'number',
    cell: ({ pair }) => p(pair.completeness?.skips?.p),
  },
  {
    name: 'p_missing',
    title: 'p of no difference in missing judgments',
    kind: 'number',
    cell: ({ pair }) => p(pair.completeness?.missing?.p),
  },
];
