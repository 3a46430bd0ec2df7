import { shade } from './chart.js';
import { stackedBars } from './stackedBars.js';

/** Examples of one dataset by how many of their raters found them unclear. */
export interface AmbiguityRow {
  readonly name: string;
  /** Number of examples that 0, 1, … k raters found unclear. */
  readonly counts: readonly number[];
}

/**
 * How many raters found the examples of each dataset unclear, one stacked bar a dataset. Null where
 * nobody was asked.
 */
export function ambiguityBars(rows: readonly AmbiguityRow[]): string | null {
  const overlap = Math.max(...rows.map((row) => row.counts.length)) - 1;
  if (rows.length === 0 || overlap < 1) return null;
  const segments = Array.from({ length: overlap + 1 }, (_, votes) => ({
    label: votes === 0 && overlap < 6 ? `0 of ${overlap}` : String(votes),
    mark: String(votes),
    fill: shade(votes / overlap, 'var(--human)'),
    ink: 'var(--ink)',
  }));
  return stackedBars(
    {
      id: 'suite-ambiguity',
      title: 'How many raters found an example unclear, per dataset',
      description: `Shares of the examples by how many of ${overlap} raters found them unclear. ${rows.map((row) => `${row.name}: ${row.counts.map((count, votes) => `${count} by ${votes}`).join(', ')}`).join('. ')}.`,
    },
    rows,
    segments,
    `examples that so many of ${overlap} raters found unclear, %`,
  );
}
