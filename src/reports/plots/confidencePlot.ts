import * as Plot from '@observablehq/plot';
import type { DatasetSection } from '../model/schema/report.js';
import { chart, sourceColour } from './chart.js';

/**
 * Reliability diagram: the discriminator's confidence against the share of labels that the crowd
 * upheld, in bins of equal count. Both axes have one range, so that the line of equality is the
 * diagonal; each bin says how many examples it holds.
 */
export function confidencePlot(dataset: DatasetSection): string | null {
  const { confidence } = dataset;
  if (confidence.kind === 'missing' || confidence.kind === 'waiting') return null;
  const bins = confidence.bins.map((bin, index) => ({
    from: bin.from * 100,
    to: bin.to * 100,
    mean: bin.mean * 100,
    value: (bin.upheld.value ?? 0) * 100,
    lower: (bin.upheld.lower ?? 0) * 100,
    upper: (bin.upheld.upper ?? 0) * 100,
    n: bin.upheld.n,
    row: index % 2,
  }));
  const least = Math.max(
    0,
    Math.floor(Math.min(confidence.least * 100, ...bins.map((bin) => bin.lower)) / 10) * 10,
  );
  const colour = sourceColour(dataset.source);
  const counts = (row: number): Plot.Markish =>
    Plot.text(
      bins.filter((bin) => bin.row === row),
      {
        x: 'mean',
        y: () => least,
        text: (bin: { n: number }) => String(bin.n),
        dy: -9 - row * 15,
        fill: 'var(--ink-soft)',
      },
    );
  return chart(
    {
      id: `confidence-${dataset.id}`,
      title: `Confidence of the discriminator against labels upheld: ${dataset.title}`,
      description: `${bins.map((bin) => `confidence ${bin.from.toFixed(1)} to ${bin.to.toFixed(1)} %, mean ${bin.mean.toFixed(1)} %: ${bin.value.toFixed(1)} % upheld of ${bin.n}, interval ${bin.lower.toFixed(1)} to ${bin.upper.toFixed(1)} %`).join('. ')}. The dashed line is where both are the same.`,
    },
    {
      height: 380,
      marginLeft: 52,
      marginBottom: 48,
      marginRight: 24,
      grid: true,
      x: { domain: [least, 100], label: 'confidence, %', labelOffset: 42, ticks: 6 },
      y: { domain: [least, 100], label: 'labels upheld, %', ticks: 6 },
      color: { type: 'identity' },
      marks: [
        Plot.line(
          [
            [least, least],
            [100, 100],
          ],
          { stroke: 'var(--ink-soft)', strokeDasharray: '4 4' },
        ),
        Plot.ruleY(bins, {
          y: 'value',
          x1: 'from',
          x2: 'to',
          stroke: colour,
          strokeWidth: 1,
          strokeOpacity: 0.6,
        }),
        Plot.ruleX(bins, { x: 'mean', y1: 'lower', y2: 'upper', stroke: colour, strokeWidth: 2.5 }),
        Plot.dot(bins, { x: 'mean', y: 'value', r: 5, fill: colour }),
        counts(0),
        counts(1),
      ],
    },
  );
}
