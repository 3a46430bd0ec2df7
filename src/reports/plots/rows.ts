import * as Plot from '@observablehq/plot';
import { fittingName } from './chart.js';

/** From how many rows on a plot is drawn close, with its axis above as well as below. */
const many = 40;
const closeRow = 20;

/** Room above and below the rows of a plot. */
const marginTop = 48;
const marginBottom = 48;

/** The key of a row: rows go by their index, as two datasets may have one name. */
export const rowKey = (index: number): string => `row ${index}`;

/** Left of the frame, where the names of rows stand, and what keeps them from it. */
export const namesWidth = 340;
export const namesGap = 12;
const fontSize = 13;

/** Names the rows at their axis, with so many pixels left free behind a name. */
export const rowTitle =
  (names: readonly string[], free = 0) =>
  (key: string): string =>
    fittingName(
      names[Number(key.slice('row '.length))] ?? '',
      namesWidth - namesGap - free,
      fontSize,
    );

/**
 * What plots with one named row a dataset have in common: height, margins, the scale of the rows,
 * the axis of values (above too where the plot is tall) and faint lines that lead the eye from a
 * name to its mark.
 */
export function rowsPlot(
  names: readonly string[],
  axis: {
    readonly label: string;
    readonly domain: readonly [number, number];
    readonly ticks: number;
  },
  roomy = 30,
): { options: Plot.PlotOptions; under: Plot.Markish[] } {
  const close = names.length > many;
  const { label, domain, ticks } = axis;
  return {
    options: {
      width: 760,
      height: marginTop + marginBottom + names.length * (close ? closeRow : roomy),
      marginTop,
      marginBottom,
      marginLeft: namesWidth,
      marginRight: 24,
      x: { domain: [...domain] },
      y: {
        domain: names.map((_, index) => rowKey(index)),
        tickFormat: rowTitle(names),
        label: null,
        tickSize: 0,
        tickPadding: namesGap,
      },
      color: { type: 'identity' },
      symbol: { type: 'identity' },
    },
    under: [
      Plot.axisX({
        anchor: 'bottom',
        label,
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: 42,
        ticks,
      }),
      ...(close
        ? [Plot.axisX({ anchor: 'top', label: null, ticks }), Plot.gridY({ strokeOpacity: 0.12 })]
        : []),
      Plot.gridX({ ticks, strokeOpacity: 0.08 }),
    ],
  };
}
