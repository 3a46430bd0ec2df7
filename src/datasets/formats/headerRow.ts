/** Names that columns of such tables have; a first row with enough of them is a header. */
const columnName =
  /^(?:id|idx|index|row|no|nr|number|name|title|question|questions|text|prompt|statement|sentence|input|output|stem|query|instruction|context|passage|label|labels|answer|answers|answerkey|gold|target|correct|right|solution|ideal|choices?|options?|endings|completion|response|confidence|score|source|category|subject|topic|type|split|language|lang|date|time|comment|notes?|explanation|rationale|item|rater|annotator|value|rating|[a-z]+(?:_[a-z0-9]+)+|(?:choice|option|answer|response)[ _]?[a-z0-9])$/i;
const number = /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?$/i;

/** A cell that reads as a sentence rather than as the name of a column. */
const isSentence = (cell: string): boolean =>
  cell.length > 100 || (/[.?!]["”’']?$/.test(cell) && cell.split(/\s+/).length >= 3);

const isCount = (cells: readonly string[]): boolean =>
  cells.every((cell, index) => cell === String(index));

/**
 * Why the first row of a table looks like data rather than like the names of its columns; null
 * where it looks like names. A first row with names of columns in at least half of its cells is a
 * header whatever else it holds.
 * @param first cells of the first row
 * @param rows cells of the rows below, as many as were looked at
 */
export function whyNoHeader(
  first: readonly string[],
  rows: readonly (readonly string[])[],
): string | null {
  const cells = first.map((cell) => cell.trim());
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length === 0 || isCount(cells) || (cells[0] === '' && isCount(cells.slice(1))))
    return null;
  const words = filled.filter((cell) => columnName.test(cell)).length;
  // Columns of choices are often called A, B, C; an answer is a letter too, but stands alone.
  const named = words + (words > 0 ? filled.filter((cell) => /^[A-J]$/.test(cell)).length : 0);
  if (named >= filled.length / 2) return null;
  const shown = (cell: string): string => `“${cell.replace(/\s+/g, ' ').slice(0, 60)}”`;
  for (const [index, cell] of cells.entries()) {
    if (cell === '') continue;
    const below = rows.map((row) => (row[index] ?? '').trim()).filter((value) => value !== '');
    const numbers = below.filter((value) => number.test(value)).length;
    if (number.test(cell) && numbers * 2 >= below.length)
      return `${shown(cell)} is a number like those below it`;
    if (cell.length <= 40 && below.includes(cell)) return `${shown(cell)} stands below again`;
  }
  const double = cells.find((cell, index) => cell !== '' && cells.indexOf(cell) !== index);
  if (double !== undefined) return `${shown(double)} stands in it twice`;
  const sentence = words === 0 ? cells.find(isSentence) : undefined;
  return sentence === undefined ? null : `${shown(sentence)} reads like a sentence`;
}
