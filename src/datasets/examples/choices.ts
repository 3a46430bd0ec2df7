import type { BlockStyle } from './mapping.js';

/**
 * One choice of an example, in the canonical order: letters as they stand in the question, Yes
 * before No.
 */
export interface ParsedChoice {
  readonly key: string;
  readonly text: string;
}

/**
 * What a question's text holds: the question as a rater sees it, its choices, and what is doubtful
 * about the block.
 */
export interface ParsedQuestion {
  readonly text: string;
  readonly choices: readonly ParsedChoice[];
  /** Names of findings (`findings/findings.ts`). */
  readonly doubts: readonly string[];
}

/** A letter at the beginning of a line, in each style of a block. */
const lineLetters: Readonly<Record<BlockStyle, RegExp>> = {
  '(A)': /^[ \t>*_-]*\(([A-Z])\)/gm,
  'A.': /^[ \t>*_-]*([A-Z])\.(?=\s)/gm,
  'A)': /^[ \t>*_-]*([A-Z])\)(?=\s)/gm,
  'A:': /^[ \t>*_-]*([A-Z]):(?=\s)/gm,
  '(a)': /^[ \t>*_-]*\(([a-z])\)/gm,
  'a.': /^[ \t>*_-]*([a-z])\.(?=\s)/gm,
  'a)': /^[ \t>*_-]*([a-z])\)(?=\s)/gm,
};
const anyLetter = /\(([A-H])\)/g;
/**
 * Anything but the marks that stand around a header: Markdown, quotes, dashes, brackets,
 * punctuation.
 */
const unmarked = /[^\s>*_~#\-–—[\]()«»<'"“”:\\{}.,;🗎]/u;
const headerWord =
  /^(?:\d\) ?)?(?:(?:the|your|my|possible|suggested|correct|available|answer|choice|examples? of|their|three|two|four|following) )*(?:choices?(?:\(s\)?)?|answers?|options?|responses?|replies|reply|possibilities|selections|chocies|chances|choose|choose one(?: answer)?|answer\/prediction|ans|pick either|textbf\{choices)(?: are| presented to the AI are)?$/i;
const headerTail =
  /(?:^|[\s.?!"”])(?:(?:answer|possible) )?(?:choices|answers|options|responses):[ \t]*$/i;
const leadIn = /^\s*(?:[*_]{0,2}question:?[*_]{0,2}:?|[*_]{0,2}Q:[*_]{0,2})(?=\s|$)/i;
const leadOut =
  /(?:^|[\s.?!"”'’)])[*_>\s]*(?:(?:the |correct |your |my |best )*answer(?: is)?|A)\s*:[*_\s]*$/i;
const blankLine = /\r?\n[ \t>*_]*\r?\n/;

/**
 * No header or lead-out is longer; patterns that look at an end are given this much of it, so that
 * long texts cost no more.
 */
const longestTail = 200;
const mostLeadOuts = 8;

/** Text without the marks around it. */
function withoutMarks(line: string): string {
  const characters = Array.from(line);
  const first = characters.findIndex((character) => unmarked.test(character));
  return first < 0
    ? ''
    : characters
        .slice(first, characters.findLastIndex((character) => unmarked.test(character)) + 1)
        .join('');
}

const isHeader = (line: string): boolean => {
  if (line.trim().length > longestTail) return false;
  const bare = withoutMarks(line.trim());
  return (
    bare === '' ||
    headerWord.test(bare) ||
    /^(?:choices?|answers?|options?) \((?:order randomized|one of these is best)$/i.test(bare)
  );
};

/** Replaces what a pattern finds at the end of a text. */
function replaceTail(
  text: string,
  pattern: RegExp,
  replacement: (found: string) => string,
): string {
  const cut = Math.max(0, text.length - longestTail);
  return text.slice(0, cut) + text.slice(cut).replace(pattern, replacement);
}

interface Marker {
  readonly letter: string;
  /** Where the marker's line (or the marker itself, inline) begins, and where its text begins. */
  readonly from: number;
  readonly to: number;
}

const markersOf = (question: string, pattern: RegExp): Marker[] =>
  [...question.matchAll(pattern)].map((match) => ({
    letter: (match[1] ?? '').toUpperCase(),
    from: match.index,
    to: match.index + match[0].length,
  }));

/**
 * The first run of markers that goes A, B, C … with at least two letters; `restart` is where the
 * letters begin again.
 */
function firstRun(
  markers: readonly Marker[],
): { run: Marker[]; before: Marker[]; restart: Marker | undefined } | undefined {
  for (let begin = 0; begin < markers.length; begin += 1) {
    if (markers[begin]?.letter !== 'A' || markers[begin + 1]?.letter !== 'B') continue;
    let end = begin;
    while (end < markers.length && markers[end]?.letter === String.fromCharCode(65 + end - begin))
      end += 1;
    return {
      run: markers.slice(begin, end),
      before: markers.slice(0, begin),
      restart: markers[end],
    };
  }
  return undefined;
}

function questionBefore(before: string, doubts: Set<string>): string {
  const lines = before.trimEnd().split('\n');
  while (lines.length > 0 && isHeader(lines.at(-1) ?? '')) {
    lines.pop();
    while (lines.length > 0 && (lines.at(-1) ?? '').trim() === '') lines.pop();
  }
  let text = replaceTail(lines.join('\n'), headerTail, (found) =>
    /^[.?!"”]/.test(found) ? found.slice(0, 1) : '',
  );
  text = text.replace(leadIn, '').trim();
  const lastLine = text.slice(text.lastIndexOf('\n') + 1);
  if (
    (lastLine.length < 40 && lastLine.endsWith(':')) ||
    /^\W*(?:choices|answers|options): ?\(/i.test(lastLine)
  )
    doubts.add('odd-choices-header');
  if (
    /^[ \t]*(?:\d{1,2}[.)]|[ivx]+\))[ \t]+\S.*\n(?:.*\n)*?[ \t]*(?:\d{1,2}[.)]|[ivx]+\))[ \t]+\S/im.test(
      text,
    )
  )
    doubts.add('numbered-statements');
  return text;
}

/**
 * One choice's own text: without a lead-out, and up to a blank line; what follows is named, not
 * shown.
 */
function choiceText(raw: string, last: boolean, doubts: Set<string>): string {
  let text = raw.trimEnd();
  for (let before = '', rounds = 0; before !== text && rounds < mostLeadOuts; rounds += 1) {
    before = text;
    text = replaceTail(text, leadOut, (found) => found.match(/^[.?!"”'’)]/)?.[0] ?? '').trimEnd();
  }
  const begun = text
    .replace(/^[*_]{0,2}[:.][*_]{0,2}(?=\s)/, '')
    .replace(/^[\s*_:.]+/, (found) => (found.includes('\n') ? '' : found));
  const parts = begun.split(blankLine);
  const own = (parts[0] ?? '').trim();
  if (parts.slice(1).some((part) => unmarked.test(part)))
    doubts.add(last ? 'text-after-choices' : 'text-between-choices');
  return replaceTail(own.replace(/^[*_]+\s*/, ''), /[*_]{2,}$/, () => '').trim();
}

const leansOnOthers =
  /\b(?:all|none|any|both|neither|either) of (?:the |these |those )?(?:above|preceding|other|options|choices|answers)\b|\b(?:above|preceding|previous|other) (?:choices?|options?|answers?)\b|\([A-H]\) (?:and|or|nor|&) \([A-H]\)|\boptions? \d ?(?:and|or|-|–|to|,) ?\d|^(?:both|neither|either|none|all)\.?$/i;

/** True where a choice speaks of other choices, so that its position means something. */
export const choicesLean = (choices: readonly { readonly text: string }[]): boolean =>
  choices.some((choice) => leansOnOthers.test(choice.text));

/**
 * Reads the choices block that advanced-AI-risk rows carry inside their question: a header in any
 * of its spellings or none, two to eight lettered choices with or without a space, lead-ins
 * ("Question:") and lead-outs ("Answer:") that belong to the block and are not shown. What does not
 * fit is named in `doubts`: text between or after the choices, letters that begin again (the next
 * scenario follows), choices on one line, numbered statements before them. `style` says how the letters are
 * written. Returns undefined where there is no run of at least (A), (B).
 */
export function parseChoices(
  question: string,
  style: BlockStyle = '(A)',
): ParsedQuestion | undefined {
  const doubts = new Set<string>();
  let found = firstRun(markersOf(question, lineLetters[style]));
  if (found === undefined && style === '(A)') {
    found = firstRun(markersOf(question, anyLetter));
    if (found !== undefined) doubts.add('inline-choices');
  }
  if (found === undefined) return undefined;
  const { run, before, restart } = found;
  if (restart !== undefined || before.length > 0) doubts.add('letters-restart');
  const first = run[0];
  if (first === undefined) return undefined;
  const text = questionBefore(question.slice(0, first.from), doubts);
  const choices = run.map((marker, index) => {
    const end = run[index + 1]?.from ?? restart?.from ?? question.length;
    const last = index === run.length - 1;
    return {
      key: `(${marker.letter})`,
      text: choiceText(question.slice(marker.to, end), last, doubts),
    };
  });
  return { text, choices, doubts: [...doubts] };
}
