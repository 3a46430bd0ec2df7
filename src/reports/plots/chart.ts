import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** What every plot says of itself to somebody who does not see it. */
export interface ChartText {
  /** Unique on its page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/**
 * Draws a plot and gives it as SVG text: with title and description, without style elements (the
 * pages' policy forbids them; `css/report.css` has the few rules), colours as custom properties so
 * that it follows light, dark and print.
 */
export function chart(text: ChartText, options: Plot.PlotOptions): string {
  const figure = Plot.plot({ width: 680, ...options, document: document as never });
  const svg = figure.querySelector('svg') ?? figure;
  for (const style of svg.querySelectorAll('style')) style.remove();
  for (const legend of svg.querySelectorAll('[aria-label]')) legend.removeAttribute('aria-label');
  for (const element of svg.querySelectorAll('[aria-hidden]'))
    element.removeAttribute('aria-hidden');
  svg.setAttribute('class', 'chart');
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('font-size', '13');
  svg.setAttribute('aria-labelledby', `${text.id}-title ${text.id}-description`);
  const [title, description] = (['title', 'desc'] as const).map((name) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    element.textContent = name === 'title' ? text.title : text.description;
    element.setAttribute('id', `${text.id}-${name === 'title' ? 'title' : 'description'}`);
    return element;
  });
  if (title !== undefined && description !== undefined) svg.prepend(title, description);
  return String(svg.outerHTML);
}

/**
 * The colour of a source: one accent for generated, ochre for human-written; never alone, the rows
 * carry names.
 */
export const sourceColour = (source: 'generated' | 'human'): string =>
  source === 'generated' ? 'var(--generated)' : 'var(--human)';

/** Symbol of a source, beside its colour. */
export const sourceSymbol = (source: 'generated' | 'human'): 'circle' | 'diamond' =>
  source === 'generated' ? 'circle' : 'diamond';

/** A word of a key, and the mark that it explains. */
export interface KeyEntry {
  readonly label: string;
  readonly symbol: 'circle' | 'diamond' | 'square';
  readonly fill: string;
  readonly stroke?: string;
}

/** A key in one line above a plot's frame; `from` and `step` are pixels from the frame's left. */
export const key = (entries: readonly KeyEntry[], from = 6, step = 128): Plot.Markish[] =>
  entries.flatMap(({ label, symbol, fill, stroke = 'none' }, index) => [
    Plot.dot([label], {
      frameAnchor: 'top-left',
      dx: from + index * step,
      dy: -32,
      r: 5,
      symbol,
      fill,
      stroke,
    }),
    Plot.text([label], {
      frameAnchor: 'top-left',
      textAnchor: 'start',
      lineAnchor: 'middle',
      dx: from + 12 + index * step,
      dy: -32,
      text: (word: string) => word,
      fill: 'var(--ink)',
    }),
  ]);

/** Which symbol stands for which source; nothing where there is only one. */
export const sourceEntries = (sources: readonly ('generated' | 'human')[]): KeyEntry[] =>
  new Set(sources).size < 2
    ? []
    : (['generated', 'human'] as const).map((source) => ({
        label: source === 'generated' ? 'generated' : 'human-written',
        symbol: sourceSymbol(source),
        fill: sourceColour(source),
      }));

/**
 * A shade between the surface (0) and a hue (1), never so strong that ink could not be read on it.
 */
export const shade = (strength: number, hue = 'var(--accent)'): string =>
  `color-mix(in oklab, ${hue} ${Math.round(5 + 50 * Math.min(1, Math.max(0, strength)))}%, var(--surface))`;

/** A name in one line: characters that are no text become spaces. */
const oneLine = (name: string): string => name.replace(/[\s\p{C}]+/gu, ' ').trim();

/** An end of a name behind its last comma, such as a source, is kept up to this many characters. */
const longestEnd = 20;

/**
 * A name that takes no more than so many pixels at a font size. What is too long loses its middle
 * ("maximizing-human-…r-objectives, generated"): sets are told apart by how their names end.
 */
export function fittingName(name: string, pixels: number, size: number): string {
  const whole = oneLine(name);
  if (textWidth(whole, size) <= pixels) return whole;
  const comma = whole.lastIndexOf(', ');
  const end = comma >= 0 && whole.length - comma <= longestEnd ? whole.slice(comma) : '';
  const characters = Array.from(whole.slice(0, whole.length - end.length));
  const without = (cut: number): string => {
    const kept = characters.length - cut;
    const head = Math.ceil(0.6 * kept);
    return `${characters.slice(0, head).join('')}…${characters.slice(head + cut).join('')}${end}`;
  };
  let cut = 1;
  while (cut < characters.length - 1 && textWidth(without(cut), size) > pixels) cut += 1;
  return without(cut);
}

/** Cuts names after so many characters; characters that are no text become spaces. */
export function shortName(name: string, longest = 34): string {
  const characters = Array.from(oneLine(name));
  return characters.length <= longest
    ? characters.join('')
    : `${characters.slice(0, longest - 1).join('')}…`;
}

/**
 * Pixels that a text takes at a font size, on the generous side: the reader's font is not known.
 */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of text)
    ems += /[ijlI.,:;'|!()[\]]/.test(character)
      ? 0.36
      : /[mwMW@%…]/.test(character)
        ? 0.92
        : /[A-Z]/.test(character)
          ? 0.7
          : character > '\u2e80'
            ? 1.05
            : 0.55;
  return ems * size;
}
