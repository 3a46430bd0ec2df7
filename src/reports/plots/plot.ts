export const plotFormats = ['svg', 'png'] as const;
export type PlotFormat = (typeof plotFormats)[number];

/** A plot of a report under the name by which it is asked for. */
export interface ReportPlot {
  readonly id: string;
  readonly title: string;
  /** SVG as `chart` makes it; null where there is nothing to draw. */
  readonly draw: () => string | null;
}
