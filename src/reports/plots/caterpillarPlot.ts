import * as Plot from '@observablehq/plot';
import { besideMarks, rangeBeside } from '../model/digits.js';
import { plainPercent } from '../model/words.js';
import { chart, key, sourceColour, sourceEntries, sourceSymbol } from './chart.js';
import { rowKey, rowsPlot } from './rows.js';

/** Label agreement of one dataset of a suite, as shares from 0 to 1. */
export interface CaterpillarRow {
  readonly name: string;
  readonly source: 'generated' | 'human';
  /** The share as it was observed; null where it is not to be shown. */
  readonly raw: number | null;
  /** The estimate drawn towards what the sets of its source have in common, with its interval. */
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Label agreement of every dataset of a suite, the lowest first: shrunken estimates with intervals,
 * observed shares as small hollow marks, and the threshold. With `most`, only so many of the lowest
 * are drawn, and the title says so. Null where there is no row.
 */
export function caterpillarPlot(
  all: readonly CaterpillarRow[],
  threshold: number,
  most = all.length,
): string | null {
  if (all.length === 0) return null;
  const sorted = all
    .toSorted((one, other) => one.value - other.value || (one.name < other.name ? -1 : 1))
    .slice(0, most);
  const rows = sorted.map((row, index) => ({
    ...row,
    row: rowKey(index),
    raw: row.raw === null ? null : row.raw * 100,
    value: row.value * 100,
    lower: row.lower * 100,
    upper: row.upper * 100,
  }));
  const said = (share: number): string => besideMarks(share, 'percent', [threshold]);
  const observed = rows.filter((row) => row.raw !== null);
  const least = Math.min(
    threshold * 100,
    ...rows.flatMap((row) => [row.lower, row.raw ?? row.lower]),
  );
  const { options, under } = rowsPlot(
    rows.map((row) => row.name),
    {
      label: 'labels upheld, %',
      domain: [Math.max(0, Math.floor((least - 2) / 10) * 10), 100],
      ticks: 6,
    },
    26,
  );
  const colour = (row: { source: 'generated' | 'human' }): string => sourceColour(row.source);
  const symbol = (row: { source: 'generated' | 'human' }): string => sourceSymbol(row.source);
  return chart(
    {
      id: 'suite-caterpillar',
      title:
        rows.length < all.length
          ? `Labels upheld, the lowest ${rows.length} of ${all.length} datasets`
          : `Labels upheld of ${all.length} datasets`,
      description: `${sorted.map((row) => `${row.name}: ${said(row.value)} %, interval ${rangeBeside(row, 'percent', [threshold])} %${row.raw === null ? '' : `, observed ${said(row.raw)} %`}`).join('. ')}. Each estimate is drawn towards what the sets of its source have in common; hollow marks are observed shares. The dashed line is the threshold of ${plainPercent(threshold)}.`,
    },
    {
      ...options,
      marks: [
        ...under,
        ...key([
          ...sourceEntries(rows.map((row) => row.source)),
          ...(observed.length === 0
            ? []
            : [
                {
                  label: 'as observed',
                  symbol: 'circle' as const,
                  fill: 'var(--surface)',
                  stroke: 'var(--ink)',
                },
              ]),
        ]),
        Plot.ruleX([threshold * 100], { stroke: 'var(--ink-soft)', strokeDasharray: '4 4' }),
        Plot.ruleY(rows, {
          y: 'row',
          x1: 'lower',
          x2: 'upper',
          stroke: colour,
          strokeWidth: 2.5,
        }),
        Plot.dot(rows, { y: 'row', x: 'value', r: 4.5, fill: colour, symbol }),
        Plot.dot(observed, {
          y: 'row',
          x: 'raw',
          r: 3,
          fill: 'var(--surface)',
          stroke: 'var(--ink)',
          strokeWidth: 1.2,
          symbol,
        }),
      ],
    },
  );
}
