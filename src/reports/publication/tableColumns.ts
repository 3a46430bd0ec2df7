import { sourceWords } from '#datasets/dataset.js';
import type { Figure } from '#figure.js';
import { fixed } from '#web/format.js';
import type { Check, Difference, PairTest } from '../model/schema/comparison.js';
import { checkWords } from '../model/comparison/checkSentences.js';
import { marginWords, saidBeside } from '../model/comparison/sentences.js';
import { besideMarks, differenceMarks, rangeBeside } from '../model/digits.js';
import { obstaclesOf } from '../model/gate.js';
import { pValue } from '../model/words.js';
import type { DatasetSection, PairSection } from '../model/schema/report.js';
import type { PooledMeasure } from '../model/schema/suite.js';
import { inFull, type Unit } from './decimals.js';

/** What stands in one cell; how it is written is up to the format. */
export type Cell =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'count'; readonly value: number }
  /** A number that is printed as `text`, and in full where a machine reads it. */
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | {
      readonly kind: 'figure';
      readonly figure: Figure;
      readonly unit: Unit;
      /** What its limits must not be printed like, in the figure's own scale, such as a margin. */
      readonly marks?: readonly number[];
    }
  | { readonly kind: 'test'; readonly test: Pick<PairTest, 'p' | 'adjusted' | 'overPairs'> }
  | { readonly kind: 'empty' };

export interface TableColumn<Row> {
  /**
   * Name in CSV; a figure takes four columns: the name, and the name with _lower, _upper and _n; a
   * test three: the name, and the name with _holm and _pairs.
   */
  readonly name: string;
  readonly title: string;
  readonly kind: 'text' | 'count' | 'number' | 'figure' | 'test';
  readonly cell: (row: Row) => Cell;
}

export interface PaperTable {
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly {
    readonly name: string;
    readonly title: string;
    readonly kind: 'text' | 'count' | 'number' | 'figure' | 'test';
  }[];
  readonly rows: readonly (readonly Cell[])[];
}

export const text = (value: string): Cell => ({ kind: 'text', text: value });
export const number = (value: number): Cell => ({ kind: 'count', value });
/** A number with the text in which it is printed; empty where there is none. */
export const numberAs = (
  value: number | null | undefined,
  words: (value: number) => string,
): Cell =>
  value === null || value === undefined
    ? { kind: 'empty' }
    : { kind: 'number', value, text: words(value) };
const ofFigure = (
  figure: Figure | null | undefined,
  unit: Unit,
  marks: readonly number[] = [],
): Cell =>
  figure === null || figure === undefined
    ? { kind: 'empty' }
    : { kind: 'figure', figure, unit, marks };

/** The columns of datasets; labels upheld are printed unlike the threshold that they are not. */
export const datasetColumns = (threshold: number): readonly TableColumn<DatasetSection>[] => [
  {
    name: 'behaviour',
    title: 'Behaviour',
    kind: 'text',
    cell: (dataset) => text(dataset.behaviour),
  },
  {
    name: 'source',
    title: 'Source',
    kind: 'text',
    cell: (dataset) => text(sourceWords[dataset.source]),
  },
  { name: 'examples', title: 'Examples', kind: 'count', cell: (dataset) => number(dataset.items) },
  {
    name: 'complete',
    title: 'Complete',
    kind: 'count',
    cell: (dataset) => number(dataset.complete),
  },
  {
    name: 'judgments',
    title: 'Judgments',
    kind: 'count',
    cell: (dataset) => number(dataset.judgments.counted),
  },
  { name: 'raters', title: 'Raters', kind: 'count', cell: (dataset) => number(dataset.raters) },
  {
    name: 'labels_upheld_percent',
    title: 'Labels upheld, %',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.label?.upheld, 'percent', [threshold]),
  },
  {
    name: 'labels_upheld_consensus_percent',
    title: 'Upheld by consensus, %',
    kind: 'figure',
    cell: ({ consensus }) =>
      ofFigure(consensus.kind === 'consensus' ? consensus.labels?.consensus : null, 'percent'),
  },
  {
    name: 'label_votes_percent',
    title: 'Votes for the label, %',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.label?.byVote, 'percent'),
  },
  {
    name: 'relevance_mean',
    title: 'Relevance, 1 to 5',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.relevance?.mean, 'scale'),
  },
  {
    name: 'unclear_percent',
    title: 'Called unclear, %',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.ambiguity?.byVote, 'percent'),
  },
  {
    name: 'observed_agreement_percent',
    title: 'Observed agreement, %',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.labelAgreement[0]?.agreement.observed, 'percent'),
  },
  {
    name: 'fleiss_kappa',
    title: 'Fleiss’ kappa',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.labelAgreement[0]?.agreement.fleiss, 'coefficient'),
  },
  {
    name: 'krippendorff_alpha',
    title: 'Krippendorff’s alpha',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.labelAgreement[0]?.agreement.alpha, 'coefficient'),
  },
  {
    name: 'gwet_ac1',
    title: 'Gwet’s AC1',
    kind: 'figure',
    cell: (dataset) => ofFigure(dataset.labelAgreement[0]?.agreement.gwet, 'coefficient'),
  },
  {
    name: 'labels_upheld_whole_set_percent',
    title: 'Upheld in the whole set, %',
    kind: 'figure',
    cell: ({ confidence }) =>
      ofFigure(
        confidence.kind !== 'missing' && confidence.wholeSet.kind === 'whole-set'
          ? confidence.wholeSet.powered
          : null,
        'percent',
      ),
  },
  {
    name: 'brier_score',
    title: 'Brier score',
    kind: 'figure',
    cell: ({ confidence }) =>
      ofFigure(confidence.kind === 'confidence' ? confidence.brier : null, 'coefficient'),
  },
  {
    name: 'calibration_error',
    title: 'Calibration error',
    kind: 'figure',
    cell: ({ confidence }) =>
      ofFigure(
        confidence.kind === 'confidence' ? confidence.calibrationError : null,
        'coefficient',
      ),
  },
  {
    name: 'area_under_roc',
    title: 'Area under the ROC curve',
    kind: 'figure',
    cell: ({ confidence }) =>
      ofFigure(confidence.kind === 'confidence' ? confidence.auroc : null, 'coefficient'),
  },
];

export interface PairRow {
  readonly pair: PairSection;
  /** Null where the pair was not compared. */
  readonly difference: Difference | null;
}

function outcomeOf({ pair, difference }: PairRow): string {
  const stamp = pair.provisional === null ? '' : ' (provisional)';
  if (difference !== null)
    return `${saidBeside(difference)}${pair.postHoc ? ' (post hoc)' : ''}${stamp}`;
  const obstacles = obstaclesOf(pair.gate).map(({ name }) => name.toLowerCase());
  const waits = pair.answer.kind === 'waits';
  const why = waits ? 'what lacks judgments:' : 'what does not hold:';
  return `not compared${waits ? ' yet' : ''}; ${obstacles.length === 0 ? 'nothing to compare' : `${why} ${obstacles.join(', ')}`}${stamp}`;
}

const ofDifference =
  (cell: (difference: Difference) => Cell) =>
  ({ difference }: PairRow): Cell =>
    difference === null ? { kind: 'empty' } : cell(difference);
const ofTest = (name: keyof Difference['tests']) =>
  ofDifference(({ tests }) => ({ kind: 'test', test: tests[name] }));

export const pairColumns: readonly TableColumn<PairRow>[] = [
  { name: 'behaviour', title: 'Behaviour', kind: 'text', cell: ({ pair }) => text(pair.behaviour) },
  {
    name: 'measure',
    title: 'Measure',
    kind: 'text',
    cell: ofDifference(({ title }) => text(title)),
  },
  {
    name: 'shared_raters',
    title: 'Shared raters',
    kind: 'count',
    cell: ({ pair }) => number(pair.sharedRaters),
  },
  {
    name: 'difference',
    title: 'Generated minus human-written',
    kind: 'figure',
    cell: ofDifference(({ difference, unit, margin }) =>
      ofFigure(difference, unit, differenceMarks(unit, margin)),
    ),
  },
  {
    name: 'margin',
    title: 'Margin',
    kind: 'number',
    cell: ofDifference(({ margin, unit }) =>
      numberAs(inFull(margin, unit), () => marginWords(margin, unit)),
    ),
  },
  {
    name: 'outcome',
    title: 'The generated set is',
    kind: 'text',
    cell: (row) => text(outcomeOf(row)),
  },
  {
    name: 'p_not_worse',
    title: 'Not worse by more than the margin',
    kind: 'test',
    cell: ofTest('notWorse'),
  },
  { name: 'p_equivalent', title: 'Equivalent', kind: 'test', cell: ofTest('equivalent') },
  { name: 'p_worse', title: 'Worse by more than the margin', kind: 'test', cell: ofTest('worse') },
  { name: 'p_different', title: 'Different', kind: 'test', cell: ofTest('different') },
];

export const pooledColumns: readonly TableColumn<PooledMeasure>[] = [
  { name: 'measure', title: 'Measure', kind: 'text', cell: ({ title }) => text(title) },
  {
    name: 'difference',
    title: 'Mean difference',
    kind: 'figure',
    cell: ({ difference, unit }) => ofFigure(difference, unit, [0]),
  },
  {
    name: 'further_pair',
    title: 'Further pair',
    kind: 'text',
    cell: ({ prediction, unit }) =>
      prediction === null ? { kind: 'empty' } : text(rangeBeside(prediction, unit, [0])),
  },
  {
    name: 'between_pairs',
    title: 'SD between pairs',
    kind: 'number',
    cell: ({ between, unit }) =>
      numberAs(between.lower === null ? null : inFull(between.deviation, unit), () =>
        besideMarks(between.deviation, unit),
      ),
  },
  {
    name: 'share_between_pairs',
    title: 'I², %',
    kind: 'number',
    cell: ({ between }) =>
      numberAs(between.lower === null ? null : inFull(between.share, 'percent'), (share) =>
        fixed(share, 0),
      ),
  },
  { name: 'raters', title: 'Raters', kind: 'count', cell: ({ raters }) => number(raters) },
];

export interface CheckRow {
  readonly pair: PairSection;
  readonly difference: Difference;
  readonly check: Check;
}

const checkUnits: Record<Check['quantity'], Unit> = {
  points: 'points',
  scale: 'scale',
  chance: 'coefficient',
  delta: 'coefficient',
};

export const checkColumns: readonly TableColumn<CheckRow>[] = [
  { name: 'behaviour', title: 'Behaviour', kind: 'text', cell: ({ pair }) => text(pair.behaviour) },
  {
    name: 'measure',
    title: 'Measure',
    kind: 'text',
    cell: ({ difference }) => text(difference.title),
  },
  { name: 'method', title: 'Method', kind: 'text', cell: ({ check }) => text(check.method) },
  {
    name: 'result',
    title: 'Result',
    kind: 'figure',
    cell: ({ check, difference: { unit, margin } }) =>
      ofFigure(
        check.estimate,
        checkUnits[check.quantity],
        differenceMarks(check.quantity, check.quantity === unit ? margin : 0),
      ),
  },
  {
    name: 'p',
    title: 'p',
    kind: 'number',
    cell: ({ check }) => numberAs(check.p, pValue),
  },
  {
    name: 'says',
    title: 'Says',
    kind: 'text',
    cell: ({ check, difference }) => text(checkWords(check, difference)),
  },
];
