import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const font = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf');

/**
 * A standalone SVG as PNG of twice its size. Its font is the project's own, so that the same plot
 * gives the same picture on every machine.
 */
export const pngOf = (svg: string): Buffer =>
  new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: [font],
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  })
    .render()
    .asPng();
