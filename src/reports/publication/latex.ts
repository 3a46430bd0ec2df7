import { oneLine } from './plainText.js';

const commands: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\symbol{34}',
  '`': '\\textasciigrave{}',
  // A row that begins with one of these would be read as an argument of the \\ before it.
  '[': '{[}',
  ']': '{]}',
  '*': '{*}',
  '−': '$-$',
  '“': '``',
  '”': "''",
  '‘': '`',
  '–': '--',
  '—': '---',
  '…': '\\ldots{}',
  '²': '\\textsuperscript{2}',
  '×': '$\\times$',
  '≥': '$\\geq$',
  '≤': '$\\leq$',
  '\u00a0': '~',
};

/**
 * Characters of each group join with a neighbour of that group into another: -- is a dash, '' a
 * quotation mark.
 */
const joining = ['-–—', "'‘“”", ','] as const;

const joins = (character: string, next: string | undefined): boolean =>
  next !== undefined && joining.some((group) => group.includes(character) && group.includes(next));

/**
 * Any text as LaTeX that prints that text and does nothing else, in running text, in an argument
 * and in a table cell. Letters outside Latin stand as they are and need LuaLaTeX or XeLaTeX
 * (`needsUnicodeEngine`).
 */
export function escapeLatex(text: string): string {
  const characters = Array.from(oneLine(text).replaceAll('’', "'"));
  return characters
    .map(
      (character, index) =>
        `${commands[character] ?? character}${joins(character, characters[index + 1]) ? '{}' : ''}`,
    )
    .join('');
}

/** True where pdfLaTeX would stop at a character that its fonts do not hold. */
export const needsUnicodeEngine = (latex: string): boolean =>
  /[^\p{ASCII}\u0080-\u017f]/u.test(latex);

/** The first line of a file that has letters which pdfLaTeX does not know; empty otherwise. */
export const engineNote = (latex: string): string =>
  needsUnicodeEngine(latex)
    ? '% Holds characters that pdfLaTeX does not know: compile with LuaLaTeX or XeLaTeX.\n'
    : '';
