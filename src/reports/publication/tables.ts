import { sourceWords } from '#datasets/dataset.js';
import { count, plural } from '#web/format.js';
import type { Table } from '../files/columns.js';
import { csvLines } from '../files/csv.js';
import type { Figure } from '#figure.js';
import type { Check, Difference, PairTest } from '../model/schema/comparison.js';
import { checkWords, marginWords, verdictWords } from '../model/comparison/sentences.js';
import { pValue } from '../model/words.js';
import type { DatasetSection, PairSection, ReportModel } from '../model/schema/report.js';
import { levelInWords, printed, type Unit } from './decimals.js';
import { engineNote, escapeLatex } from './latex.js';
import { escapeMarkdown, markdownRow } from './markdown.js';

/** What stands in one cell; how it is written is up to the format. */
type Cell =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'count'; readonly value: number }
  | { readonly kind: 'figure'; readonly figure: Figure; readonly unit: Unit }
  | { readonly kind: 'test'; readonly test: Pick<PairTest, 'p' | 'adjusted'> }
  | { readonly kind: 'empty' };

interface TableColumn<Row> {
  /**
   * Name in CSV; a figure takes four columns: the name, and the name with _lower, _upper and _n; a
   * test two: the name, and the name with _holm.
   */
  readonly name: string;
  readonly title: string;
  readonly kind: 'text' | 'count' | 'figure' | 'test';
  readonly cell: (row: Row) => Cell;
}

interface PaperTable {
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly {
    readonly name: string;
    readonly title: string;
    readonly kind: 'text' | 'count' | 'figure' | 'test';
  }[];
  readonly rows: readonly (readonly Cell[])[];
}

const text = (value: string): Cell => ({ kind: 'text', text: value });
const number = (value: number): Cell => ({ kind: 'count', value });
const ofFigure = (figure: Figure | null | undefined, unit: Unit): Cell =>
  figure === null || figure === undefined ? { kind: 'empty' } : { kind: 'figure', figure, unit };

const datasetColumns: readonly TableColumn<DatasetSection>[] = [
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
    cell: (dataset) => ofFigure(dataset.label?.upheld, 'percent'),
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
        confidence.kind === 'confidence' && confidence.wholeSet.kind === 'whole-set'
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

interface PairRow {
  readonly pair: PairSection;
  /** Null where the pair was not compared. */
  readonly difference: Difference | null;
}

function outcomeOf({ pair, difference }: PairRow): string {
  if (difference !== null)
    return `${verdictWords[difference.verdict]}${pair.postHoc ? ' (post hoc)' : ''}`;
  return `not compared: ${
    pair.gate
      .filter((check) => !check.passed)
      .map((check) => check.name.toLowerCase())
      .join(', ') || 'nothing to compare'
  }`;
}

const ofDifference =
  (cell: (difference: Difference) => Cell) =>
  ({ difference }: PairRow): Cell =>
    difference === null ? { kind: 'empty' } : cell(difference);
const ofTest = (name: keyof Difference['tests']) =>
  ofDifference(({ tests }) => ({ kind: 'test', test: tests[name] }));

const pairColumns: readonly TableColumn<PairRow>[] = [
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
    cell: ofDifference(({ difference, unit }) => ofFigure(difference, unit)),
  },
  {
    name: 'margin',
    title: 'Margin',
    kind: 'text',
    cell: ofDifference(({ margin, unit }) => text(marginWords(margin, unit))),
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

interface CheckRow {
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

const checkColumns: readonly TableColumn<CheckRow>[] = [
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
    cell: ({ check }) => ofFigure(check.estimate, checkUnits[check.quantity]),
  },
  {
    name: 'p',
    title: 'p',
    kind: 'text',
    cell: ({ check }) => (check.p === null ? { kind: 'empty' } : text(pValue(check.p))),
  },
  {
    name: 'says',
    title: 'Says',
    kind: 'text',
    cell: ({ check, difference }) => text(checkWords(check, difference)),
  },
];

const tableFrom = <Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
): Pick<PaperTable, 'columns' | 'rows'> => ({
  columns: columns.map(({ name, title, kind }) => ({ name, title, kind })),
  rows: rows.map((row) => columns.map((column) => column.cell(row))),
});

/** A column that no row fills is left out, such as relevance where nobody was asked for it. */
function withoutEmptyColumns({
  columns,
  rows,
}: Pick<PaperTable, 'columns' | 'rows'>): Pick<PaperTable, 'columns' | 'rows'> {
  const kept = columns.map(
    (_, index) => rows.length === 0 || rows.some((row) => row[index]?.kind !== 'empty'),
  );
  return {
    columns: columns.filter((_, index) => kept[index]),
    rows: rows.map((row) => row.filter((_, index) => kept[index])),
  };
}

/** The confidence levels of the intervals of a table, as one phrase: "95 %". */
function levelsOf(rows: PaperTable['rows']): string {
  const levels = new Set(
    rows
      .flat()
      .flatMap((cell) =>
        cell.kind === 'figure' && cell.figure.level !== null ? [levelInWords(cell.figure)] : [],
      ),
  );
  return Array.from(levels).join(' or ');
}

const warnings = (model: ReportModel): string =>
  `${model.totals.simulated > 0 ? ` ${plural(model.totals.simulated, 'counted judgment')} of simulated raters.` : ''}${model.study.interim ? ` Interim: the study is ${model.study.state}.` : ''}`;

const agreementColumns: ReadonlySet<string> = new Set([
  'observed_agreement_percent',
  'fleiss_kappa',
  'krippendorff_alpha',
  'gwet_ac1',
]);
const confidenceColumns: ReadonlySet<string> = new Set([
  'labels_upheld_whole_set_percent',
  'brier_score',
  'calibration_error',
  'area_under_roc',
]);
const everyTable: ReadonlySet<string> = new Set(['behaviour', 'source']);

const brackets = (levels: string): string =>
  levels === '' ? 'No intervals are given' : `In brackets ${levels} intervals`;

/** Every dataset of a study with all its figures: one row each, as a file of columns wants it. */
export function datasetTable(model: ReportModel): PaperTable {
  const found = withoutEmptyColumns(tableFrom(datasetColumns, model.datasets));
  const levels = levelsOf(found.rows);
  return {
    ...found,
    label: 'tab:datasets',
    caption: `Human validation of ${plural(model.datasets.length, 'dataset')}. ${brackets(levels)}.${warnings(model)}`,
  };
}

/**
 * The same in tables that fit a page: what raters said of the sets, how far they agreed among
 * themselves, how good the discriminator’s confidence is.
 */
export function datasetTables(model: ReportModel): PaperTable[] {
  const part = (
    keep: (column: TableColumn<DatasetSection>) => boolean,
  ): Pick<PaperTable, 'columns' | 'rows'> =>
    withoutEmptyColumns(
      tableFrom(
        datasetColumns.filter((column) => everyTable.has(column.name) || keep(column)),
        model.datasets,
      ),
    );
  const said = part(({ name }) => !agreementColumns.has(name) && !confidenceColumns.has(name));
  const agreed = part(({ name }) => agreementColumns.has(name));
  const confident = part(({ name }) => confidenceColumns.has(name));
  const wanted = count(model.study.settings.overlap);
  const tables: PaperTable[] = [
    {
      ...said,
      label: 'tab:datasets',
      caption: `Human validation of ${plural(model.datasets.length, 'dataset')}, ${wanted} judgments wanted per example. ${brackets(levelsOf(said.rows))}, in parentheses the number of examples behind a figure. Labels upheld: more than half of the raters chose the dataset’s own label.${warnings(model)}`,
    },
  ];
  if (agreed.columns.length > everyTable.size)
    tables.push({
      ...agreed,
      label: 'tab:agreement',
      caption: `Agreement among raters over the answers that they chose, of the largest group of examples with one number of choices. ${brackets(levelsOf(agreed.rows))}, in parentheses the number of examples.${warnings(model)}`,
    });
  if (confident.columns.length > everyTable.size)
    tables.push({
      ...confident,
      label: 'tab:confidence',
      caption: `The discriminator’s confidence against labels upheld by majority, over complete examples; in the whole set: prediction-powered, with the confidence of the examples that were not drawn. ${brackets(levelsOf(confident.rows))}, in parentheses the number of judged examples.${warnings(model)}`,
    });
  return tables;
}

/**
 * Every pair of a study with all its figures: one row a measure, or one row that says why the pair
 * was not compared.
 */
export function pairTable(model: ReportModel): PaperTable {
  const rows = model.pairs.flatMap((pair): PairRow[] =>
    pair.comparable && pair.differences.length > 0
      ? pair.differences.map((difference) => ({ pair, difference }))
      : [{ pair, difference: null }],
  );
  const found = tableFrom(pairColumns, rows);
  const levels = levelsOf(found.rows);
  return {
    ...found,
    label: 'tab:pairs',
    caption: `Generated minus human-written, ${plural(model.pairs.length, 'pair')}. Differences of shares are in points, of relevance on its scale from 1 to 5. ${brackets(levels)}, in parentheses the number of examples.${model.study.rule.postHoc ? ' Post hoc: the threshold or a margin was changed after the first judgment.' : ''}${warnings(model)}`,
  };
}

/**
 * The same in tables that fit a page: differences, the tests behind their verdicts, and what other
 * methods say.
 */
export function pairTables(model: ReportModel): PaperTable[] {
  const all = pairTable(model);
  const part = (
    keep: (column: PaperTable['columns'][number]) => boolean,
  ): Pick<PaperTable, 'columns' | 'rows'> => {
    const kept = all.columns.map(keep);
    return {
      columns: all.columns.filter((_, index) => kept[index]),
      rows: all.rows.map((row) => row.filter((_, index) => kept[index])),
    };
  };
  const tables: PaperTable[] = [{ ...all, ...part(({ kind }) => kind !== 'test') }];
  if (model.pairs.every(({ differences }) => differences.length === 0)) return tables;
  const tests = part(
    ({ kind, name }) => kind === 'test' || name === 'behaviour' || name === 'measure',
  );
  tables.push({
    ...tests,
    rows: tests.rows.filter((row) => row.some(({ kind }) => kind === 'test')),
    label: 'tab:pair-tests',
    caption: `Tests of the generated set against the human-written one: p-values, in parentheses adjusted by Holm over the measures of a pair. Not worse and worse: one-sided, against .025; equivalent: the larger of two one-sided tests, against .05; different: two-sided, against .05.${warnings(model)}`,
  });
  const checks = tableFrom(
    checkColumns,
    model.pairs.flatMap((pair) =>
      pair.differences.flatMap((difference) =>
        pair.checks
          .filter(({ measure }) => measure === difference.measure)
          .map((check): CheckRow => ({ pair, difference, check })),
      ),
    ),
  );
  tables.push({
    ...checks,
    label: 'tab:pair-checks',
    caption: `The same comparisons by other methods. By majority and the pigeonhole bootstrap: differences as above; Brunner-Munzel: the chance that a generated example has the higher value, equal values counting half. ${brackets(levelsOf(checks.rows))}, in parentheses the number of examples.${warnings(model)}`,
  });
  return tables;
}

interface Writing {
  readonly text: (value: string) => string;
  readonly minus: (value: string) => string;
  readonly open: string;
  readonly close: string;
  readonly none: string;
}

function written(cell: Cell, format: Writing): string {
  if (cell.kind === 'empty') return format.none;
  if (cell.kind === 'text') return format.text(cell.text);
  if (cell.kind === 'count') return count(cell.value);
  if (cell.kind === 'test')
    return cell.test.p === null
      ? format.none
      : format.text(`${pValue(cell.test.p)} (${pValue(cell.test.adjusted)})`);
  const { value, lower, upper, n } = printed(cell.figure, cell.unit);
  if (value === null) return format.none;
  const interval =
    lower === null || upper === null
      ? ''
      : ` ${format.open}${format.minus(lower)}, ${format.minus(upper)}${format.close}`;
  return `${format.minus(value)}${interval} (${count(n)})`;
}

const latexWriting: Writing = {
  text: escapeLatex,
  minus: (value) => value.replace('-', '$-$'),
  open: '{[}',
  close: '{]}',
  none: '--',
};
const markdownWriting: Writing = {
  text: escapeMarkdown,
  minus: (value) => value.replace('-', '−'),
  open: '[',
  close: ']',
  none: '–',
};

/** More rows than this do not fit a page, and need the package longtable. */
const mostRowsOnPage = 30;

/** A table for a paper, with the package booktabs, and longtable where it runs over pages. */
export function tableLatex({ label, caption, columns, rows }: PaperTable): string {
  const long = rows.length > mostRowsOnPage;
  const format = columns.map(({ kind }) => (kind === 'text' ? 'l' : 'r')).join('');
  const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\\n`;
  const head = `\\toprule\n${line(columns.map(({ title }) => escapeLatex(title)))}\\midrule\n`;
  const body = rows.map((row) => line(row.map((cell) => written(cell, latexWriting)))).join('');
  const captioned = `\\caption{${escapeLatex(caption)}}\n\\label{${label}}`;
  const table = long
    ? `{\\small\n\\begin{longtable}{${format}}\n${captioned} \\\\\n${head}\\endhead\n${body}\\bottomrule\n\\end{longtable}\n}\n`
    : `\\begin{table}[t]\n\\centering\n\\small\n${captioned}\n\\begin{tabular}{${format}}\n${head}${body}\\bottomrule\n\\end{tabular}\n\\end{table}\n`;
  return `${engineNote(table)}% Needs \\usepackage{booktabs}${long ? ' and \\usepackage{longtable}' : ''}.\n${table}`;
}

/** A table in Markdown with its caption above. */
export function tableMarkdown({ caption, columns, rows }: PaperTable): string {
  const head = markdownRow(columns.map(({ title }) => escapeMarkdown(title)));
  const rule = markdownRow(columns.map(({ kind }) => (kind === 'text' ? '---' : '---:')));
  return `${escapeMarkdown(caption)}\n\n${head}${rule}${rows.map((row) => markdownRow(row.map((cell) => written(cell, markdownWriting)))).join('')}`;
}

/** What each kind of column takes in CSV, as endings of its name. */
const parts = {
  text: [''],
  count: [''],
  figure: ['', '_lower', '_upper', '_n'],
  test: ['', '_holm'],
} as const;

/**
 * A table as CSV: each figure in four columns, rounded as in the other formats, each test in two;
 * formulas are defused as in every CSV.
 */
export function tableCsv({ label, columns, rows }: PaperTable): string {
  const wide = columns.flatMap(({ name, kind }, place) =>
    parts[kind].map((part) => ({ name: `${name}${part}`, place, part })),
  );
  const table: Table = {
    name: label,
    columns: wide.map(({ name, place }) => ({
      name,
      sentence: columns[place]?.title ?? '',
      type: columns[place]?.kind === 'text' ? 'text' : 'number',
    })),
    rowCount: rows.length,
    cell: (row, column) => {
      const { place, part } = wide[column] ?? { place: 0, part: '' as const };
      const cell = rows[row]?.[place];
      if (cell === undefined || cell.kind === 'empty') return null;
      if (cell.kind === 'text') return cell.text;
      if (cell.kind === 'count') return cell.value;
      if (cell.kind === 'test') {
        const p = part === '_holm' ? cell.test.adjusted : cell.test.p;
        return p === null ? null : Number(p.toPrecision(4));
      }
      const { value, lower, upper, n } = printed(cell.figure, cell.unit);
      const said = { '': value, _lower: lower, _upper: upper, _n: String(n), _holm: null }[part];
      return said === null ? null : Number(said);
    },
  };
  return Array.from(csvLines(table)).join('');
}
