import { oneLine } from './plainText.js';

/**
 * Any text as Markdown (CommonMark with tables) that shows that text and does nothing else: no
 * markup, no HTML, no new line, no further cell.
 */
export const escapeMarkdown = (text: string): string =>
  oneLine(text)
    .replaceAll(/[\\`*_[\]|~#$]|:(?=\/\/)/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/^[-+=]/, String.raw`\$&`)
    .replace(/^(\d+)([.)])(?= |$)/, String.raw`$1\$2`);

/** One row of a table; the cells are Markdown already. */
export const markdownRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
