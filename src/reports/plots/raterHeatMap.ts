import * as Plot from '@observablehq/plot';
import type { ReportModel } from '../model/schema/report.js';
import { chart, shade, textWidth } from './chart.js';

/** Cells are as wide as there is room, and carry their number while it can be read. */
const width = 680;
const marginLeft = 76;
const widestCell = 56;
const narrowestWithText = 27;
/** Under so much, slanted names at the head would touch each other: they stand upright. */
const narrowestSlanted = 20;

/**
 * How often every two raters gave the same answer, those who agree standing together. Null where no
 * pair shares enough.
 */
export function raterHeatMap(model: ReportModel): string | null {
  const { raterAgreement: map } = model;
  if (map.kind === 'missing') return null;
  const pairs = map.pairs.filter((pair) => pair.items >= map.fewestShared);
  if (pairs.length === 0) return null;
  const names = map.raters.map((rater) => rater.pseudonym);
  const shares = pairs.map((pair) => pair.agreed / pair.items);
  const ordered = shares.toSorted((one, other) => one - other);
  const [least = 0, most = 0] = [ordered[0], ordered.at(-1)];
  const lowest = Math.min(least, 0.9);
  const cells = pairs.flatMap((pair, index) => {
    const share = shares[index] ?? 0;
    const [one, other] = [names[pair.first] ?? '', names[pair.second] ?? ''];
    const cell = {
      text: (share * 100).toFixed(0),
      fill: shade(lowest >= 1 ? 1 : (share - lowest) / (1 - lowest)),
    };
    return [
      { x: one, y: other, ...cell },
      { x: other, y: one, ...cell },
    ];
  });
  const side = Math.min(widestCell, (width - marginLeft - 12) / names.length);
  const slanted = side >= narrowestSlanted;
  const longest = Math.max(...names.map((name) => textWidth(name, 13)));
  const marginTop = Math.max(62, Math.ceil(longest) + 12);
  return chart(
    {
      id: 'rater-agreement-plot',
      title: 'How often every two raters gave the same answer',
      description: `${names.length} raters, ${pairs.length} pairs with ${map.fewestShared} or more shared examples; agreement from ${(least * 100).toFixed(0)} to ${(most * 100).toFixed(0)} %. Those who agree with each other stand together, outliers last. The figures stand in the table below.`,
    },
    {
      width,
      height: marginTop + side * names.length + 8,
      marginLeft,
      marginTop,
      marginRight: width - marginLeft - side * names.length,
      marginBottom: 8,
      padding: 0.04,
      x: { domain: names, axis: 'top', label: null, tickSize: 0, tickRotate: slanted ? -60 : -90 },
      y: { domain: names, label: null, tickSize: 0 },
      color: { type: 'identity' },
      marks: [
        Plot.cell(cells, { x: 'x', y: 'y', fill: 'fill' }),
        ...(side >= narrowestWithText
          ? [Plot.text(cells, { x: 'x', y: 'y', text: 'text', fill: 'var(--ink)' })]
          : []),
        Plot.text(names, {
          x: (name: string) => name,
          y: (name: string) => name,
          text: () => '·',
          fill: 'var(--ink-soft)',
        }),
      ],
    },
  );
}
