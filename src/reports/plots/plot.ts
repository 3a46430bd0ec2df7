export const plotFormats = ['svg', 'png'] as const;
export type PlotFormat = (typeof plotFormats)[number];

/** A plot of a report under the name by which it is asked for. */
export interface ReportPlot {
  readonly id: string;
  readonly title: string;
  /** SVG as `chart` makes it; null where there is nothing to draw. */
  readonly draw: () => string | null;
}

/** Colours that a plot is drawn in. */
export const themes = ['light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/**
 * `agreement-plot.svg` → the plot's id and the format of its file; null where the ending is
 * neither.
 */
export function splitPlotName(
  name: string,
): { readonly id: string; readonly format: PlotFormat } | null {
  const format = plotFormats.find((known) => name.endsWith(`.${known}`));
  return format === undefined ? null : { id: name.slice(0, -format.length - 1), format };
}
