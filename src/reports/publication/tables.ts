import { grouped } from '#statistics/groupedBy.js';
import { count, plural } from '#web/format.js';
import { checkMethods } from '../model/comparison/checks.js';
import { claimsOf } from '../model/comparison/findings.js';
import type { DatasetSection, ReportModel } from '../model/schema/report.js';
import { stampOf } from '../model/provisional.js';
import { doubtfulOf } from '../model/reversedLabels.js';
import { agreementOver, plainPercent } from '../model/words.js';
import { levelInWords } from './decimals.js';
import {
  completenessColumns,
  leaningColumn,
  peopleColumns,
  type SetOfPair,
} from './peopleColumns.js';
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

/** "Wilson score interval": how an interval was made, in the few words before it is explained. */
const shortMethod = (method: string): string =>
  (method.split(/[:,(]/, 1)[0] ?? method).trim().replaceAll('items', 'examples');

/** How the intervals of each column were made; columns with the same methods together. */
function methodsOf({ columns, rows }: Pick<PaperTable, 'columns' | 'rows'>): string {
  const known = columns.flatMap(({ title }, index) => {
    const methods = new Set(
      rows.flatMap((row) => {
        const cell = row[index];
        return cell?.kind !== 'figure' || cell.figure.method === null
          ? []
          : [shortMethod(cell.figure.method)];
      }),
    );
    return methods.size === 0 ? [] : [{ title, methods: Array.from(methods).join(' or ') }];
  });
  return known.length === 1
    ? (known[0]?.methods ?? '')
    : Array.from(grouped(known, ({ methods }) => methods))
        .map(([methods, of]) => `${methods} (${of.map(({ title }) => title).join('; ')})`)
        .join(', ');
}

/** The levels of the intervals of a table, and of which kind they are in each column. */
function brackets(table: Pick<PaperTable, 'columns' | 'rows'>): string {
  const levels = new Set(
    table.rows
      .flat()
      .flatMap((cell) =>
        cell.kind === 'figure' && cell.figure.level !== null ? [levelInWords(cell.figure)] : [],
      ),
  );
  const methods = methodsOf(table);
  return levels.size === 0
    ? 'No intervals are given'
    : `In brackets ${Array.from(levels).join(' or ')} intervals${methods === '' ? '' : `: ${methods}`}`;
}

const warnings = (model: ReportModel): string =>
  `${model.totals.simulated > 0 ? ` ${plural(model.totals.simulated, 'counted judgment')} of simulated raters.` : ''}${stampOf(model, model) === '' ? '' : ` ${stampOf(model, model)}`}`;

/** Why columns of the discriminator are empty; begins with a blank, or empty. */
function weightedNote({ datasets }: ReportModel): string {
  const without = datasets.filter(
    ({ confidence }) => confidence.kind === 'weighted' || confidence.kind === 'waiting',
  );
  return without.length === 0
    ? ''
    : ` Brier score, calibration error and area are left empty for ${without.map(({ title }) => title).join('; ')}: there the discriminator is judged over what was kept and what was dropped together, in the report.`;
}

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
  return {
    ...found,
    label: 'tab:datasets',
    caption: `Human validation of ${plural(model.datasets.length, 'dataset')}. ${brackets(found)}.${weightedNote(model)}${warnings(model)}`,
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
      caption: `Human validation of ${plural(model.datasets.length, 'dataset')}, ${wanted} judgments wanted per example. ${brackets(said)}, in parentheses the number of examples behind a figure. Labels upheld: more than half of the raters chose the dataset’s own label.${said.columns.some(({ name }) => name === 'labels_note') ? ` Labels: where they look reversed, or are shown to fall short of the threshold of ${plainPercent(model.study.rule.threshold)}.` : ''}${warnings(model)}`,
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
      caption: `Agreement among raters over the answers that they chose, of the largest group of examples with one number of choices. ${brackets(agreed)}, in parentheses the number of examples${over === '' ? '' : `; ${over}`}.${warnings(model)}`,
    });
  if (confident.columns.length > everyTable.size)
    tables.push({
      ...confident,
      label: 'tab:confidence',
      caption: `The discriminator’s confidence against labels upheld by majority, over complete examples; in the whole set: prediction-powered, with the confidence of the examples that were not drawn.${weightedNote(model)} ${brackets(confident)}, in parentheses the number of judged examples.${warnings(model)}`,
    });
  return tables;
}

/** What "by itself" means, where a row says it. */
const alone = (model: ReportModel): string =>
  model.pairs.some(({ differences }) =>
    differences.some((difference) => claimsOf(difference).some(({ stands }) => !stands)),
  )
    ? ' By itself: not shown once corrected for the measures of a pair (Holm) and for the compared pairs (Benjamini and Hochberg).'
    : '';

/**
 * Every pair of a study with all its figures: one row a measure, or one row that says why the pair
 * was not compared.
 */
export const pairTable = (model: ReportModel): PaperTable =>
  pairTableOf(model, [...pairColumns, ...peopleColumns]);

function pairTableOf(model: ReportModel, columns: readonly TableColumn<PairRow>[]): PaperTable {
  const rows = model.pairs.flatMap((pair): PairRow[] =>
    pair.comparable && pair.differences.length > 0
      ? pair.differences.map((difference) => ({ pair, difference }))
      : [{ pair, difference: null }],
  );
  const found = tableFrom(columns, rows);
  return {
    ...found,
    label: 'tab:pairs',
    caption: `Generated minus human-written, ${plural(model.pairs.length, 'pair')}. Differences of shares are in points, of relevance on its scale from 1 to 5. ${brackets(found)}, in parentheses the number of examples.${alone(model)}${model.study.rule.postHoc ? ' Post hoc: the threshold or a margin was changed after the first judgment.' : ''}${warnings(model)}`,
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
    caption: `Generated minus human-written over all compared pairs: a random-effects model with pairs, raters and examples (${model.software.name} ${model.software.version}). ${brackets(found)} of the mean, in parentheses the number of pairs; further pair: where the true difference of one more pair lies with 95 % probability. How much pairs differ is given from five pairs on. Differences of shares are in points, of relevance on its scale from 1 to 5.${warnings(model)}`,
  };
}

/**
 * The same in tables that fit a page: differences, the tests behind their verdicts, and what other
 * methods say.
 */
export function pairTables(model: ReportModel): PaperTable[] {
  const all = pairTableOf(model, pairColumns);
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
    caption: `Tests of the generated set against the human-written one: p-values, in parentheses adjusted by Holm over the measures of a pair${model.pairs.some(({ differences }) => differences.some(({ tests }) => tests.different.overPairs !== null)) ? ' and once more over the compared pairs (Benjamini and Hochberg)' : ''}. Not worse and worse: one-sided, against .025; equivalent: the larger of two one-sided tests, against .05; different: two-sided, against .05.${warnings(model)}`,
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
    caption: `Generated minus human-written by other methods: ${checkMethods
      .filter(({ method }) =>
        checks.rows.some((row) => row.some((cell) => cell.kind === 'text' && cell.text === method)),
      )
      .map(({ said }) => said)
      .join(
        '; ',
      )}. Results are in points for shares and on the scale for relevance; of chances .5 is no difference, and Cliff’s delta runs from −1 to 1. ${brackets(checks)}, in parentheses the number of examples.${warnings(model)}`,
  });
  return [...tables, ...peopleTables(model)];
}

/** How much raters lean to a source, and what was left unanswered; none where it is not known. */
function peopleTables(model: ReportModel): PaperTable[] {
  const leaning = pairTableOf(model, [
    ...pairColumns.filter(({ name }) => everyPairTable.has(name)),
    leaningColumn,
  ]);
  const known = leaning.rows.filter((row) =>
    row.some((cell) => cell.kind === 'figure' && cell.figure.lower !== null),
  );
  const sets = model.pairs.flatMap((pair): SetOfPair[] => {
    const { completeness } = pair;
    return completeness === null
      ? []
      : (['generated', 'human'] as const).map((source) => ({ pair, source, completeness }));
  });
  return [
    ...(known.length === 0
      ? []
      : [
          {
            ...leaning,
            rows: known,
            label: 'tab:pair-leanings',
            caption: `How much raters differ in their leaning to one set: the standard deviation over raters of their own difference, generated minus human-written, beyond what their examples explain. ${brackets({ ...leaning, rows: known })}, in parentheses the number of raters.${warnings(model)}`,
          },
        ]),
    ...(sets.length === 0
      ? []
      : [
          {
            ...tableFrom(completenessColumns, sets),
            label: 'tab:pair-missing',
            caption: `Judgments wanted, given and missing, and examples skipped, or shown until the time ran out. p: no difference between the sources; of missing judgments by exchanging the sources of examples, of skips over examples and raters.${warnings(model)}`,
          },
        ]),
  ];
}

const everyPairTable: ReadonlySet<string> = new Set(['behaviour', 'measure']);
