import { expect, test } from 'vitest';
import type { ReportModel } from '#reports/model/schema/report.js';
import type { PaperTable } from '#reports/publication/tableColumns.js';
import { datasetTable, pairTable, pairTables } from '#reports/publication/tables.js';
import { tableCsv, tableLatex, tableMarkdown } from '#reports/publication/tableWriting.js';
import { csvRecords } from '../../support/csv.js';
import { reportOf } from '../pairs.js';
import { plantedPair } from '../plantedPair.js';

const [skips, missing, margin] = [0.012_345_678_9, 0.000_045_678_9, 0.054_321];

/** A pair of which skips and missing judgments have these p-values, with a margin of many digits. */
function told(): ReportModel {
  const report = reportOf(plantedPair({ examples: 24 }));
  return {
    ...report,
    pairs: report.pairs.map((pair) => {
      const { completeness, differences } = pair;
      const [difference] = differences;
      if (completeness === null || difference === undefined) return expect.unreachable();
      return {
        ...pair,
        differences: differences.map((one) => (one.unit === 'points' ? { ...one, margin } : one)),
        completeness: {
          ...completeness,
          skips: { difference: difference.difference, p: skips },
          missing: { p: missing },
        },
      };
    }),
  };
}

test('CSV has every number in full, also p-values of what was left unanswered and margins', () => {
  const model = told();
  const [labels] = csvRecords(Buffer.from(tableCsv(pairTable(model))));
  expect(Number(labels?.['p_skipped'])).toBe(skips);
  expect(Number(labels?.['p_missing'])).toBe(missing);
  expect(Number(labels?.['margin'])).toBeCloseTo(100 * margin, 9);
  const numbers = ({ columns, rows }: PaperTable): string[] =>
    rows.flatMap((row) =>
      row.flatMap((cell, index) =>
        cell.kind === 'text' && /^[<>−-]?\s*\.?\d[\d.,]*\s*(?:%|points?)?$/.test(cell.text)
          ? [`${columns[index]?.name ?? ''}: ${cell.text}`]
          : [],
      ),
    );
  for (const table of [datasetTable(model), pairTable(model), ...pairTables(model)])
    expect(numbers(table)).toEqual([]);
});

test('tables for a paper print the same numbers with few digits', () => {
  const tables = pairTables(told());
  expect(tables.map(tableMarkdown).join('\n')).toMatch(/\| 5\.43 points \|/);
  const left = tables.find(({ label }) => label === 'tab:pair-missing') ?? expect.unreachable();
  expect(tableLatex(left)).toContain('0.012');
  expect(tableMarkdown(left)).toContain('| &lt; 0.001 |');
});
