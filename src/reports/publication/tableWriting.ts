import { count } from '#web/format.js';
import type { Table } from '../files/columns.js';
import { csvLines } from '../files/csv.js';
import { pValue } from '../model/words.js';
import { inFull, printed } from './decimals.js';
import { engineNote, escapeLatex } from './latex.js';
import { escapeMarkdown, markdownRow } from './markdown.js';
import type { Cell, PaperTable } from './tableColumns.js';

interface Writing {
  readonly text: (value: string) => string;
  readonly minus: (value: string) => string;
  readonly open: string;
  readonly close: string;
  readonly none: string;
}

export function written(cell: Cell, format: Writing): string {
  if (cell.kind === 'empty') return format.none;
  if (cell.kind === 'text') return format.text(cell.text);
  if (cell.kind === 'count') return count(cell.value);
  if (cell.kind === 'number') return format.minus(format.text(cell.text));
  if (cell.kind === 'test')
    return cell.test.p === null
      ? format.none
      : format.text(
          `${pValue(cell.test.p)} (${pValue(cell.test.overPairs ?? cell.test.adjusted)})`,
        );
  const { value, lower, upper, n } = printed(cell.figure, cell.unit, cell.marks);
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
  number: [''],
  figure: ['', '_lower', '_upper', '_n'],
  test: ['', '_holm', '_pairs'],
} as const;

/**
 * A table as CSV: each figure in four columns, with all its digits in the unit of its column, each
 * test in three;
 * formulas are defused as in every CSV.
 */
export function tableCsv({ label, columns, rows }: PaperTable): string {
  const wide = columns.flatMap(({ name, kind }, index) =>
    parts[kind].map((part) => ({ name: `${name}${part}`, index, part })),
  );
  const table: Table = {
    name: label,
    columns: wide.map(({ name, index }) => ({
      name,
      sentence: columns[index]?.title ?? '',
      type: columns[index]?.kind === 'text' ? 'text' : 'number',
    })),
    rowCount: rows.length,
    cell: (row, column) => {
      const { index, part } = wide[column] ?? { index: 0, part: '' as const };
      const cell = rows[row]?.[index];
      if (cell === undefined || cell.kind === 'empty') return null;
      if (cell.kind === 'text') return cell.text;
      if (cell.kind === 'count' || cell.kind === 'number') return cell.value;
      if (cell.kind === 'test') {
        const { p, adjusted, overPairs } = cell.test;
        return part === '_pairs' ? overPairs : part === '_holm' ? adjusted : p;
      }
      const { value, lower, upper, n } = cell.figure;
      if (part === '_n') return n;
      return inFull(
        { '': value, _lower: lower, _upper: upper, _holm: null, _pairs: null }[part],
        cell.unit,
      );
    },
  };
  return Array.from(csvLines(table)).join('');
}
