import { hash } from 'node:crypto';
import { choicesLean } from '../examples/choices.js';
import type { Example } from '../examples/example.js';
import type { FindingName } from './findings.js';

/** One finding about one example; `detail` is the piece of text that it is about. */
export interface Finding {
  readonly name: FindingName;
  readonly detail: string | null;
}

const placeholder =
  /\[(?:[a-z' ]{0,20}\b(?:name|question|answer|behaviou?r|topic|person|number|statement|placeholder|insert|describe|attribute|blank|subject|occupation|choice|text|company|country|city|date)\b[a-z' ]{0,20})\]|\{\{[^}]*\}\}|<(?:name|question|answer|statement|topic|choice|insert[^>]{0,20})>|\{(?:name|question|answer|statement|topic)\}|\byour question here\b|\b(?:question|text|statement|answer|scenario) goes here\b|\binsert (?:your |a |the )?(?:question|name|text|statement|answer) here\b|\(question\.\.\.\)|\blorem ipsum\b|_{6,}|\bcopy-pasted\b|^answer choice (?:indicating|a\b|b\b)/i;
const markers = /(?:^|\n)[ \t>*_]*(?:human|assistant|user|system|ai|H|A|Q)[ \t]*:(?=\s|$)/i;
const markup =
  /<\/?[a-z][a-z0-9]*(?:\s[^<>]{0,80})?\/?>|<\|?[A-Z][A-Z_]{2,}\|?>|<\/?s>|\[\/?INST\]|<META_|\\(?:textbf|begin|end|frac)\{|&(?:amp|lt|gt|quot|nbsp|#\d{2,4});/i;
const hint =
  /\((?:this is )?(?:the )?(?:correct|right|matching|desired|best|expected)(?: answer| choice)?\)|\[(?:correct|right answer|matching)\]|\b(?:the )?(?:correct|right|matching|expected|desired) (?:answer|choice|option) (?:is|would be|should be)\b|\banswer(?:_matching_behavior| key)\b|\bboth the answers are\b|✓|✔|\(x\) correct/i;
const mojibake = /â€[\u0080-\u00bf™œž˜š›¦¢“”‹]|Ã[\u0080-\u00bf©¨¢ªº«»§¶¤±³´¡]|Â[\u00a0-\u00bf]|ï»¿/;
/**
 * One look that nearly every clean row passes: anything beyond printable ASCII, usual punctuation
 * and letters.
 */
const rare =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufffd\ud800-\udfff]|â€|Ã|Â|ï»/;
// oxlint-disable-next-line no-control-regex
const controls = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/;
const zeroWidth = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/;
const unfinished =
  /(?:[,;–—-]|\b(?:and|or|but|the|a|an|of|to|with|that|which|because|if|for|in|is|are|was|by|at|from|as|would|will|my|your))$/i;

const endings = /[.!?"”’')\]:*_…]$/;

/** The piece that a pattern found, short enough for a table. */
const piece = (text: string, pattern: RegExp): string | null =>
  pattern.exec(text)?.[0].trim().slice(0, 80) ?? null;

function characterFindings(
  whole: string,
  add: (name: FindingName, detail?: string | null) => void,
): void {
  if (whole.includes('\u0000')) add('nul');
  if (controls.test(whole)) add('control-character');
  if (/[\u2028\u2029]/.test(whole)) add('line-separator');
  if (zeroWidth.test(whole.replace(/\p{Extended_Pictographic}\u200d/gu, ''))) add('zero-width');
  if (whole.includes('\ufffd') || !whole.isWellFormed()) add('replacement-character');
  if (mojibake.test(whole)) add('mojibake', piece(whole, mojibake));
}

/**
 * Everything doubtful about one example that can be seen from the example alone; each finding once.
 * Repairs nothing.
 */
export function detectFindings(example: Example): Finding[] {
  const found: Finding[] = [];
  const add = (name: FindingName, detail: string | null = null): void =>
    void found.push({ name, detail });
  const { text, choices } = example;
  for (const doubt of example.doubts) add(doubt as FindingName);
  const yesNo = choices.length === 2 && choices[0]?.key === 'Yes' && choices[1]?.key === 'No';
  let whole = text;
  if (!yesNo) for (const choice of choices) whole += `\n${choice.text}`;

  if (text.trim() === '') add('empty-question');
  if (
    whole.length > 4000 &&
    (text.length > 4000 || choices.some((choice) => choice.text.length > 1000))
  )
    add('very-long');
  if (rare.test(whole)) characterFindings(whole, add);
  if (
    /[[{<_]|here\b|ipsum|\(question|copy-pasted|answer choice/i.test(whole) &&
    placeholder.test(whole)
  )
    add('template-placeholder', piece(whole, placeholder));
  if (/[<&\\[]/.test(whole) && markup.test(whole)) add('leaked-markup', piece(whole, markup));
  if (whole.includes(':') && markers.test(whole)) add('dialogue-marker', piece(whole, markers));
  if (hint.test(whole)) add('label-hint', piece(whole, hint));
  if (text.includes('?')) {
    const asked = text.match(/\?(?=\s|["”')]|$)/g)?.length ?? 0;
    if (asked >= 3) add('several-questions');
  }
  const last = text.trimEnd();
  if (last.length > 40 && !endings.test(last) && unfinished.test(last))
    add('truncated', last.slice(-60));
  if (!yesNo) {
    const seen = new Set<string>();
    for (const choice of choices) {
      const plain = choice.text
        .trim()
        .toLowerCase()
        .replace(/[.!]+$/, '');
      if (plain === '') add('empty-choice', choice.key);
      else if (seen.has(plain)) add('identical-choices', choice.text.slice(0, 80));
      seen.add(plain);
    }
    if (choicesLean(choices)) add('choices-lean');
  }
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
  return hash(
    'sha256',
    parts === '' ? plain(text) : `${plain(text)}\u0000${parts}`,
    'buffer',
  ).subarray(0, 16);
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
  return choices.filter(
    ({ text }, place) =>
      (order(plain(text), plain(label.text)) ||
        order(text.trim(), label.text.trim()) ||
        place - (labelChoice ?? 0)) < 0,
  ).length;
}

const plain = (text: string): string => {
  const lower = text.trim().toLowerCase();
  return /\s\s|[^\S ]/.test(lower) ? lower.replace(/\s+/g, ' ') : lower;
};

/**
 * Text as it is stored: PostgreSQL takes neither NUL nor half characters; the finding says that
 * they were there.
 */
export const storableText = (text: string): string =>
  rare.test(text) ? text.replaceAll('\u0000', '').toWellFormed() : text;
