import * as Plot from '@observablehq/plot';
import { percent } from '#web/format.js';
import type { ReportModel } from '../model/schema/report.js';
import { chart, key, sourceColour, sourceEntries, sourceSymbol } from './chart.js';
import { rowKey, rowsPlot } from './rows.js';

/**
 * Labels upheld with their intervals, one row a dataset, and the threshold. Null where no set has a
 * number.
 */
export function agreementPlot(model: ReportModel): string | null {
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
  const marks = rows.map((row, index) => ({
    ...row,
    row: rowKey(index),
    colour: sourceColour(row.source),
    symbol: sourceSymbol(row.source),
  }));
  return chart(
    {
      id: 'agreement-plot',
      title: 'Labels upheld per dataset',
      description: `${rows.map((row) => `${row.name}: ${row.value.toFixed(1)} %, interval ${row.lower.toFixed(1)} to ${row.upper.toFixed(1)} %`).join('. ')}. The dashed line is the threshold of ${percent(model.study.rule.threshold)}.`,
    },
    {
      ...options,
      marks: [
        ...under,
        ...key(sourceEntries(rows.map((row) => row.source))),
        Plot.ruleX([threshold], { stroke: 'var(--ink-soft)', strokeDasharray: '4 4' }),
        Plot.ruleY(marks, {
          y: 'row',
          x1: 'lower',
          x2: 'upper',
          stroke: 'colour',
          strokeWidth: 2.5,
        }),
        Plot.dot(marks, { y: 'row', x: 'value', r: 5, fill: 'colour', symbol: 'symbol' }),
      ],
    },
  );
}
