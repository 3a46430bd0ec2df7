import * as Plot from '@observablehq/plot';
import type { Figure } from '#figure.js';
import type { DatasetSection } from '../model/schema/report.js';
import { chart, sourceColour } from './chart.js';

const measures = {
  upheld: {
    title: 'Labels upheld if only the most confident examples are kept',
    axis: 'labels upheld, %',
    factor: 100,
    highest: 100,
    step: 10,
    digits: 1,
  },
  relevance: {
    title: 'Relevance if only the most confident examples are kept',
    axis: 'mean relevance',
    factor: 1,
    highest: 5,
    step: 1,
    digits: 2,
  },
} as const;

/**
 * What would be left of a measure if the discriminator's filter were stricter; null where nothing
 * can be drawn.
 */
export function filterPlot(dataset: DatasetSection, measure: keyof typeof measures): string | null {
  const { confidence } = dataset;
  if (confidence.kind === 'missing' || confidence.kind === 'waiting') return null;
  const { title, axis, factor, highest, step, digits } = measures[measure];
  const points = confidence.filter.flatMap((point) => {
    const figure: Figure | null =
      measure === 'upheld' ? point.upheld : 'relevance' in point ? point.relevance : null;
    if (figure === null || figure.value === null) return [];
    const value = figure.value * factor;
    return [
      {
        kept: point.kept * 100,
        value,
        lower: (figure.lower ?? figure.value) * factor,
        upper: (figure.upper ?? figure.value) * factor,
        items: point.items,
      },
    ];
  });
  if (points.length < 2) return null;
  const least = Math.max(
    measure === 'relevance' ? 1 : 0,
    Math.floor(Math.min(...points.map((point) => point.lower)) / step) * step,
  );
  const colour = sourceColour(dataset.source);
  return chart(
    {
      id: `filter-${measure}-${dataset.id}`,
      title: `${title}: ${dataset.title}`,
      description: points
        .map(
          (point) =>
            `${point.kept.toFixed(0)} % kept (${point.items} examples): ${point.value.toFixed(digits)}, interval ${point.lower.toFixed(digits)} to ${point.upper.toFixed(digits)}`,
        )
        .join('. '),
    },
    {
      height: 260,
      marginLeft: 52,
      marginBottom: 48,
      marginRight: 24,
      grid: true,
      x: {
        domain: [100, 0],
        label: 'kept, % of the examples, the most confident to the right →',
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: 42,
        ticks: 10,
      },
      y: { domain: [least, highest], label: axis, ticks: 5 },
      color: { type: 'identity' },
      marks: [
        Plot.areaY(points, {
          x: 'kept',
          y1: 'lower',
          y2: 'upper',
          fill: colour,
          fillOpacity: 0.14,
        }),
        Plot.line(points, { x: 'kept', y: 'value', stroke: colour, strokeWidth: 2 }),
        Plot.dot(points, { x: 'kept', y: 'value', r: 3.5, fill: colour }),
      ],
    },
  );
}
