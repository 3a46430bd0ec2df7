import * as Plot from '@observablehq/plot';
import type { DatasetSection } from '../model/schema/report.js';
import { chart, sourceColour } from './chart.js';

/**
 * The ROC curve of the discriminator over what it kept and what it dropped, with the limits at
 * single shares of labels not upheld; null where the set has none.
 */
export function rocPlot(dataset: DatasetSection): string | null {
  const { confidence } = dataset;
  if (confidence.kind !== 'weighted' || confidence.roc === null) return null;
  const curve = [{ x: 0, y: 0 }].concat(
    confidence.roc.curve.map((point) => ({
      x: point.falsePositive * 100,
      y: point.truePositive * 100,
    })),
  );
  const points = confidence.roc.band.map(({ falsePositive, truePositive }) => ({
    x: falsePositive * 100,
    y: (truePositive.value ?? 0) * 100,
    lower: truePositive.lower,
    upper: truePositive.upper,
  }));
  const band = points.flatMap(({ x, lower, upper }) =>
    lower === null || upper === null ? [] : [{ x, lower: lower * 100, upper: upper * 100 }],
  );
  const colour = sourceColour(dataset.source);
  return chart(
    {
      id: `roc-${dataset.id}`,
      title: `ROC curve of the discriminator: ${dataset.title}`,
      description: `${points
        .filter((_, index) => index % 4 === 1)
        .map(
          ({ x, y, lower, upper }) =>
            `where ${x.toFixed(0)} % of the labels that are not upheld pass, ${y.toFixed(1)} % of those that are pass too${lower === null || upper === null ? '' : `, interval ${(lower * 100).toFixed(1)} to ${(upper * 100).toFixed(1)} %`}`,
        )
        .join('. ')}. The dashed line is a coin.`,
    },
    {
      height: 380,
      marginLeft: 52,
      marginBottom: 48,
      marginRight: 24,
      grid: true,
      x: {
        domain: [0, 100],
        label: 'labels not upheld that pass, %',
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: 42,
        ticks: 6,
      },
      y: { domain: [0, 100], label: 'labels upheld that pass, %', ticks: 6 },
      color: { type: 'identity' },
      marks: [
        Plot.line(
          [
            [0, 0],
            [100, 100],
          ],
          { stroke: 'var(--ink-soft)', strokeDasharray: '4 4' },
        ),
        Plot.areaY(band, { x: 'x', y1: 'lower', y2: 'upper', fill: colour, fillOpacity: 0.14 }),
        Plot.line(curve, { x: 'x', y: 'y', stroke: colour, strokeWidth: 2 }),
      ],
    },
  );
}
