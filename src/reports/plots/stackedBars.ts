import * as Plot from '@observablehq/plot';
import { chart, key, type ChartText } from './chart.js';
import { rowKey, rowsPlot } from './rows.js';

/** A part of a bar: its word, what stands in it where there is room, and its colours. */
export interface Segment {
  readonly label: string;
  readonly mark: string;
  readonly fill: string;
  readonly ink: string;
}

/**
 * Counts as shares of one bar a row, in one order from the left, with a key above; a row of zeros
 * stays empty.
 */
export function stackedBars(
  text: ChartText,
  rows: readonly { readonly name: string; readonly counts: readonly number[] }[],
  segments: readonly Segment[],
  axis: string,
): string {
  const bars = rows.flatMap(({ counts }, row) => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    let from = 0;
    return counts.flatMap((count, index) => {
      const segment = segments[index];
      if (count === 0 || segment === undefined) return [];
      const bar = { ...segment, row: rowKey(row), from, to: from + (100 * count) / all };
      from = bar.to;
      return [bar];
    });
  });
  const { options, under } = rowsPlot(
    rows.map((row) => row.name),
    { label: axis, domain: [0, 100], ticks: 5 },
    34,
  );
  return chart(text, {
    ...options,
    y: { ...options.y, padding: 0.22 },
    marks: [
      ...under,
      ...key(
        segments.map(({ label, fill }) => ({
          label,
          symbol: 'square',
          fill,
          stroke: 'var(--line-strong)',
        })),
        6,
        Math.min(128, 360 / segments.length),
      ),
      Plot.barX(bars, {
        y: 'row',
        x1: 'from',
        x2: 'to',
        fill: 'fill',
        stroke: 'var(--surface)',
        strokeWidth: 1,
      }),
      Plot.text(
        bars.filter((bar) => bar.to - bar.from >= 5),
        {
          y: 'row',
          x: (bar: { from: number; to: number }) => (bar.from + bar.to) / 2,
          text: 'mark',
          fill: 'ink',
        },
      ),
    ],
  });
}
