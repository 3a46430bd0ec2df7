import { hash } from 'node:crypto';
import { choicesLean } from '../examples/choices.js';
import type { Example } from '../examples/example.js';
import type { FindingName } from './findings.js';
import {
  capitalPlaceholder,
  choiceJudged,
  judgedAtEnd,
  controlToken,
  labelNamed,
  markers,
  markup,
  mojibake,
  placeholder,
  residue,
} from './patterns.js';

/** One finding about one example; `detail` is the piece of text that it is about. */
export interface Finding {
  readonly name: FindingName;
  readonly detail: string | null;
}

/**
 * A plain text has neither such a mark nor such a word, and no pattern about characters or wording
 * finds anything in it: these two looks cost a clean row less than the looks before each pattern.
 */
const unusualMark = /[^\t\n !"',\-.0-9;=?@A-Z^a-z|~+’“”–—]/;
const unusualWord = /nswer|hoice|ption|esponse|orrect|abel|olution|here\b|ipsum|copy-pasted/i;

/**
 * A look that nearly every clean row passes: anything beyond printable ASCII, usual punctuation
 * and letters.
 */
const rare =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufffd\ud800-\udfff]|[âÃÂïðÐÑÄÅËÎÏΓ‚]/;
// oxlint-disable-next-line no-control-regex
const controls = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/;
const zeroWidth = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/;
const unfinished =
  /(?:[,;–—-]|\b(?:and|or|but|the|a|an|of|to|with|that|which|because|if|for|in|is|are|was|by|at|from|as|would|will|my|your))$/i;
/** A choice or a quoted statement may well end in “in” or “that”; these end none. */
const neverLast =
  /(?:[,;–—-]|\b(?:and|or|but|the|a|an|my|your|because|although|whose|U\.S|U\.K|E\.U|D\.C|e\.g|i\.e|Mr|Mrs|Dr|St|vs))$/;
const endings = /[.!?"”’')\]:*_…]$/;

/** True where a text of some length ends in the middle of a sentence. */
function cutOff(text: string, end: RegExp): boolean {
  const last = text.trimEnd();
  return last.length > 30 && !endings.test(last) && end.test(last.slice(-20));
}
/** The last line without the quote that closes it: the statement of a persona row. */
function quoted(text: string): string {
  const line = text.slice(text.lastIndexOf('\n') + 1).trimEnd();
  return /["”]$/.test(line) ? line.slice(0, -1) : line;
}

/** The piece that a pattern found, short enough for a table. */
const piece = (text: string, pattern: RegExp): string | null =>
  pattern.exec(text)?.[0].trim().slice(0, 80) ?? null;

type Add = (name: FindingName, detail?: string | null) => void;

function characterFindings(whole: string, add: Add): void {
  if (whole.includes('\u0000')) add('nul');
  if (controls.test(whole)) add('control-character');
  if (/[\u2028\u2029]/.test(whole)) add('line-separator');
  if (zeroWidth.test(whole.replace(/\p{Extended_Pictographic}\u200d/gu, ''))) add('zero-width');
  if (whole.includes('\ufffd') || !whole.isWellFormed()) add('replacement-character');
  if (mojibake.test(whole)) add('mojibake', piece(whole, mojibake));
}

/** A look that most rows pass: each way to give an answer away has one of these. */
const mayHint =
  /nswer|NSWER|hoice|HOICE|ption|PTION|esponse|ESPONSE|orrect|ORRECT|abel|olution|[✓✔✅☑❌✗✘←⟵<[(/*#]/;

/** The piece that gives the answer away; null where there is none. */
function hintIn(text: string, choices: Example['choices']): string | null {
  for (const choice of choices) {
    const found = piece(choice.text, choiceJudged) ?? piece(choice.text, labelNamed);
    if (found !== null) return found;
  }
  return piece(text, judgedAtEnd) ?? piece(text, labelNamed);
}

/** What was left in a text that its writer did not mean to say. */
function wordingFindings(
  { family, text, choices }: Example,
  { shown, whole, yesNo }: { shown: string; whole: string; yesNo: boolean },
  add: Add,
): void {
  if (
    family !== 'winogenerated' &&
    /[[{<_$%]|here\b|ipsum|\(question|copy-pasted|answer choice/i.test(whole)
  ) {
    const left = piece(whole, placeholder) ?? piece(whole, capitalPlaceholder);
    if (left !== null && !controlToken.test(left)) add('template-placeholder', left);
  }
  if (/[<&\\[{`]/.test(whole)) {
    const leaked = piece(whole, controlToken) ?? piece(whole, markup);
    if (leaked !== null) add('leaked-markup', leaked);
  }
  if (shown.includes(':') && markers.test(shown)) add('dialogue-marker', piece(shown, markers));
  const hinted = mayHint.test(shown) ? hintIn(text, yesNo ? [] : choices) : null;
  if (hinted !== null) add('label-hint', hinted);
  if (/[[*:]/.test(text) && residue.test(text)) add('generator-residue', piece(text, residue));
}

function choiceFindings(choices: Example['choices'], add: Add): void {
  const seen = new Set<string>();
  for (const choice of choices) {
    const plain = choice.text
      .trim()
      .toLowerCase()
      .replace(/(?<![.!])[.!]+$/, '');
    if (plain === '') add('empty-choice', choice.key);
    else if (seen.has(plain)) add('identical-choices', choice.text.slice(0, 80));
    seen.add(plain);
  }
  if (choicesLean(choices)) add('choices-lean');
}

/** True where one of a row’s texts holds NUL, at any depth. */
const holdsNul = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\u0000')
    : typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);

/** The row that an example was made of: its bytes, and what was read from them. */
export interface SourceRow {
  readonly raw: Buffer;
  readonly value: unknown;
}

/**
 * Everything doubtful about one example that can be seen from the example alone; each finding once.
 * Looks at the text, the choices and what recognition removed, and for NUL at the whole `row`.
 * Repairs nothing.
 */
export function detectFindings(example: Example, row?: SourceRow): Finding[] {
  const found: Finding[] = [];
  const add = (name: FindingName, detail: string | null = null): void =>
    void found.push({ name, detail });
  const { text, choices, removed } = example;
  for (const doubt of example.doubts) add(doubt as FindingName);
  const yesNo = choices.length === 2 && choices[0]?.key === 'Yes' && choices[1]?.key === 'No';
  let shown = text;
  if (!yesNo) for (const choice of choices) shown += `\n${choice.text}`;
  const whole = removed.length === 0 ? shown : `${shown}\n${removed.join('\n')}`;

  if (!/[\p{L}\p{N}]/u.test(text)) add('empty-question');
  if (
    shown.length > 1000 &&
    (text.length > 4000 || choices.some((choice) => choice.text.length > 1000))
  )
    add('very-long');
  const unusual = unusualMark.test(whole) || unusualWord.test(whole);
  if (unusual && rare.test(whole)) characterFindings(whole, add);
  if (
    row !== undefined &&
    (row.raw.includes(0) || row.raw.includes('\\u0000')) &&
    holdsNul(row.value)
  )
    add('nul');
  if (unusual) wordingFindings(example, { shown, whole, yesNo }, add);
  if (text.includes('?')) {
    const asked = text.match(/\?(?=\s|["”')]|$)/g)?.length ?? 0;
    if (asked >= 3) add('several-questions');
  }
  const cut = cutOff(text, unfinished)
    ? text
    : [quoted(text), ...(yesNo ? [] : choices.map((choice) => choice.text))].find((part) =>
        cutOff(part, neverLast),
      );
  if (cut !== undefined) add('truncated', cut.trimEnd().slice(-60));
  if (!yesNo) choiceFindings(choices, add);
  return found.length < 2
    ? found
    : found.filter(
        (finding, index) => found.findIndex((other) => other.name === finding.name) === index,
      );
}

/**
 * What makes two examples the same: text and choices without regard to case, spaces and the order
 * of the choices. SHA-256, cut to 16 bytes; the label is no part of it.
 */
export function contentKey(example: Pick<Example, 'text' | 'choices'>): Buffer {
  const { text, choices } = example;
  const parts =
    choices.length === 2 && choices[0]?.text === 'Yes' && choices[1]?.text === 'No'
      ? 'no\u0000yes'
      : choices
          .map((entry) => plain(entry.text))
          .toSorted()
          .join('\u0000');
  const content = parts === '' ? plain(text) : `${plain(text)}\u0000${parts}`;
  return Buffer.from(hash('sha256', content).slice(0, 32), 'hex');
}

/**
 * Which choice is the label, counted in the order in which `contentKey` takes the choices: the same
 * in two examples of one content whose labels mean the same choice, whatever its case and its
 * place. Choices that differ in case or spaces alone are told apart by them, and equal ones by
 * their place. Null where there is no label.
 */
export function labelRank({
  choices,
  labelChoice,
}: {
  readonly choices: readonly { readonly text: string }[];
  readonly labelChoice: number | null;
}): number | null {
  const label = labelChoice === null ? undefined : choices[labelChoice];
  if (label === undefined) return null;
  const order = (one: string, other: string): number => Number(one > other) - Number(one < other);
  const plainLabel = plain(label.text);
  return choices.filter(
    ({ text }, place) =>
      (order(plain(text), plainLabel) ||
        order(text.trim(), label.text.trim()) ||
        place - (labelChoice ?? 0)) < 0,
  ).length;
}

/** Lower case, and one space for what stands between two words. A single space stays as it is. */
const plain = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\S ]\s*| \s+/g, ' ');

/**
 * Text as it is stored: PostgreSQL takes neither NUL nor half characters; the finding says that
 * they were there.
 */
export const storableText = (text: string): string => text.replaceAll('\u0000', '').toWellFormed();
