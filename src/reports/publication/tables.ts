import { count, plural } from '#web/format.js';
import type { DatasetSection, ReportModel } from '../model/schema/report.js';
import { stampOf } from '../model/provisional.js';
import { doubtfulOf } from '../model/reversedLabels.js';
import { agreementOver, plainPercent } from '../model/words.js';
import { levelInWords } from './decimals.js';
import {
  type CheckRow,
  type PairRow,
  type PaperTable,
  type TableColumn,
  checkColumns,
  datasetColumns,
  pairColumns,
  pooledColumns,
} from './tableColumns.js';

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
  `${model.totals.simulated > 0 ? ` ${plural(model.totals.simulated, 'counted judgment')} of simulated raters.` : ''}${stampOf(model, model) === '' ? '' : ` ${stampOf(model, model)}`}`;

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

/**
 * The columns of datasets, with one that marks labels that look reversed and sets that fall short
 * of the threshold: a figure must not leave its page without that.
 */
function columnsOf(model: ReportModel): readonly TableColumn<DatasetSection>[] {
  const { threshold } = model.study.rule;
  const reversed = doubtfulOf(model.datasets, model.pairs).sets;
  const standings = new Map(model.suite?.sets.map((set) => [set.dataset, set.fallsShort]));
  const noteOf = ({ id, label, turnedRound }: DatasetSection): string | null => {
    if (turnedRound) return 'look reversed';
    if (reversed.has(id)) return 'of this set or its counterpart look reversed';
    const upper = label?.upheld.upper ?? null;
    const short = standings.get(id) ?? (upper !== null && upper < threshold);
    return short ? `fall short of ${plainPercent(threshold)}` : null;
  };
  const columns = datasetColumns(threshold);
  const at = columns.findIndex(({ name }) => name === 'labels_upheld_percent');
  return columns.toSpliced(at, 0, {
    name: 'labels_note',
    title: 'Labels',
    kind: 'text',
    cell: (dataset) => {
      const note = noteOf(dataset);
      return note === null ? { kind: 'empty' } : { kind: 'text', text: note };
    },
  });
}

/** Every dataset of a study with all its figures: one row each, as a file of columns wants it. */
export function datasetTable(model: ReportModel): PaperTable {
  const found = withoutEmptyColumns(tableFrom(columnsOf(model), model.datasets));
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
  const columns = columnsOf(model);
  const part = (
    keep: (column: TableColumn<DatasetSection>) => boolean,
  ): Pick<PaperTable, 'columns' | 'rows'> =>
    withoutEmptyColumns(
      tableFrom(
        columns.filter((column) => everyTable.has(column.name) || keep(column)),
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
      caption: `Human validation of ${plural(model.datasets.length, 'dataset')}, ${wanted} judgments wanted per example. ${brackets(levelsOf(said.rows))}, in parentheses the number of examples behind a figure. Labels upheld: more than half of the raters chose the dataset’s own label.${said.columns.some(({ name }) => name === 'labels_note') ? ` Labels: where they look reversed, or are shown to fall short of the threshold of ${plainPercent(model.study.rule.threshold)}.` : ''}${warnings(model)}`,
    },
  ];
  const over = agreementOver(
    model.datasets.flatMap(({ labelAgreement }) =>
      labelAgreement.slice(0, 1).map(({ agreement }) => agreement),
    ),
  );
  if (agreed.columns.length > everyTable.size)
    tables.push({
      ...agreed,
      label: 'tab:agreement',
      caption: `Agreement among raters over the answers that they chose, of the largest group of examples with one number of choices. ${brackets(levelsOf(agreed.rows))}, in parentheses the number of examples${over === '' ? '' : `; ${over}`}.${warnings(model)}`,
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

/** All compared pairs together, one row a measure; null where they were not summed up. */
function pooledTable(model: ReportModel): PaperTable | null {
  const pooled = model.suite?.pooled ?? [];
  if (pooled.length === 0) return null;
  const found = tableFrom(pooledColumns, pooled);
  return {
    ...found,
    label: 'tab:pooled',
    caption: `Generated minus human-written over all compared pairs: a random-effects model with pairs, raters and examples (${model.software.name} ${model.software.version}). ${brackets(levelsOf(found.rows))} of the mean, in parentheses the number of pairs; further pair: where the true difference of one more pair lies with 95 % probability. Differences of shares are in points, of relevance on its scale from 1 to 5.${warnings(model)}`,
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
  const pooled = pooledTable(model);
  const tables: PaperTable[] = [
    ...(pooled === null ? [] : [pooled]),
    { ...all, ...part(({ kind }) => kind !== 'test') },
  ];
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
