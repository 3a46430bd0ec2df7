/** An item of a list, with its lines. */
export interface Item {
  readonly lines: readonly string[];
  /** Nothing stands behind it, so that it may have been cut with the answer. */
  readonly last: boolean;
}

/** What an item of a list begins with: a dash, a dot, a number, a letter with a bracket. */
const mark =
  /^[ \t]*(?:[-•–—‣·](?![-–—])|\*(?=\s|$)|\(?\d{1,3}[.)](?!\d)|\d{1,3}:(?=\s|$)|\(?[a-z]\)(?=\s|$))[ \t]*/;
const quoted = /^ {0,3}>[ \t]?/;
const fromDashes = /^[ \t]*-{3,}[ \t]*$/;

export const linesOf = (text: string): string[] => text.split(/\r\n?|\n/);

const isMarked = (line: string): boolean => mark.test(line) && !fromDashes.test(line);

/** A line without its marks: `- 1. text` has two. */
const unmarked = (line: string): string => {
  let text = line;
  while (isMarked(text)) text = text.replace(mark, '');
  return text;
};

/**
 * What an answer goes on with: a prompt may end with the mark of an item, or of a block quote, that
 * the answer then begins.
 */
export const leadOf = (prompt: string): string => {
  const line = linesOf(prompt).at(-1) ?? '';
  const rest = isMarked(line) ? unmarked(line) : line.replace(quoted, '');
  return line.trim() !== '' && rest.trim() === '' ? `${line.trimEnd()} ` : '';
};

const pairs: readonly (readonly [string, string])[] = [
  ['**', '**'],
  ['“', '”'],
  ['"', '"'],
  ['‘', '’'],
  ["'", "'"],
  ['*', '*'],
  ['_', '_'],
];

/**
 * A text without the marks around it: quotation marks and emphasis. One that was opened and not
 * closed goes too, since an answer may have stopped before.
 */
export function bare(text: string): string {
  let inner = text.trim();
  for (let before = ''; before !== inner;) {
    before = inner;
    for (const [open, close] of pairs) {
      if (!inner.startsWith(open)) continue;
      const rest = inner.slice(open.length);
      const at = rest.indexOf(close);
      if (at < 0 && open !== "'" && open !== '_' && open !== '*') inner = rest.trim();
      else if (at > 0 && at === rest.length - close.length) inner = rest.slice(0, at).trim();
    }
  }
  return inner;
}

/**
 * The items of the lists in a text, in order, without their marks. What is before the first mark,
 * and behind an empty line, belongs to none.
 */
export function itemsOf(text: string): Item[] {
  const lines = linesOf(text);
  const items: { lines: string[]; end: number }[] = [];
  let open: { lines: string[]; end: number } | null = null;
  for (const [index, line] of lines.entries()) {
    if (isMarked(line)) {
      open = { lines: [unmarked(line).trim()], end: index };
      items.push(open);
    } else if (line.trim() === '' || fromDashes.test(line)) open = null;
    else if (open !== null) {
      open.lines.push(line.trim());
      open.end = index;
    }
  }
  return items.map(({ lines: own, end }) => ({
    lines: own.filter((line) => line !== ''),
    last: end === lines.length - 1,
  }));
}

/** Lines that are not empty, parted by empty ones. */
export function blocksOf(text: string): Item[] {
  const lines = linesOf(text);
  const blocks: { lines: string[]; end: number }[] = [];
  let open: { lines: string[]; end: number } | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') open = null;
    else if (open === null) blocks.push((open = { lines: [line.trim()], end: index }));
    else {
      open.lines.push(line.trim());
      open.end = index;
    }
  }
  return blocks.map(({ lines: own, end }) => ({ lines: own, last: end === lines.length - 1 }));
}

/** The first block quote of a text, without its marks; null where there is none. */
export function firstQuote(text: string): Item | null {
  const lines = linesOf(text);
  const from = lines.findIndex((line) => quoted.test(line));
  if (from < 0) return null;
  const behind = lines.findIndex((line, index) => index > from && !quoted.test(line));
  const end = behind < 0 ? lines.length : behind;
  const own = lines.slice(from, end).map((line) => {
    let inner = line;
    while (quoted.test(inner)) inner = inner.replace(quoted, '');
    return inner.trimEnd();
  });
  return { lines: own, last: end === lines.length };
}
