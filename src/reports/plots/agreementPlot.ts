import * as Plot from '@observablehq/plot';
import { besideMarks, rangeBeside } from '../model/digits.js';
import { plainPercent } from '../model/words.js';
import type { ReportModel } from '../model/schema/report.js';
import { chart, key, sourceColour, sourceEntries, sourceSymbol } from './chart.js';
import { rowKey, rowsPlot } from './rows.js';

/**
 * Labels upheld with their intervals, one row a dataset, and the threshold. Null where no set has a
 * number.
 */
export function agreementPlot(model: ReportModel): string | null {
  const marks = [model.study.rule.threshold];
  const rows = model.datasets.flatMap((dataset) => {
    const { value, lower, upper } = dataset.label?.upheld ?? { value: null };
    return value === null
      ? []
      : [
          {
            name: dataset.title,
            source: dataset.source,
            value: value * 100,
            lower: (lower ?? 0) * 100,
            upper: (upper ?? 0) * 100,
            figures: `${besideMarks(value, 'percent', marks)} %, interval ${rangeBeside({ lower: lower ?? 0, upper: upper ?? 0 }, 'percent', marks)} %`,
          },
        ];
  });
  if (rows.length === 0) return null;
  const threshold = model.study.rule.threshold * 100;
  const least = Math.min(threshold, ...rows.map((row) => row.lower));
  const { options, under } = rowsPlot(
    rows.map((row) => row.name),
    {
      label: 'labels upheld, %',
      domain: [Math.max(0, Math.floor((least - 2) / 10) * 10), 100],
      ticks: 6,
    },
  );
  const drawn = rows.map((row, index) => ({
    ...row,
    row: rowKey(index),
    colour: sourceColour(row.source),
    symbol: sourceSymbol(row.source),
  }));
  return chart(
    {
      id: 'agreement-plot',
      title: 'Labels upheld per dataset',
      description: `${rows.map((row) => `${row.name}: ${row.figures}`).join('. ')}. The dashed line is the threshold of ${plainPercent(model.study.rule.threshold)}.`,
    },
    {
      ...options,
      marks: [
        ...under,
        ...key(sourceEntries(rows.map((row) => row.source))),
        Plot.ruleX([threshold], { stroke: 'var(--ink-soft)', strokeDasharray: '4 4' }),
        Plot.ruleY(drawn, {
          y: 'row',
          x1: 'lower',
          x2: 'upper',
          stroke: 'colour',
          strokeWidth: 2.5,
        }),
        Plot.dot(drawn, { y: 'row', x: 'value', r: 5, fill: 'colour', symbol: 'symbol' }),
      ],
    },
  );
}
