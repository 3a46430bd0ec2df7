import * as Plot from '@observablehq/plot';
import { fixed } from '#web/format.js';
import { chart, shade, shortName, textWidth } from './chart.js';
import { namesGap, namesWidth, rowKey, rowTitle } from './rows.js';

/**
 * One dataset of a suite with a value for every measure, in the measures' order; null where there
 * is none.
 */
export interface HeatRow {
  readonly name: string;
  readonly source: 'generated' | 'human';
  readonly cells: readonly (number | null)[];
}

/**
 * A column: its values are shaded between `from` and `to`, the ends of its scale, in the unit of
 * the values.
 */
export interface HeatMeasure {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** Digits after the point, as printed. */
  readonly digits: number;
  /** Whether values are shares from 0 to 1, printed as per cent. */
  readonly percent: boolean;
  readonly higherIsBetter: boolean;
}

const width = 760;
const marginLeft = namesWidth;
const humanTag = ' ◆';
const rowHeight = 20;
const slope = Math.sin(Math.PI / 4);

/**
 * Datasets against measures, the value in each cell; the worse a value stands on its column's
 * scale, the stronger its shade. Two rows at the foot state the ends of each scale. Null where
 * there is no row or no measure.
 */
export function heatStrip(
  rows: readonly HeatRow[],
  measures: readonly HeatMeasure[],
): string | null {
  if (rows.length === 0 || measures.length === 0) return null;
  const printed = (value: number, measure: HeatMeasure): string =>
    fixed(measure.percent ? value * 100 : value, measure.digits);
  const badness = (value: number, { from, to, higherIsBetter }: HeatMeasure): number => {
    const position = to === from ? 0 : (value - from) / (to - from);
    return higherIsBetter ? 1 - position : position;
  };
  const ends = (['best', 'worst'] as const).map((end) => ({
    name: end === 'best' ? 'faintest at' : 'strongest at',
    cells: measures.map(({ from, to, higherIsBetter }) =>
      (end === 'best') === higherIsBetter ? to : from,
    ),
  }));
  const drawn: readonly {
    readonly name: string;
    readonly tag: string;
    readonly cells: readonly (number | null)[];
  }[] = [
    ...rows.map((row) => ({
      name: row.name,
      tag: row.source === 'human' ? humanTag : '',
      cells: row.cells,
    })),
    { name: '', tag: '', cells: [] },
    ...ends.map((end) => ({ ...end, tag: '' })),
  ];
  const column = (index: number): string => `column ${index}`;
  const titles = measures.map((measure) =>
    shortName(measure.percent ? `${measure.title}, %` : measure.title, 30),
  );
  const cells = drawn.flatMap((row, at) =>
    measures.flatMap((measure, index) => {
      const value = row.cells[index];
      if (row.cells.length === 0) return [];
      return [
        {
          x: column(index),
          y: rowKey(at),
          text: value === null || value === undefined ? '–' : printed(value, measure),
          fill:
            value === null || value === undefined
              ? 'var(--surface)'
              : shade(badness(value, measure), 'var(--bad)'),
        },
      ];
    }),
  );
  const title = rowTitle(
    drawn.map((row) => row.name),
    textWidth(humanTag, 13),
  );
  const human = rows.some((row) => row.source === 'human');
  const reach = Math.ceil(Math.max(...titles.map((title) => textWidth(title, 13))) * slope);
  const side = Math.min(70, (width - marginLeft - 12 - Math.max(0, reach - 30)) / measures.length);
  return chart(
    {
      id: 'suite-heat',
      title: `${rows.length} datasets by ${measures.length} measures`,
      description: `${measures.map((measure, index) => `${titles[index]}: shaded from ${printed(measure.higherIsBetter ? measure.to : measure.from, measure)} (faintest) to ${printed(measure.higherIsBetter ? measure.from : measure.to, measure)} (strongest)`).join('. ')}. ${rows.map((row) => `${row.name}: ${measures.map((measure, index) => `${titles[index]} ${typeof row.cells[index] === 'number' ? printed(row.cells[index], measure) : 'none'}`).join(', ')}`).join('. ')}.`,
    },
    {
      width,
      height: reach + 34 + drawn.length * rowHeight,
      marginLeft,
      marginTop: reach + 26,
      marginRight: width - marginLeft - side * measures.length,
      marginBottom: 8,
      x: {
        domain: measures.map((_, index) => column(index)),
        axis: 'top',
        label: null,
        tickSize: 0,
        tickRotate: -45,
        tickFormat: (key: string) => titles[Number(key.slice(7))] ?? '',
        padding: 0.03,
      },
      y: {
        domain: drawn.map((_, index) => rowKey(index)),
        label: null,
        tickSize: 0,
        tickPadding: namesGap,
        tickFormat: (key: string) =>
          `${title(key)}${drawn[Number(key.slice('row '.length))]?.tag ?? ''}`,
        padding: 0.06,
      },
      color: { type: 'identity' },
      marks: [
        ...(human
          ? [
              Plot.text(['◆ human-written'], {
                frameAnchor: 'top-left',
                textAnchor: 'end',
                lineAnchor: 'bottom',
                dx: -12,
                dy: -8,
                text: (words: string) => words,
                fill: 'var(--ink-soft)',
              }),
            ]
          : []),
        Plot.cell(cells, { x: 'x', y: 'y', fill: 'fill' }),
        Plot.text(cells, { x: 'x', y: 'y', text: 'text', fill: 'var(--ink)' }),
      ],
    },
  );
}
