import type { ReportModel } from '../model/schema/report.js';
import { stackedBars } from './stackedBars.js';

const segments = [1, 2, 3, 4, 5].map((rating) => ({
  label: String(rating),
  mark: String(rating),
  fill: `var(--rating-${rating})`,
  ink: `var(--rating-ink-${rating})`,
}));

/**
 * How relevance was rated, one stacked bar a dataset, from 1 on the left to 5 on the right. Null
 * where nobody rated it.
 */
export function relevancePlot(model: ReportModel): string | null {
  const rows = model.datasets.flatMap((dataset) =>
    dataset.relevance === null ? [] : [{ name: dataset.title, counts: dataset.relevance.counts }],
  );
  if (rows.length === 0) return null;
  return stackedBars(
    {
      id: 'relevance-plot',
      title: 'Relevance ratings per dataset',
      description: `Shares of the ratings 1 to 5. ${rows.map((row) => `${row.name}: ${row.counts.map((count, index) => `${count} rated ${index + 1}`).join(', ')}`).join('. ')}.`,
    },
    rows,
    segments,
    'share of ratings, %',
  );
}
