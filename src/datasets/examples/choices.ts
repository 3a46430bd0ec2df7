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
  /** What is neither text nor choice: headers, lead-ins, turns. In the order of the question. */
  readonly removed: readonly string[];
  /** Names of findings (`findings/findings.ts`). */
  readonly doubts: readonly string[];
}

/**
 * A letter at the beginning of a line, in each style of a block, with the marks that open before it.
 */
const lineLetters: Readonly<Record<BlockStyle, RegExp>> = {
  '(A)': /^[ \t>]*(?:[-•][ \t]+)?([*_]{0,3})\(([A-Z])\)/gm,
  'A.': /^[ \t>]*(?:[-•][ \t]+)?([*_]{0,3})([A-Z])\.(?=[*_\s])/gm,
  'A)': /^[ \t>]*(?:[-•][ \t]+)?([*_]{0,3})([A-Z])\)(?=[*_\s])/gm,
  'A:': /^[ \t>]*(?:[-•][ \t]+)?([*_]{0,3})([A-Z]):(?=[*_\s])/gm,
  '(a)': /^[ \t>]*(?:[-•][ \t]+)?([*_]{0,3})\(([a-z])\)/gm,
  'a.': /^[ \t>]*(?:[-•][ \t]+)?([*_]{0,3})([a-z])\.(?=[*_\s])/gm,
  'a)': /^[ \t>]*(?:[-•][ \t]+)?([*_]{0,3})([a-z])\)(?=[*_\s])/gm,
};
/** Within a line a letter marks a choice only where a sentence has ended before the first one. */
const anyLetter = /([*_]{0,3})\(([A-H])\)/g;
const sentenceEnd = /(?:^|[.?!:;"”’')\]–—-]\s*|\n[ \t>*_]*)$/;
/**
 * Anything but the marks that stand around a header: Markdown, quotes, dashes, brackets,
 * punctuation.
 */
const unmarked = /[^\s>*_~#\-–—[\]()«»<'"“”:\\{}.,;🗎]/u;
const headerWord =
  /^(?:\d\) ?)?(?:(?:the|your|my|possible|suggested|correct|available|answer|choice|examples? of|their|three|two|four|following) )*(?:choices?(?:\(s\)?)?|answers?|options?|responses?|replies|reply|possibilities|selections|chocies|chances|choose|choose one(?: answer)?|answer\/prediction|ans|pick either|textbf\{choices)(?: are| presented to the AI are)?$/i;
const headerTail =
  /(?<=^|[.?!:"”)][*_ \t]*)[*_]*(?:(?:answer|possible) )?(?:choices|answers|options|responses):[*_ \t]*$/i;
/** Marks without a word that stand for a line across the page, as Markdown has it. */
const ruleLine = /^[\s>]*(?:[-–—=~#*][\s\\]*){2,}>?\s*$/;
/** A lead-in has its colon, or a line to itself. */
const leadIn =
  /^[*_#>]*\s*(?:(?:questions?|Q)[*_]*\s*:[*_]*(?=\s|$)|questions?[*_]*[ \t]*(?=\r?\n|$))/i;
/** A lead-out has a line to itself, or is the word “Answer:” after a sentence. */
const leadOut =
  /(?:\n[*_>\s]*(?:(?:(?:the|correct|your|my|best) )*answer(?: is)?|A)\s*:|(?<=[.?!"”'’)][*_]*)[ \t]+[*_]*answer[ \t]*:)[*_\s]*$/i;
const blankLine = /\r?\n[ \t>*_]*\r?\n/;
/** The turns of a dialogue around a whole question: one person asks, and a model begins to answer. */
const turnBefore = /^\s*Human:[ \t]*/;
const turnAfter = /(?:^|\n)[ \t]*Assistant:[^\n.?!]*$/;

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
    ruleLine.test(line) ||
    headerWord.test(bare) ||
    /^(?:choices?|answers?|options?) \((?:order randomized|one of these is best)$/i.test(bare)
  );
};

/** A text without what a pattern finds at its end, which goes to the front of `removed`. */
function withoutTail(text: string, pattern: RegExp, removed: string[]): string {
  const from = Math.max(0, text.length - longestTail);
  const found = pattern.exec(text.slice(from));
  if (found === null) return text;
  removed.unshift(found[0].trim());
  return text.slice(0, from + found.index);
}

interface Marker {
  readonly letter: string;
  /** Marks that open before the letter, such as “**”. */
  readonly marks: string;
  /** Where the marker's line (or the marker itself, inline) begins, and where its text begins. */
  readonly from: number;
  readonly to: number;
}

const markersOf = (question: string, pattern: RegExp): Marker[] =>
  [...question.matchAll(pattern)].map((match) => ({
    letter: (match[2] ?? '').toUpperCase(),
    marks: match[1] ?? '',
    from: match.index,
    to: match.index + match[0].length,
  }));

/**
 * The first run of markers that goes A, B, C … with at least two letters and may begin where its
 * first marker stands; `restart` is where the letters begin again.
 */
function firstRun(
  markers: readonly Marker[],
  mayBegin: (marker: Marker) => boolean,
): { run: Marker[]; before: Marker[]; restart: Marker | undefined } | undefined {
  for (let begin = 0; begin < markers.length; begin += 1) {
    const first = markers[begin];
    if (first?.letter !== 'A' || markers[begin + 1]?.letter !== 'B' || !mayBegin(first)) continue;
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

function questionBefore(before: string, doubts: Set<string>, removed: string[]): string {
  const lines = before.trimEnd().split('\n');
  while (lines.length > 0 && isHeader(lines.at(-1) ?? '')) {
    removed.unshift((lines.pop() ?? '').trim());
    while (lines.length > 0 && (lines.at(-1) ?? '').trim() === '') lines.pop();
  }
  const headed = withoutTail(lines.join('\n'), headerTail, removed).trimStart();
  const begun = leadIn.exec(headed)?.[0] ?? '';
  if (begun !== '') removed.unshift(begun.trim());
  const text = headed.slice(begun.length).trim();
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

/** One choice's own text: without the marks of its letter, the rest as it stands. */
function choiceText(raw: string, marks: string): string {
  const punctuation = /^[:.](?=[*_\s]|$)/;
  const begun = raw.replace(punctuation, '');
  if (marks === '') return begun.trim();
  if (begun.startsWith(marks)) return begun.slice(marks.length).replace(punctuation, '').trim();
  const text = begun.trim();
  return text.endsWith(marks) ? text.slice(0, -marks.length).trimEnd() : text;
}

/** The last choice without the lead-outs behind it, such as “Answer:”. */
function withoutLeadOuts(raw: string, removed: string[]): string {
  const found: string[] = [];
  let text = raw.trimEnd();
  for (let before = '', rounds = 0; before !== text && rounds < mostLeadOuts; rounds += 1) {
    before = text;
    text = withoutTail(text, leadOut, found).trimEnd();
  }
  removed.push(...found);
  return text;
}

/** True where something other than marks stands after a blank line within a choice. */
const goesOn = (text: string): boolean =>
  text
    .split(blankLine)
    .slice(1)
    .some((part) => unmarked.test(part));

const leansOnOthers =
  /\b(?:all|none|any|both|neither|either) of (?:the |these |those )?(?:above|preceding|other|options|choices|answers)\b|\b(?:above|preceding|previous|other) (?:choices?|options?|answers?)\b|\([A-H]\) (?:and|or|nor|&) \([A-H]\)|\boptions? \d ?(?:and|or|-|–|to|,) ?\d|^(?:both|neither|either|none|all)\.?$/i;

/** True where a choice speaks of other choices, so that its position means something. */
export const choicesLean = (choices: readonly { readonly text: string }[]): boolean =>
  choices.some((choice) => leansOnOthers.test(choice.text));

/**
 * A question without the turns of a dialogue around the whole of it: “Human:” before it and, behind
 * it, “Assistant:” with the beginning of an answer. As it stands where it has not got both.
 */
export function withoutTurns(question: string): {
  readonly text: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
} {
  const before = turnBefore.exec(question)?.[0];
  const after = before === undefined ? null : turnAfter.exec(question.slice(-longestTail));
  if (before === undefined || after === null) return { text: question, before: [], after: [] };
  const end = Math.max(0, question.length - longestTail) + after.index;
  return {
    text: question.slice(before.length, Math.max(before.length, end)),
    before: [before.trim()],
    after: [after[0].trim()],
  };
}

/**
 * Reads the choices block that advanced-AI-risk rows carry inside their question: a header in any
 * of its spellings or none, and two and more lettered choices with or without a space. What belongs
 * to the block and is not shown (the header, “Question:”, “Answer:”, the turns of a dialogue, the
 * scenario after letters that begin again) stands in `removed`; all else is text or choice, as it
 * is. What does not fit is named in `doubts`: text between or after the choices, letters that begin
 * again, choices on one line, numbered statements before them. Returns undefined where there is no
 * run of at least (A), (B). `style` says how the letters are written.
 */
export function parseChoices(whole: string, style: BlockStyle = '(A)'): ParsedQuestion | undefined {
  const doubts = new Set<string>();
  const { text: question, before: opening, after: closing } = withoutTurns(whole);
  let found = firstRun(markersOf(question, lineLetters[style]), () => true);
  if (found === undefined && style === '(A)') {
    found = firstRun(markersOf(question, anyLetter), ({ from }) =>
      sentenceEnd.test(question.slice(Math.max(0, from - longestTail), from)),
    );
    if (found !== undefined) doubts.add('inline-choices');
  }
  if (found === undefined) return undefined;
  const { run, before, restart } = found;
  if (restart !== undefined || before.length > 0) doubts.add('letters-restart');
  const first = run[0];
  if (first === undefined) return undefined;
  const removed: string[] = [];
  const text = questionBefore(question.slice(0, first.from), doubts, removed);
  const choices = run.map((marker, index) => {
    const next = run[index + 1];
    const raw = question.slice(marker.to, next?.from ?? restart?.from ?? question.length);
    let own = next === undefined ? withoutLeadOuts(raw, removed) : raw;
    if (goesOn(own)) {
      doubts.add(next === undefined ? 'text-after-choices' : 'text-between-choices');
      // The paragraphs before a second block are its question.
      if (next === undefined && restart !== undefined) own = own.split(blankLine)[0] ?? '';
    }
    return { key: `(${marker.letter})`, text: choiceText(own, marker.marks) };
  });
  if (restart !== undefined) {
    const last = run.at(-1);
    const own = choices.at(-1)?.text ?? '';
    const end = question.indexOf(own, last?.to ?? 0) + own.length;
    removed.push(question.slice(end).trim());
  }
  return { text, choices, removed: [...opening, ...removed, ...closing], doubts: [...doubts] };
}
