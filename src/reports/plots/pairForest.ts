import * as Plot from '@observablehq/plot';
import { marginWords } from '../model/comparison/sentences.js';
import { besideMarks, differenceMarks, rangeBeside } from '../model/digits.js';
import { chart } from './chart.js';
import { rowKey, rowsPlot } from './rows.js';

/** The difference of one pair, generated minus human-written, in the unit of the measure. */
export interface ForestRow {
  readonly name: string;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  /** The p value after adjustment over the pairs; null where there is none. */
  readonly adjusted: number | null;
}

export interface ForestOptions {
  /** Ends the plot's id: `suite-forest-<measure>`. */
  readonly measure: string;
  readonly title: string;
  /** The measure, as it stands above the names of the pairs. */
  readonly heading: string;
  /** The side of 0 on which the generated set is better. */
  readonly better: 'left' | 'right';
  /** In the unit of the rows; null where none was set. */
  readonly margin: number | null;
  /** Points: rows are shares from −1 to 1, printed as percentage points. */
  readonly unit: 'points' | 'scale';
  /** The stamp of what is drawn; empty where nothing is still to come. */
  readonly stamp: string;
}

const probability = (value: number): string =>
  value < 0.001 ? '< .001' : value >= 0.9995 ? '> .999' : value.toFixed(3).replace(/^0/, '');

/**
 * Differences of one measure over the pairs of a suite, in the order given, with the margin as a
 * grey band and the figures at the right. Null where there is no row.
 */
export function pairForest(
  all: readonly ForestRow[],
  { measure, title, heading, better, margin, unit, stamp }: ForestOptions,
): string | null {
  if (all.length === 0) return null;
  const factor = unit === 'points' ? 100 : 1;
  const marks = differenceMarks(unit, margin ?? 0);
  const rows = all.map((row, index) => {
    const [value, lower, upper] = [row.value * factor, row.lower * factor, row.upper * factor];
    return {
      name: row.name,
      row: rowKey(index),
      value,
      lower,
      upper,
      figures: `${besideMarks(row.value, unit)} [${rangeBeside(row, unit, marks, ', ')}]`,
      adjusted: row.adjusted === null ? '' : probability(row.adjusted),
    };
  });
  const band = margin === null ? null : margin * factor;
  const reach =
    Math.max(
      ...rows.flatMap((row) => [Math.abs(row.lower), Math.abs(row.upper)]),
      (band ?? 0) * 1.4,
    ) * 1.06 || 1;
  const { options, under } = rowsPlot(
    rows.map((row) => row.name),
    {
      label: `generated minus human-written${unit === 'points' ? ', points' : ''}; ${better} is better for the generated set${stamp === '' ? '' : '; provisional'}`,
      domain: [-reach, reach],
      ticks: 5,
    },
    28,
  );
  const head = (words: string, dx: number): Plot.Markish =>
    Plot.text([words], {
      frameAnchor: 'top-right',
      textAnchor: 'start',
      lineAnchor: 'bottom',
      dx,
      dy: -10,
      text: (line: string) => line,
      fill: 'var(--ink-soft)',
    });
  const adjusted = rows.some((row) => row.adjusted !== '');
  return chart(
    {
      id: `suite-forest-${measure}`,
      title,
      description: `Generated minus human-written; ${better} is better for the generated set. ${rows.map((row) => `${row.name}: ${row.figures}${row.adjusted === '' ? '' : `, adjusted p ${row.adjusted}`}`).join('. ')}.${band === null ? '' : ` The grey band is the margin of ${marginWords(margin ?? 0, unit)}.`}${stamp === '' ? '' : ` ${stamp}`}`,
    },
    {
      ...options,
      width: 860,
      marginRight: 240,
      marks: [
        ...(band === null
          ? []
          : [
              Plot.rect([{ x1: -band, x2: band }], {
                x1: 'x1',
                x2: 'x2',
                fill: 'var(--line)',
                fillOpacity: 0.55,
              }),
            ]),
        ...under,
        Plot.ruleX([0], { stroke: 'var(--ink-soft)' }),
        Plot.ruleY(rows, {
          y: 'row',
          x1: 'lower',
          x2: 'upper',
          stroke: 'var(--accent)',
          strokeWidth: 2.5,
        }),
        Plot.dot(rows, { y: 'row', x: 'value', r: 5, fill: 'var(--accent)' }),
        Plot.text([heading], {
          frameAnchor: 'top-left',
          textAnchor: 'end',
          lineAnchor: 'bottom',
          dx: -10,
          dy: -10,
          text: (line: string) => line,
          fontWeight: 600,
          fill: 'var(--ink)',
        }),
        head('difference [interval]', 10),
        Plot.text(rows, {
          y: 'row',
          x: () => reach,
          text: 'figures',
          textAnchor: 'start',
          dx: 10,
          fill: 'var(--ink)',
        }),
        ...(adjusted
          ? [
              head('adjusted p', 160),
              Plot.text(rows, {
                y: 'row',
                x: () => reach,
                text: 'adjusted',
                textAnchor: 'start',
                dx: 160,
                fill: 'var(--ink)',
              }),
            ]
          : []),
      ],
    },
  );
}
