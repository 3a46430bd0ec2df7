import * as Plot from '@observablehq/plot';
import { turned } from '../model/comparison/measures.js';
import type { Difference } from '../model/schema/comparison.js';
import { saidAgainst } from '../model/comparison/sentences.js';
import { besideMarks, differenceMarks, rangeBeside } from '../model/digits.js';
import type { PairSection } from '../model/schema/report.js';
import { chart } from './chart.js';

function figuresOf({ difference: { value, lower, upper }, unit, margin }: Difference): string {
  const seen = value === null ? '–' : besideMarks(value, unit);
  const limits = rangeBeside({ lower, upper }, unit, differenceMarks(unit, margin), ', ');
  return `${seen}${unit === 'points' ? ' points' : ''}${limits === '' ? '' : ` [${limits}]`}`;
}

/** In two lines: a name and in brackets how it is measured, a finding and how it holds. */
const twoLines = (name: string): string => name.replace(' (', '\n(');

/**
 * The differences of a pair in units of their margins, right is better; the margin is the grey
 * band, and words say what each shows.
 */
export function differencePlot(
  pair: PairSection,
  id = `differences-${pair.generated}`,
): string | null {
  const rows = pair.differences.flatMap((difference) => {
    const { margin, higherIsBetter } = difference;
    const { value } = difference.difference;
    if (margin === 0 || value === null) return [];
    const centre = (higherIsBetter ? value : -value) / margin;
    const limits = turned(difference.difference, higherIsBetter);
    return [
      {
        name: difference.title,
        value: centre,
        lower: limits === null ? centre : limits.lower / margin,
        upper: limits === null ? centre : limits.upper / margin,
        figures: figuresOf(difference),
        said: saidAgainst(difference),
      },
    ];
  });
  if (rows.length === 0) return null;
  const stamp = pair.provisional === null ? [] : ['provisional'];
  const reach =
    Math.max(1.5, ...rows.flatMap((row) => [Math.abs(row.lower), Math.abs(row.upper)])) * 1.08;
  return chart(
    {
      id,
      title: `Differences, generated minus human-written: ${pair.behaviour}`,
      description: `${rows.map((row) => `${row.name}: ${row.figures}, ${row.said}`).join('. ')}.${pair.provisional === null ? '' : ` ${pair.provisional.sentence}`}`,
    },
    {
      height: 84 + rows.length * 56,
      marginBottom: 50,
      marginLeft: 138,
      marginRight: 232,
      marginTop: 26,
      x: {
        domain: [-reach, reach],
        label: '← human-written better · generated better →',
        labelAnchor: 'center',
        labelOffset: 44,
        ticks: [0],
        tickFormat: () => 'equal',
      },
      y: {
        domain: rows.map((row) => row.name),
        label: null,
        tickSize: 0,
        tickPadding: 12,
        tickFormat: twoLines,
      },
      marks: [
        Plot.rect([{ x1: -1, x2: 1 }], {
          x1: 'x1',
          x2: 'x2',
          fill: 'var(--line)',
          fillOpacity: 0.55,
        }),
        Plot.text(['within the margin'], {
          x: () => 0,
          frameAnchor: 'top',
          dy: -14,
          fill: 'var(--ink-soft)',
        }),
        Plot.text(stamp, {
          frameAnchor: 'top-right',
          textAnchor: 'start',
          dx: 10,
          dy: -14,
          fontWeight: 600,
          fill: 'var(--ink)',
        }),
        Plot.ruleX([-1, 1], { stroke: 'var(--line-strong)', strokeDasharray: '3 3' }),
        Plot.ruleX([0], { stroke: 'var(--ink-soft)' }),
        Plot.ruleY(rows, {
          y: 'name',
          x1: 'lower',
          x2: 'upper',
          stroke: 'var(--accent)',
          strokeWidth: 2.5,
        }),
        Plot.dot(rows, { y: 'name', x: 'value', r: 5, fill: 'var(--accent)' }),
        Plot.text(rows, {
          y: 'name',
          x: () => reach,
          text: 'figures',
          textAnchor: 'start',
          dx: 10,
          dy: -14,
          fill: 'var(--ink)',
        }),
        Plot.text(rows, {
          y: 'name',
          x: () => reach,
          text: (row: (typeof rows)[number]) => twoLines(row.said),
          textAnchor: 'start',
          lineAnchor: 'top',
          dx: 10,
          dy: -3,
          fill: 'var(--ink-soft)',
        }),
      ],
    },
  );
}
